import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import type { SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { SnowflakeReader } from '../../src/jobs/sync/snowflake-reader.ts';
import { syncTables, type SyncOptions, type TableSync } from '../../src/jobs/sync/sync.ts';
import { createLogger } from '../../src/logger.ts';
import { CONTRACT_TABLES } from '../support/contract-data.ts';
import { connectTo, setUpHybridTables } from '../support/contract-stores.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ALL_TABLES, createGold, fillSnowflake, rowsOf, startSync } from '../support/sync-snowflake.ts';

const DAY_MS = 86_400_000;
const KILLS = 4;

let local: LocalSnowflake;
let snowflake: SnowflakeClient;
let database: TestDatabase;
let postgres: PostgresClient;

beforeEach(async () => {
  local = await startLocalSnowflake();
  await setUpHybridTables(local);
  snowflake = connectTo(local);
  for (const table of CONTRACT_TABLES) await fillSnowflake(snowflake, table);
  await createGold(local);
  database = await createTestDatabase('demo');
  postgres = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
});

afterEach(async () => {
  await Promise.all([snowflake.close(), postgres.close()]);
  await Promise.all([local.stop(), database.drop()]);
});

function optionsFor(client: PostgresClient, changes: Partial<SyncOptions> = {}): SyncOptions {
  const reader = new SnowflakeReader({
    client: snowflake,
    account: local.account,
    database: 'snowgate',
    schemas: ['gold'],
  });
  const asOf = new Date('2026-11-02T00:00:00Z');
  return {
    database: client,
    reader,
    tables: ALL_TABLES,
    asOf,
    rejectsMax: 0,
    mayMix: false,
    progress: SILENT_PROGRESS,
    ...changes,
  };
}

async function sync(changes: Partial<SyncOptions> = {}): Promise<ReadonlyMap<string, TableSync>> {
  const done = await syncTables(optionsFor(postgres, changes));
  // What changes afterwards changes later.
  local.clock.advance(5);
  return new Map(done.map((one) => [one.table, one]));
}

const inGold = (...statements: readonly string[]) =>
  local.runScript(statements.join('; '), { database: 'SNOWGATE', schema: 'GOLD' });

/** Everything that serves is what a sync of all rows into an empty database leaves behind. */
async function expectWholeSource(): Promise<void> {
  const fresh = await createTestDatabase('empty');
  const client = createPostgresClient({ url: fresh.url, poolSizeMax: 3, logger: createLogger('silent') });
  await syncTables(optionsFor(client, { mayMix: true }));
  for (const table of ALL_TABLES) expect(await rowsOf(postgres, table), table).toEqual(await rowsOf(client, table));
  await client.close();
  await fresh.drop();
}

describe('a sync after a sync', { timeout: 120_000 }, () => {
  it('reads only the rows that came, went or changed, and nothing when nothing did', async () => {
    const first = await sync();
    expect(first.get('customers')).toMatchObject({ rowsRead: 2605, inserted: 2605 });
    await inGold(
      `UPDATE customers SET first_name = 'Changed' WHERE customer_id = 5000007`,
      `INSERT INTO product_categories VALUES ('CAT-9', 'Nine', 'Home')`,
      `DELETE FROM events WHERE customer_id = 5000001 OR event_type = 'search'`,
      `INSERT INTO inventory SELECT 'West', product_id, warehouse_name, 7, 2, updated_at FROM inventory WHERE product_id = 1 AND region = 'South'`,
    );
    local.requests.clear();
    const second = await sync();
    expect(second.get('customers')).toEqual({
      table: 'customers',
      inserted: 0,
      updated: 1,
      deleted: 0,
      rowsRead: 2,
    });
    expect(second.get('product_categories')).toMatchObject({ inserted: 1, rowsRead: 1 });
    expect(second.get('inventory')).toMatchObject({ inserted: 1, rowsRead: 1 });
    const events = second.get('events');
    expect(events?.deleted).toBe(events?.rowsRead);
    for (const { rowsRead, wholeBecause } of second.values()) {
      expect(rowsRead).toBeLessThan(20);
      expect(wholeBecause).toBeUndefined();
    }
    expect(local.requests.all().filter(({ queryTag }) => queryTag === 'sync_rows')).toEqual([]);
    await expectWholeSource();
    local.requests.clear();
    for (const change of (await sync()).values())
      expect(change).toMatchObject({ inserted: 0, updated: 0, deleted: 0, rowsRead: 0 });
    expect(local.requests.all().filter(({ queryTag }) => queryTag === 'sync_changes')).toEqual([]);
  });

  it('goes on from the last sync that came to its end, whatever became of those after it', async () => {
    await sync();
    await inGold(`UPDATE customers SET first_name = 'Once' WHERE customer_id = 5000007`);
    const options = optionsFor(postgres);
    const failing = Object.assign(Object.create(options.reader) as SnowflakeReader, {
      rowCount: (table: string) => options.reader.rowCount(table),
      fingerprint: (table: string, columns: readonly string[]) =>
        table === 'product_neighbours'
          ? Promise.reject(new Error('the line went dead'))
          : options.reader.fingerprint(table, columns),
    });
    await expect(syncTables({ ...options, reader: failing })).rejects.toThrow();
    local.clock.advance(5);
    await inGold(
      `UPDATE customers SET first_name = 'Twice' WHERE customer_id = 5000007`,
      `UPDATE customers SET first_name = 'Other' WHERE customer_id = 5000008`,
    );
    expect((await sync()).get('customers')).toMatchObject({ updated: 2, rowsRead: 4 });
    await expectWholeSource();
  });

  it.each<[what: string, prepare: () => Promise<void>, because: RegExp]>([
    [
      'the changes were not tracked',
      () => inGold('ALTER TABLE customers SET CHANGE_TRACKING = FALSE'),
      /^its changes have not been tracked since the last sync/,
    ],
    [
      'the changes were not kept that long',
      () => {
        local.clock.advance(2 * DAY_MS);
        return Promise.resolve();
      },
      /^its changes are not kept as long as the last sync is ago/,
    ],
    [
      'somebody has changed here what serves',
      async () => {
        await postgres.transaction((session) => session.execute(`UPDATE customers SET first_name = 'Here'`));
      },
      /^what serves was changed here since the last sync$/,
    ],
  ])('reads the whole table, and says why, when %s', async (_what, prepare, because) => {
    await sync();
    await prepare();
    await inGold(`UPDATE customers SET first_name = 'Changed' WHERE customer_id = 5000007`);
    const customers = (await sync()).get('customers');
    expect(customers).toMatchObject({ rowsRead: 2605 });
    expect(customers?.wholeBecause).toMatch(because);
    await expectWholeSource();
  });

  it('reads the whole table when the changes do not lead to what the source holds', async () => {
    await sync();
    await inGold(`UPDATE customers SET first_name = 'Unseen' WHERE customer_id = 5000007`);
    // As if the clock of the last sync had been ahead of this change.
    await postgres.transaction((session) =>
      session.execute(
        `UPDATE snowgate_sync.synced SET moment = to_char(now() + interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00')`,
      ),
    );
    expect((await sync()).get('customers')).toMatchObject({
      rowsRead: 2605,
      wholeBecause: 'the changes do not lead to what the source holds',
    });
    await expectWholeSource();
  });

  it('reads everything when it is told to', async () => {
    await sync();
    expect((await sync({ readsWhole: true })).get('customers')).toMatchObject({ rowsRead: 2605, updated: 0 });
  });

  it(`serves one whole version at every moment, killed ${String(KILLS)} times`, { timeout: 300_000 }, async () => {
    const words = ['--tables', 'customers,products'];
    const setVersion = (version: number) =>
      inGold(
        `UPDATE customers SET first_name = 'v${String(version)}'`,
        `UPDATE products SET brand = 'v${String(version)}'`,
      );
    await setVersion(0);
    await sync();
    const watch = { isOver: false, torn: [] as (readonly string[])[] };
    const watcher = new Client({ connectionString: database.url });
    await watcher.connect();
    const versions = async () => {
      const { rows } = await watcher.query<{ version: string }>(
        'SELECT first_name AS version FROM customers UNION SELECT brand FROM products',
      );
      return rows.map(({ version }) => version);
    };
    const watching = (async () => {
      while (!watch.isOver) {
        await sleep(5);
        const found = await versions();
        if (found.length !== 1) watch.torn.push(found);
      }
    })();
    for (let kill = 1; kill <= KILLS; kill++) {
      await setVersion(kill);
      const killed = startSync(local, database.url, words);
      await killed.waitFor(kill % 2 === 0 ? /Reading changes of customers/ : /Swapping all/);
      await sleep(Math.random() * 100);
      killed.kill('SIGKILL');
      await killed.ended;
      local.clock.advance(5);
    }
    const { code, stdout } = await startSync(local, database.url, words).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/customers: .*; \d+ rows read\n/);
    watch.isOver = true;
    await watching;
    expect(await versions()).toEqual([`v${String(KILLS)}`]);
    await watcher.end();
    expect(watch.torn).toEqual([]);
  });
});
