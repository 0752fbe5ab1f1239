import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createPostgresClient } from '../../src/clients/postgres.ts';
import { createSnowflakeClient, type SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { loadStatements } from '../../src/statements.ts';
import { createPostgresStore } from '../../src/stores/postgres-store.ts';
import type { ServingStore } from '../../src/stores/serving-store.ts';
import { createSnowflakeStore } from '../../src/stores/snowflake-store.ts';
import { CONTRACT_TABLES, type ContractColumn, type ContractTable } from './contract-data.ts';
import { createTestDatabase } from './database.ts';
import { startFaultyProxy, through, type FaultyProxy } from './faulty-proxy.ts';
import { ROOT_FOLDER, STATEMENTS_FOLDER } from './folders.ts';

const SNOWFLAKE_FOLDER = join(ROOT_FOLDER, 'sql/snowflake');
/** The statements that hybrid tables answer. */
export const SNOWFLAKE_STATEMENTS_FOLDER = join(SNOWFLAKE_FOLDER, 'queries');
const DEADLINE_MS = 10_000;

/** A store that holds `CONTRACT_TABLES`, with a proxy between it and its backend. */
export interface ContractStore {
  readonly store: ServingStore;
  readonly proxy: FaultyProxy;
  stop(): Promise<void>;
}

/** The ways to start every store that the contract holds for, by name. */
export const CONTRACT_STORES = { postgres: startPostgresStore, snowflake: startSnowflakeStore } as const;

/** Postgres with the rows. */
export async function startPostgresStore(): Promise<ContractStore> {
  const database = await createTestDatabase('empty');
  const { hostname, port } = new URL(database.url);
  const proxy = await startFaultyProxy({ host: hostname, port: Number(port) });
  const client = createPostgresClient({
    url: through(database.url, proxy),
    poolSizeMax: 4,
    logger: createLogger('silent'),
  });
  await client.transaction(async (session) => {
    for (const { name, columns, rows } of CONTRACT_TABLES) {
      const names = Object.keys(columns).join(', ');
      const json = JSON.stringify(rows.map((row) => objectOf(columns, row)));
      await session.execute(
        `INSERT INTO ${name} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${name}, $1)`,
        [json],
      );
    }
  });
  const statements = loadStatements(STATEMENTS_FOLDER);
  return {
    store: createPostgresStore({ client, statements, metrics: createMetrics(), deadlineMs: DEADLINE_MS }),
    proxy,
    async stop() {
      await client.close();
      await proxy.close();
      await database.drop();
    },
  };
}

/** The local Snowflake with the rows; it can be told to fail. */
export async function startSnowflakeStore(): Promise<ContractStore & { readonly local: LocalSnowflake }> {
  const local = await startLocalSnowflake();
  await setUpHybridTables(local);
  const proxy = await startFaultyProxy({ host: '127.0.0.1', port: Number(new URL(local.accessUrl).port) });
  const client = connectTo(local, { accessUrl: through(local.accessUrl, proxy).replace(/\/$/, '') });
  for (const table of CONTRACT_TABLES) await fill(client, table);
  const statements = loadStatements(SNOWFLAKE_STATEMENTS_FOLDER);
  return {
    local,
    store: createSnowflakeStore({ client, statements, metrics: createMetrics(), deadlineMs: DEADLINE_MS }),
    proxy,
    async stop() {
      await client.close();
      await proxy.close();
      await local.stop();
    },
  };
}

/** Makes the hybrid tables by the files of sql/snowflake/setup, as an administrator would. */
export async function setUpHybridTables(local: LocalSnowflake): Promise<void> {
  const folder = join(SNOWFLAKE_FOLDER, 'setup');
  for (const file of readdirSync(folder).sort()) {
    if (/^[02]\d\d_.*\.sql$/.test(file)) await local.runScript(readFileSync(join(folder, file), 'utf8'));
  }
}

/** A client of ours in front of a local Snowflake, with what the command line sets for the driver. */
export function connectTo(
  local: LocalSnowflake,
  options: { readonly accessUrl?: string; readonly poolSizeMax?: number } = {},
): SnowflakeClient {
  Object.assign(process.env, {
    SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
    SNOWFLAKE_DISABLE_MINICORE: '1',
    SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
  });
  const { username, password } = local.connectionOptions;
  return createSnowflakeClient({
    target: {
      account: local.account,
      accessUrl: options.accessUrl ?? local.accessUrl,
      database: 'SNOWGATE',
      schema: 'SERVING',
      warehouse: 'SNOWGATE_WH',
    },
    credentials: { kind: 'password', user: username, password },
    poolSizeMax: options.poolSizeMax ?? 4,
    loginTimeoutMs: 5000,
    patienceMs: 1000,
  });
}

/** Tables that only Postgres has are left out. */
const POSTGRES_ONLY = new Set(['loyalty_tiers']);

async function fill(client: SnowflakeClient, { name, columns, rows }: ContractTable): Promise<void> {
  if (POSTGRES_ONLY.has(name)) return;
  const names = Object.keys(columns).join(', ');
  const values = Object.values(columns).map(snowflakeValue).join(', ');
  const hasJson = Object.values(columns).includes('json');
  const text = `INSERT INTO ${name} (${names}) ${hasJson ? `SELECT ${values}` : `VALUES (${values})`}`;
  // PARSE_JSON is not allowed in VALUES, so that those rows come one by one.
  const lists = hasJson ? rows.map(forSnowflake) : [rows.map(forSnowflake)];
  for (const binds of lists) await client.execute({ name: 'contract_data', text, binds: binds }, DEADLINE_MS);
}

function snowflakeValue(kind: ContractColumn): string {
  return kind === 'json' ? 'PARSE_JSON(?)' : '?';
}

/** TIMESTAMP_NTZ knows no zone. */
function forSnowflake(row: ContractTable['rows'][number]): (string | null)[] {
  return row.map((value) =>
    /^\d{4}-.*Z$/.test(value ?? '') ? (value?.replace('T', ' ').replace('Z', '') ?? null) : value,
  );
}

function objectOf(columns: ContractTable['columns'], row: ContractTable['rows'][number]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, kind], index) => {
      const text = row[index] ?? null;
      return [name, kind === 'json' && text !== null ? (JSON.parse(text) as unknown) : text];
    }),
  );
}
