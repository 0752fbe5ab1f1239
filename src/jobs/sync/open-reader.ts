import {
  createConfiguredSnowflake,
  requireSetting,
  type SnowflakeSettings,
} from '../../clients/configured-snowflake.ts';
import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { createFileReader } from './file-reader.ts';
import type { HybridSyncOptions } from './hybrid-tables.ts';
import { SERVING_TABLES } from './serving-tables.ts';
import { SnowflakeReader } from './snowflake-reader.ts';
import type { TableReader } from './table-reader.ts';
import { readTargetTables } from './target-table.ts';

/** A reader to be closed at the end. */
export interface OpenReader {
  readonly reader: TableReader;
  close(): Promise<void>;
}

const PURPOSE = 'snowgate sync without --files';
const HYBRID_PURPOSE = 'snowgate sync --to snowflake';
const CONNECTION = {
  /** One for the rows, one for what is asked meanwhile. */
  poolSizeMax: 2,
  // Somebody at a keyboard wants to know soon that a password is wrong.
  patienceMs: 5000,
} as const;

/** Opens a folder of JSON lines, as `createFileReader` reads it. */
export async function openFiles(folder: string, database: PostgresClient): Promise<OpenReader> {
  const targets = await readTargetTables(
    database,
    SERVING_TABLES.map(({ name }) => name),
  );
  const reader = createFileReader(folder, (sourceTable) => {
    const table = SERVING_TABLES.find(({ sourceNames }) => sourceNames.includes(sourceTable));
    const own = targets.get(table?.name ?? '')?.columns.map(({ name }) => name);
    return [...(table?.arrayOrders ?? []), ...(own ? [own] : [])];
  });
  return { reader, close: () => Promise.resolve() };
}

/**
 * Opens the database in Snowflake that the settings name.
 * @param schemas Where to look for tables; undefined takes SNOWFLAKE_SCHEMA.
 * @throws OperatorError that names the setting that is missing.
 */
export function openSnowflake(settings: SnowflakeSettings, schemas: readonly string[] | undefined): OpenReader {
  const account = requireSetting(settings, 'SNOWFLAKE_ACCOUNT', PURPOSE);
  const database = requireSetting(settings, 'SNOWFLAKE_DATABASE', PURPOSE);
  const places = schemas ?? [requireSetting(settings, 'SNOWFLAKE_SCHEMA', PURPOSE)];
  const client = createConfiguredSnowflake(settings, { purpose: PURPOSE, ...CONNECTION });
  const reader = new SnowflakeReader({ client, account, database, schemas: places });
  return { reader, close: () => client.close() };
}

/** The schema that serves and a reader of others beside it, to be closed at the end. */
export type OpenHybridTables = Pick<HybridSyncOptions, 'client' | 'reader' | 'database' | 'schema'> &
  Pick<OpenReader, 'close'>;

/**
 * Opens the schema in Snowflake that the settings name, to be filled from `schemas`.
 * @throws OperatorError that names the setting or the flag that is missing.
 */
export function openHybridTables(
  settings: SnowflakeSettings,
  schemas: readonly string[] | undefined,
): OpenHybridTables {
  const account = requireSetting(settings, 'SNOWFLAKE_ACCOUNT', HYBRID_PURPOSE);
  const database = requireSetting(settings, 'SNOWFLAKE_DATABASE', HYBRID_PURPOSE);
  const schema = requireSetting(settings, 'SNOWFLAKE_SCHEMA', HYBRID_PURPOSE);
  if (!schemas || schemas.some((name) => name.toUpperCase() === schema.toUpperCase()))
    throw new OperatorError(`Name the schemas to copy from by --schemas; ${schema} is the one that serves.`);
  const client = createConfiguredSnowflake(settings, { purpose: HYBRID_PURPOSE, ...CONNECTION });
  const reader = new SnowflakeReader({ client, account, database, schemas });
  return { client, reader, database, schema, close: () => client.close() };
}
