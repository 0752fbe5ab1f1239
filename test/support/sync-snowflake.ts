import type { LocalSnowflake } from '../../local-snowflake/server.ts';
import type { PostgresClient } from '../../src/clients/postgres.ts';
import type { SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { SERVING_TABLES } from '../../src/jobs/sync/serving-tables.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { CONTRACT_TABLES, type ContractTable } from './contract-data.ts';

/** A machine that does much else takes its time. */
const DEADLINE_MS = 60_000;
/** Those of the contract that are synced. */
export const SYNCED_TABLES: readonly ContractTable[] = CONTRACT_TABLES.filter((table) =>
  SERVING_TABLES.some(({ name }) => name === table.name),
);
/** Every table that is synced by name, and the one that has no rows in the contract. */
export const ALL_TABLES: readonly string[] = [...SYNCED_TABLES.map(({ name }) => name), 'stores'];

/** Fills a table in the schema of the client. */
export async function fillSnowflake(snowflake: SnowflakeClient, { name, columns, rows }: ContractTable): Promise<void> {
  const kinds = Object.values(columns);
  const values = kinds.map((kind) => (kind === 'json' ? 'PARSE_JSON(?)' : '?')).join(', ');
  const hasJson = kinds.includes('json');
  const text = `INSERT INTO ${name} (${Object.keys(columns).join(', ')}) ${hasJson ? `SELECT ${values}` : `VALUES (${values})`}`;
  const binds = rows.map((row) =>
    row.map((value, index) =>
      kinds[index] === 'moment' ? (value?.replace('T', ' ').replace('Z', '') ?? null) : value,
    ),
  );
  // PARSE_JSON is not allowed in VALUES, so that those rows come one by one.
  for (const list of hasJson ? binds : [binds])
    await snowflake.execute({ name: 'fill', text, binds: list }, DEADLINE_MS);
}

/** The rows of a table as text, in an order of their own. */
export async function rowsOf(client: PostgresClient, table: string): Promise<readonly string[]> {
  const rows = await client.transaction((session) =>
    session.execute<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`),
  );
  return rows.map(({ row }) => row);
}

/** A schema `gold` of standard tables with the rows of `serving`, their changes tracked. */
export async function createGold(local: LocalSnowflake): Promise<void> {
  await local.runScript(
    `CREATE SCHEMA IF NOT EXISTS snowgate.gold; ${ALL_TABLES.map(
      (name) => `CREATE TABLE snowgate.gold.${name} CHANGE_TRACKING = TRUE AS SELECT * FROM snowgate.serving.${name};`,
    ).join(' ')}`,
    { database: 'SNOWGATE', schema: 'SERVING' },
  );
}

/** `snowgate sync <words>` in a process of its own, from the schema `gold`. */
export function startSync(local: LocalSnowflake, databaseUrl: string, words: readonly string[] = []): GatewayProcess {
  const { connectionOptions, account, accessUrl } = local;
  return startGatewayProcess(['sync', '--schemas', 'gold', ...words], {
    DATABASE_URL: databaseUrl,
    SNOWFLAKE_ACCOUNT: account,
    SNOWFLAKE_ACCOUNT_URL: accessUrl,
    SNOWFLAKE_USER: connectionOptions.username,
    SNOWFLAKE_PASSWORD: connectionOptions.password,
    SNOWFLAKE_DATABASE: 'SNOWGATE',
    SNOWFLAKE_SCHEMA: 'SERVING',
  });
}
