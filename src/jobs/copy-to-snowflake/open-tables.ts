import {
  createConfiguredSnowflake,
  requireSetting,
  type SnowflakeSettings,
} from '../../clients/configured-snowflake.ts';
import { SnowflakeTables } from './snowflake-tables.ts';

/** Tables to be closed at the end. */
export interface OpenSnowflakeTables {
  readonly tables: SnowflakeTables;
  readonly close: () => Promise<void>;
}

const CONNECTION = {
  /** Rows go one chunk after the other. */
  poolSizeMax: 1,
  loginTimeoutMs: 30_000,
  // Somebody at a keyboard wants to know soon that a password is wrong.
  patienceMs: 5000,
} as const;

/**
 * Opens the schema in Snowflake that the settings name.
 * @param purpose What needs it, for the message when a setting is missing.
 * @throws OperatorError that names the setting that is missing.
 */
export function openSnowflakeTables(
  settings: SnowflakeSettings,
  { purpose, setupFolder }: { readonly purpose: string; readonly setupFolder: string },
): OpenSnowflakeTables {
  const database = requireSetting(settings, 'SNOWFLAKE_DATABASE', purpose);
  const schema = requireSetting(settings, 'SNOWFLAKE_SCHEMA', purpose);
  const client = createConfiguredSnowflake(settings, { purpose, ...CONNECTION });
  return { tables: new SnowflakeTables({ client, database, schema, setupFolder }), close: () => client.close() };
}
