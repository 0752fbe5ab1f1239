import { parseConfig, type Config } from '../config.ts';
import { openDatabase, type OpenDatabase } from '../jobs/open-database.ts';
import type { Progress } from '../jobs/progress.ts';
import { createLogger, type Logger } from '../logger.ts';
import { INSTALLATION } from '../installation.ts';
import type { CommandContext } from './command-context.ts';
import { withLifetime, type Lifetime } from './lifetime.ts';
import { createProgressBar } from './progress-bar.ts';

/** What a command that works on the database gets. */
export interface DatabaseCommand {
  readonly config: Config;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly database: OpenDatabase;
  readonly lifetime: Lifetime;
}

/**
 * Reads the settings, opens the database that they name, migrated, for as long as `work` takes, and closes it.
 * @param runsUntilStopped As in `LifetimeOptions`.
 * @throws OperatorError for wrong settings, before anything is started, and as `openDatabase` and `withLifetime` do.
 */
export async function withDatabase(
  { environment, stderr }: CommandContext,
  runsUntilStopped: boolean,
  work: (command: DatabaseCommand) => Promise<void>,
): Promise<void> {
  const config = parseConfig(environment);
  const logger = createLogger(config.LOG_LEVEL);
  const progress = createProgressBar(stderr, environment['CI'] !== undefined);
  const options = { logger, stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS, runsUntilStopped };
  await withLifetime(options, async (lifetime) => {
    try {
      const database = await openDatabase({
        databaseUrl: config.DATABASE_URL,
        dataFolder: config.DATA_FOLDER,
        migrationsFolder: INSTALLATION.migrations,
        poolSizeMax: config.POSTGRES_POOL_SIZE_MAX,
        logger,
        onStep: (step) => {
          progress.step(step);
        },
      });
      lifetime.closeAtEnd(() => database.close());
      await work({ config, logger, progress, database, lifetime });
    } finally {
      progress.finish();
    }
  });
}
