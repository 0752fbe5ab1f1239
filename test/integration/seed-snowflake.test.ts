import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSnowflake } from '../../local-snowflake/server.ts';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { SERVING_TABLES } from '../../src/jobs/sync/serving-tables.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { fillSnowflake, settingsOf, startEmptySnowflake } from '../support/demo-snowflake.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';

const TABLES = SERVING_TABLES.map(({ name }) => name);
let local: LocalSnowflake;
let source: TestDatabase;

beforeAll(async () => {
  [local, source] = await Promise.all([startEmptySnowflake(), createTestDatabase('demo')]);
  // Enough is left for several chunks; all of it takes seconds that prove nothing more.
  await withClient(source, (client) =>
    client.transaction((session) =>
      session.execute(`
        DELETE FROM events WHERE customer_id > 1000040;
        DELETE FROM product_neighbours WHERE product_id > 200;
        DELETE FROM product_statistics WHERE product_id > 200;
        DELETE FROM inventory WHERE product_id > 200`),
    ),
  );
});
afterAll(async () => {
  await Promise.all([local.stop(), source.drop()]);
});

function run(words: readonly string[], database: TestDatabase, settings: Record<string, string> = {}) {
  return startGatewayProcess(words, { DATABASE_URL: database.url, ...settingsOf(local), ...settings }).ended;
}

const seedSnowflake = (settings: Record<string, string> = {}) => run(['seed', '--to', 'snowflake'], source, settings);

/** Every row of every table as text, sorted. */
function contentOf(database: TestDatabase): Promise<Record<string, readonly string[]>> {
  return withClient(database, async (client) => {
    const content: Record<string, readonly string[]> = {};
    for (const table of TABLES) {
      const rows = await client.transaction((session) =>
        session.execute<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`),
      );
      content[table] = rows.map(({ row }) => row);
    }
    return content;
  });
}

async function withClient<Result>(
  { url }: TestDatabase,
  work: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
  const client = createPostgresClient({ url, poolSizeMax: 1, logger: createLogger('silent') });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describe('seed --to snowflake', { timeout: 120_000 }, () => {
  it('says which file to run when a table is missing, before it changes anything', async () => {
    await local.runScript('ALTER TABLE snowgate.serving.inventory RENAME TO snowgate.serving.elsewhere');
    const { code, stderr } = await seedSnowflake();
    await local.runScript('ALTER TABLE snowgate.serving.elsewhere RENAME TO snowgate.serving.inventory');
    expect(stderr).toContain('SNOWGATE.SERVING has no table inventory');
    expect(stderr).toContain('Run sql/snowflake/setup/230_serving_inventory.sql, or grant the role');
    expect(code).toBe(1);
    expect(local.requests.statements(/TRUNCATE|INSERT/)).toEqual([]);
  });

  it('says which right is missing', async () => {
    const message = "SQL access control error:\nInsufficient privileges to operate on table 'PRODUCTS'";
    local.faults.inject({ kind: 'failure', code: '003001', sqlState: '42501', message }, { sql: /TRUNCATE/ });
    const { code, stderr } = await seedSnowflake();
    expect(stderr).toContain('Grant SELECT, INSERT, DELETE and TRUNCATE on the tables to the role');
    expect(code).toBe(1);
  });

  it('names the setting that it lacks', async () => {
    const { code, stderr } = await seedSnowflake({ SNOWFLAKE_SCHEMA: '' });
    expect(stderr).toContain('Set SNOWFLAKE_SCHEMA: snowgate seed --to snowflake needs it.');
    expect(code).toBe(1);
  });

  it('leaves the same rows however often it runs, and a sync brings them back as they were', async () => {
    await fillSnowflake(local, source.url);
    const { code, stdout, stderr } = await seedSnowflake();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('customers: 300 rows');
    const target = await createTestDatabase('empty');
    const synced = await run(['sync', '--tables', TABLES.join(',')], target);
    expect(synced.code, synced.stderr).toBe(0);
    const [wanted, found] = [await contentOf(source), await contentOf(target)];
    for (const table of TABLES) {
      expect(wanted[table]?.length, table).toBeGreaterThan(0);
      expect(found[table], table).toEqual(wanted[table]);
    }
    await target.drop();
  });

  it('replaces no data that is not demo data', async () => {
    await local.runScript("UPDATE snowgate.serving.dataset SET source = 'erp'");
    local.requests.clear();
    const { code, stderr } = await seedSnowflake();
    expect(stderr).toContain('product_categories in SNOWGATE.SERVING holds data that is not demo data');
    expect(code).toBe(1);
    expect(local.requests.statements(/TRUNCATE|INSERT/)).toEqual([]);
  });
});
