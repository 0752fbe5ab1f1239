import { createConfiguredSnowflake, requireSetting } from '../clients/configured-snowflake.ts';
import { parseConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { previewHybridSync, syncHybridTables } from '../jobs/sync/hybrid-tables.ts';
import { SnowflakeReader } from '../jobs/sync/snowflake-reader.ts';
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

const PURPOSE = 'snowgate sync --to snowflake';
const CONNECTION = { poolSizeMax: 2, loginTimeoutMs: 30_000, patienceMs: 5000 } as const;

/**
 * Copies tables of Snowflake into the hybrid tables that serve and says what it did.
 * @throws OperatorError for settings and flags that are missing, and as `syncHybridTables` does.
 */
export async function runHybridSync(
  { schemas, tables, dryRun }: HybridSyncFlags,
  { environment, stdout, stderr }: CommandContext,
): Promise<void> {
  const config = parseConfig(environment);
  const database = requireSetting(config, 'SNOWFLAKE_DATABASE', PURPOSE);
  const schema = requireSetting(config, 'SNOWFLAKE_SCHEMA', PURPOSE);
  const account = requireSetting(config, 'SNOWFLAKE_ACCOUNT', PURPOSE);
  if (!schemas || schemas.some((name) => name.toUpperCase() === schema.toUpperCase()))
    throw new OperatorError(`Name the schemas to copy from by --schemas; ${schema} is the one that serves.`);
  const logger = createLogger(config.LOG_LEVEL);
  const options = { logger, stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS, runsUntilStopped: false };
  await withLifetime(options, async (lifetime) => {
    const client = createConfiguredSnowflake(config, { purpose: PURPOSE, ...CONNECTION });
    lifetime.closeAtEnd(() => client.close());
    const reader = new SnowflakeReader({ client, account, database, schemas });
    const progress = createProgressBar(stderr, environment['CI'] !== undefined);
    const sync = { client, reader, database, schema, tables, progress };
    if (dryRun === true) {
      for (const { table, sourceTable, sourceRows, servedRows } of await previewHybridSync(sync))
        stdout.write(`${table}: ${sourceRows} rows of ${sourceTable} in place of ${servedRows}\n`);
      return;
    }
    for (const { table, inserted, updated, deleted } of await syncHybridTables(sync))
      stdout.write(`${table}: ${inserted} new, ${updated} changed, ${deleted} gone\n`);
  });
}
