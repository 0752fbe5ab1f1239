import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT_FOLDER } from './folders.ts';

/** A command of the program in a process of its own, as somebody at a keyboard would run it. */
export interface GatewayProcess {
  readonly pid: number;
  /** Everything written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Resolves when the process has ended. `code` is null after a signal that it did not handle. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /**
   * Resolves when a line on stderr matches.
   * @throws Error with all output when the process ends without one.
   */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs `snowgate <words>` with these settings and none of the caller's. */
export function startGatewayProcess(words: readonly string[], settings: Record<string, string>): GatewayProcess {
  const env = { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', ...settings };
  const main = join(ROOT_FOLDER, 'src/main.ts');
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const killOnExit = (): void => void child.kill('SIGTERM');
  process.once('exit', killOnExit);
  const ended = once(child, 'close').then(([code]) => {
    process.removeListener('exit', killOnExit);
    return { code: code as number | null, ...output };
  });
  return {
    pid: child.pid ?? 0,
    output,
    ended,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output.stderr);
          if (match) resolve(match);
        };
        child.stderr.on('data', look);
        look();
        void ended.then(() => {
          reject(new Error(`Ended without ${String(pattern)}:\n${output.stdout}\n${output.stderr}`));
        });
      }),
    kill: (signal) => void child.kill(signal),
  };
}
