import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import type { SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { SnowflakeReader } from '../../src/jobs/sync/snowflake-reader.ts';
import { previewSync, syncTables, type SyncOptions } from '../../src/jobs/sync/sync.ts';
import { createLogger } from '../../src/logger.ts';
import { CONTRACT_TABLES, type ContractTable } from '../support/contract-data.ts';
import { connectTo, setUpHybridTables } from '../support/contract-stores.ts';
import { ALL_TABLES, fillSnowflake, rowsOf } from '../support/sync-snowflake.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';

/** A machine that does much else takes its time. */
const DEADLINE_MS = 60_000;
let local: LocalSnowflake;
let snowflake: SnowflakeClient;
let database: TestDatabase;
let wanted: TestDatabase;
let postgres: PostgresClient;
let wantedPostgres: PostgresClient;

beforeEach(async () => {
  local = await startLocalSnowflake();
  await setUpHybridTables(local);
  snowflake = connectTo(local);
  for (const table of CONTRACT_TABLES) await fillSnowflake(snowflake, table);
  [database, wanted] = await Promise.all([createTestDatabase('demo'), createTestDatabase('empty')]);
  const connect = ({ url }: TestDatabase) =>
    createPostgresClient({ url, poolSizeMax: 3, logger: createLogger('silent') });
  postgres = connect(database);
  wantedPostgres = connect(wanted);
  for (const table of CONTRACT_TABLES) await fillPostgres(table);
});

afterEach(async () => {
  await Promise.all([snowflake.close(), postgres.close(), wantedPostgres.close()]);
  await Promise.all([local.stop(), database.drop(), wanted.drop()]);
});

async function fillPostgres({ name, columns, rows }: ContractTable): Promise<void> {
  const names = Object.keys(columns);
  const objects = rows.map((row) =>
    Object.fromEntries(
      names.map((column, index): [string, unknown] => {
        const text = row[index] ?? null;
        return [column, columns[column] === 'json' && text !== null ? JSON.parse(text) : text];
      }),
    ),
  );
  const list = names.join(', ');
  await wantedPostgres.transaction((session) =>
    session.execute(`INSERT INTO ${name} (${list}) SELECT ${list} FROM json_populate_recordset(NULL::${name}, $1)`, [
      JSON.stringify(objects),
    ]),
  );
}

function optionsFor(changes: Partial<SyncOptions> = {}): SyncOptions {
  const reader = new SnowflakeReader({
    client: snowflake,
    account: local.account,
    database: 'snowgate',
    schemas: ['nothing_here', 'serving'],
  });
  const asOf = new Date('2026-11-02T00:00:00Z');
  return { database: postgres, reader, asOf, rejectsMax: 0, mayMix: false, progress: SILENT_PROGRESS, ...changes };
}

describe('sync from Snowflake', { timeout: 120_000 }, () => {
  it('copies every table, events included, to the last digit, in place of demo data', async () => {
    await syncTables(optionsFor({ tables: ALL_TABLES }));
    for (const table of ALL_TABLES)
      expect(await rowsOf(postgres, table), table).toEqual(await rowsOf(wantedPostgres, table));
    const [dataset] = await rowsOf(postgres, 'dataset');
    expect(dataset).toMatch(/^\(t,snowflake,,2605,"2026-10-31 23:59:59\.123\+00"/);
  });

  it('notices a change of any value at the source', async () => {
    const { reader } = optionsFor();
    await reader.tables();
    const fingerprint = () => reader.fingerprint('products', ['product_id', 'product_name', 'price']);
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    await snowflake.execute(
      { name: 'change', text: 'UPDATE products SET price = 12.51 WHERE product_id = 1', binds: [] },
      DEADLINE_MS,
    );
    expect(await fingerprint()).not.toBe(before);
  });

  it('refuses a table whose column was renamed, naming it', async () => {
    await local.runScript(
      'USE SCHEMA snowgate.serving; ALTER TABLE loyalty_tiers RENAME COLUMN tier_rank TO tier_order;',
    );
    await expect(previewSync(optionsFor())).rejects.toThrow(
      /^loyalty_tiers in LOCAL snowgate\.nothing_here,serving lacks the column tier_rank; it has loyalty_tier, tier_order, points_/,
    );
  });

  it('runs as a command from the settings alone, without a secret in what it prints', async () => {
    const { connectionOptions, account, accessUrl } = local;
    const { code, stdout, stderr } = await startGatewayProcess(['--verbose', 'sync'], {
      DATABASE_URL: database.url,
      LOG_LEVEL: 'debug',
      SNOWFLAKE_ACCOUNT: account,
      SNOWFLAKE_ACCOUNT_URL: accessUrl,
      SNOWFLAKE_USER: connectionOptions.username,
      SNOWFLAKE_PASSWORD: connectionOptions.password,
      SNOWFLAKE_DATABASE: 'SNOWGATE',
      SNOWFLAKE_SCHEMA: 'SERVING',
    }).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('customers: 2605 new, 0 changed, 300 gone');
    expect(await rowsOf(postgres, 'events')).toEqual([]);
  });

  it('says that Snowflake refused, without the password', async () => {
    const { code, stdout, stderr } = await startGatewayProcess(['--verbose', 'sync'], {
      DATABASE_URL: database.url,
      LOG_LEVEL: 'debug',
      SNOWFLAKE_ACCOUNT: local.account,
      SNOWFLAKE_ACCOUNT_URL: local.accessUrl,
      SNOWFLAKE_USER: 'SNOWGATE',
      SNOWFLAKE_PASSWORD: 'planted-password-41c7',
      SNOWFLAKE_DATABASE: 'SNOWGATE',
      SNOWFLAKE_SCHEMA: 'SERVING',
    }).ended;
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('planted-password');
    expect(stderr).toContain('Login to Snowflake failed');
  });
});
