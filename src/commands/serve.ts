import type { Command } from 'commander';
import { createApp, type App } from '../app.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import type { CommandContext } from './command-context.ts';
import { ensureData, startOfDay } from './load-demo-data.ts';
import { withDatabase } from './open-database.ts';

/** `serve`: runs the gateway until it is stopped. */
export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('run the gateway; without DATABASE_URL on a Postgres of its own, filled with demo data')
    .addHelpText('after', '\nExamples:\n  snowgate serve\n  PORT=8080 HOST=0.0.0.0 snowgate serve')
    .action(() => runServe(context));
}

async function runServe(context: CommandContext): Promise<void> {
  await withDatabase(context, true, async ({ config, logger, progress, database, lifetime }) => {
    // Built first, because a model that cannot be used should be told before a minute of loading, not after it.
    const app = createApp(config, { databaseUrl: database.url, logger });
    lifetime.closeAtEnd(() => app.stop());
    const asOf = startOfDay(new Date());
    await ensureData(database, { customers: config.DEMO_CUSTOMERS, seed: config.DEMO_SEED, asOf, progress });
    progress.finish();
    const { url } = await listening(app, config);
    context.stderr.write(`Snowgate is ready: open ${forBrowser(url)}\n`);
    await lifetime.stopRequested;
  });
}

/** A browser cannot open the address that stands for all. */
function forBrowser(address: string): string {
  return address.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?=:|$)/, '//localhost');
}

async function listening(app: App, { HOST, PORT }: Config): Promise<{ url: string }> {
  try {
    return await app.start();
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
