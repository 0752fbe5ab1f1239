import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createPostgresClient } from '../../src/clients/postgres.ts';
import { parseConfig } from '../../src/config.ts';
import { copyToSnowflake, type CopiedTable } from '../../src/jobs/copy-to-snowflake/copy-to-snowflake.ts';
import { openSnowflakeTables } from '../../src/jobs/copy-to-snowflake/open-tables.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { setUpHybridTables } from './contract-stores.ts';
import { SNOWFLAKE_SETUP_FOLDER } from './folders.ts';

/** A local Snowflake whose hybrid tables are there and empty. */
export async function startEmptySnowflake(): Promise<LocalSnowflake> {
  Object.assign(process.env, {
    SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
    SNOWFLAKE_DISABLE_MINICORE: '1',
    SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
  });
  const local = await startLocalSnowflake();
  await setUpHybridTables(local);
  return local;
}

/** The settings that lead to it. */
export function settingsOf(local: LocalSnowflake): Record<string, string> {
  const { account, accessUrl, username, password } = local.connectionOptions;
  return {
    SNOWFLAKE_ACCOUNT: account,
    SNOWFLAKE_ACCOUNT_URL: accessUrl,
    SNOWFLAKE_USER: username,
    SNOWFLAKE_PASSWORD: password,
    SNOWFLAKE_DATABASE: 'SNOWGATE',
    SNOWFLAKE_SCHEMA: 'SERVING',
    SNOWFLAKE_WAREHOUSE: 'SNOWGATE_WH',
  };
}

/** Fills its tables with the demo data of a database, as `snowgate seed --to snowflake` does. */
export async function fillSnowflake(local: LocalSnowflake, databaseUrl: string): Promise<readonly CopiedTable[]> {
  const database = createPostgresClient({ url: databaseUrl, poolSizeMax: 1, logger: createLogger('silent') });
  const options = { purpose: 'a test', setupFolder: SNOWFLAKE_SETUP_FOLDER };
  const { tables, close } = openSnowflakeTables(parseConfig(settingsOf(local)), options);
  try {
    return await copyToSnowflake({ database, tables, progress: SILENT_PROGRESS });
  } finally {
    await close();
    await database.close();
  }
}
