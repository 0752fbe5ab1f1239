import type { Command } from 'commander';
import { createApp, type App } from '../app.ts';
import { parseConfig, type Config } from '../config.ts';
import { createLogger } from '../logger.ts';
import { openRegistry } from '../registry/model-registry.ts';
import type { CommandContext } from './command-context.ts';
import { withLifetime, type Lifetime } from './lifetime.ts';
import { listening } from './listening.ts';
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
  const { environment } = context;
  if (!parseConfig(environment).SERVING_STORES.includes('postgres')) return serveWithoutPostgres(context);
  await withDatabase(context, true, async ({ config, logger, progress, database, lifetime }) => {
    // Built first, because a model that cannot be used should be told before a minute of loading, not after it.
    const app = createApp(config, { databaseUrl: database.url, logger });
    lifetime.closeAtEnd(() => app.stop());
    const asOf = startOfDay(new Date());
    const hasSnowflake = config.SNOWFLAKE_ACCOUNT !== undefined;
    const demo = { customers: config.DEMO_CUSTOMERS, seed: config.DEMO_SEED, asOf };
    const registry = openRegistry(config);
    const isDemo = await ensureData(database, { ...demo, progress, registry, hasSnowflake });
    progress.finish();
    if (isDemo && hasSnowflake)
      context.stderr.write('Postgres serves demo data; `npm run sync` replaces it by the data in Snowflake.\n');
    await serveUntilStopped(app, { config, lifetime, context });
  });
}

async function serveWithoutPostgres(context: CommandContext): Promise<void> {
  const config = parseConfig(context.environment);
  const logger = createLogger(config.LOG_LEVEL);
  const options = { logger, stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS, runsUntilStopped: true };
  await withLifetime(options, async (lifetime) => {
    const app = createApp(config, { databaseUrl: null, logger });
    lifetime.closeAtEnd(() => app.stop());
    await serveUntilStopped(app, { config, lifetime, context });
  });
}

interface Serving {
  readonly config: Config;
  readonly lifetime: Lifetime;
  readonly context: CommandContext;
}

async function serveUntilStopped(app: App, { config, lifetime, context }: Serving): Promise<void> {
  const { url } = await listening(() => app.start(), config);
  context.stderr.write(`Snowgate is ready: open ${forBrowser(url)}\n`);
  await lifetime.stopRequested;
}

/** A browser cannot open the address that stands for all. */
function forBrowser(address: string): string {
  return address.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?=:|$)/, '//localhost');
}
