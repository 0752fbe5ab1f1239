import { parseConfig } from '../config.ts';
import { previewHybridSync, syncHybridTables } from '../jobs/sync/hybrid-tables.ts';
import { openHybridTables } from '../jobs/sync/open-reader.ts';
import { createLogger } from '../logger.ts';
import type { CommandContext } from './command-context.ts';
import { withLifetime } from './lifetime.ts';
import { createProgressBar } from './progress-bar.ts';

/** What `sync --to snowflake` takes from its flags. */
export interface HybridSyncFlags {
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  readonly dryRun?: boolean;
}

/**
 * Copies tables of Snowflake into the hybrid tables that serve and says what it did.
 * @throws OperatorError for settings and flags that are missing, and as `syncHybridTables` does.
 */
export async function runHybridSync(
  { schemas, tables, dryRun }: HybridSyncFlags,
  { environment, stdout, stderr }: CommandContext,
): Promise<void> {
  const config = parseConfig(environment);
  const logger = createLogger(config.LOG_LEVEL);
  const options = { logger, stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS, runsUntilStopped: false };
  await withLifetime(options, async (lifetime) => {
    const open = openHybridTables(config, schemas);
    lifetime.closeAtEnd(() => open.close());
    const progress = createProgressBar(stderr, environment['CI'] !== undefined);
    const sync = { ...open, tables, progress };
    if (dryRun === true) {
      for (const { table, sourceTable, sourceRows, servedRows } of await previewHybridSync(sync))
        stdout.write(`${table}: ${sourceRows} rows of ${sourceTable} in place of ${servedRows}\n`);
      return;
    }
    for (const { table, inserted, updated, deleted } of await syncHybridTables(sync))
      stdout.write(`${table}: ${inserted} new, ${updated} changed, ${deleted} gone\n`);
  });
}
