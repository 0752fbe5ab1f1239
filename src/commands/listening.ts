import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';

/**
 * Starts something that listens on HOST and PORT.
 * @throws OperatorError that says which setting to change when the address cannot be listened on.
 */
export async function listening<Started>(start: () => Promise<Started>, { HOST, PORT }: Config): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    const problem = LISTEN_PROBLEMS[codeOf(error)];
    if (problem === undefined) throw error;
    throw new OperatorError(problem(HOST, PORT), { cause: error });
  }
}

const LISTEN_PROBLEMS: Readonly<Record<string, ((host: string, port: number) => string) | undefined>> = {
  EADDRINUSE: (host, port) =>
    `Port ${String(port)} on ${host} is taken. Stop what listens there or set PORT to another port.`,
  EACCES: (_host, port) => `This user may not listen on port ${String(port)}. Set PORT to one above 1023.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}. Set HOST to 127.0.0.1, or to 0.0.0.0 for all.`,
  ENOTFOUND: (host) => `The host name ${host} is unknown. Set HOST to 127.0.0.1, or to 0.0.0.0 for all.`,
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
