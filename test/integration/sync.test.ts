import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { openFiles } from '../../src/jobs/sync/open-reader.ts';
import { previewSync, syncTables, type SyncOptions } from '../../src/jobs/sync/sync.ts';
import type { TableReader } from '../../src/jobs/sync/table-reader.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { readVersions, writeVersion } from '../support/sync-folder.ts';

const KILLS = 20;
const ATTEMPTS_MAX = 5 * KILLS;
/** A machine that does much else takes its time. */
const TEST_TIMEOUT_MS = 120_000;

let folders: string;
let first: string;
let second: string;
let database: TestDatabase;
let client: PostgresClient;
let reading: Client;

beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), 'snowgate-sync-'));
  first = join(folders, 'first');
  second = join(folders, 'second');
  const demo = await createTestDatabase();
  await writeVersion(demo.url, first, 1);
  await writeVersion(demo.url, second, 2);
  await demo.drop();
});

afterAll(() => rm(folders, { recursive: true }));

beforeEach(async () => {
  database = await createTestDatabase();
  client = createPostgresClient({ url: database.url, poolSizeMax: 4, logger: createLogger('silent') });
  reading = new Client({ connectionString: database.url });
  await reading.connect();
});

afterEach(async () => {
  await client.close();
  await reading.end();
  await database.drop();
});

async function optionsFor(folder: string, changes: Partial<SyncOptions> = {}): Promise<SyncOptions> {
  const { reader } = await openFiles(folder, client);
  const asOf = new Date('2026-11-02T00:00:00Z');
  return { database: client, reader, asOf, rejectsMax: 0, mayMix: false, progress: SILENT_PROGRESS, ...changes };
}

const sync = async (folder: string, changes: Partial<SyncOptions> = {}) =>
  syncTables(await optionsFor(folder, changes));
const preview = async (folder: string, changes: Partial<SyncOptions> = {}) =>
  previewSync(await optionsFor(folder, changes));

async function select<Row extends object>(statement: string): Promise<Row[]> {
  return (await reading.query<Row>(statement)).rows;
}

/** A folder of one's own with some of the files of the first version. */
async function ownFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(folders, 'own-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.jsonl`), text);
  return folder;
}

const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('syncTables', { timeout: TEST_TIMEOUT_MS }, () => {
  it('replaces what another source left, events included, and says what the database holds', async () => {
    const changes = await sync(first);
    expect(await readVersions(reading)).toEqual(['v1']);
    expect(changes.map(({ table }) => table)).toHaveLength(12);
    expect(await select('SELECT count(*)::int AS events FROM events')).toEqual([{ events: 0 }]);
    expect(await select('SELECT source, seed, customers, completed_at IS NOT NULL AS complete FROM dataset')).toEqual([
      { source: 'files', seed: null, customers: 300, complete: true },
    ]);
  });

  it('leaves the very rows of the source behind', async () => {
    await sync(second);
    const wanted = (await readFile(join(second, 'customer_tastes.jsonl'), 'utf8')).trim().split('\n');
    const rows = await select<{ row: { customer_id: number } }>('SELECT to_jsonb(t) AS row FROM customer_tastes AS t');
    const byId = new Map(rows.map(({ row }) => [row.customer_id, row]));
    for (const line of wanted) {
      const row = JSON.parse(line) as { customer_id: number; as_of: string };
      expect({ ...byId.get(row.customer_id), as_of: '' }).toEqual({ ...row, as_of: '' });
    }
    expect(rows).toHaveLength(wanted.length);
  });

  it('writes only the rows that differ, and none when nothing differs', async () => {
    await sync(second);
    const before = await select('SELECT xmin, customer_id FROM customers ORDER BY customer_id');
    for (const change of await sync(second)) expect(change).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(await select('SELECT xmin, customer_id FROM customers ORDER BY customer_id')).toEqual(before);
    const changes = await sync(first);
    const neighbours = changes.find(({ table }) => table === 'product_neighbours');
    expect(neighbours?.deleted).toBeGreaterThan(0);
    expect(neighbours?.inserted).toBe(0);
    expect((await sync(second)).find(({ table }) => table === 'product_neighbours')?.inserted).toBe(
      neighbours?.deleted,
    );
  });

  it('tells gateways which regions to read again and the version that serves, once everything is in place', async () => {
    const heard: string[] = [];
    reading.on('notification', ({ channel, payload = '' }) => heard.push(`${channel} ${payload}`));
    await reading.query('LISTEN inventory_changed; LISTEN dataset_changed');
    await sync(first);
    await reading.query('SELECT 1');
    expect(heard).toContain('inventory_changed South');
    expect(heard.filter((text) => text.startsWith('inventory_changed'))).toHaveLength(5);
    const [version] = await select('SELECT extract(epoch FROM completed_at)::text AS seconds FROM dataset');
    expect(heard.at(-1)).toBe(`dataset_changed ${(version as { seconds: string }).seconds}`);
    heard.length = 0;
    await sync(first);
    await reading.query('SELECT 1');
    expect(heard).toEqual([expect.stringMatching(/^dataset_changed \d+\.\d+$/)]);
  });

  it('reads no table again that an interrupted run has staged in the same version', async () => {
    const options = await optionsFor(first);
    const readTables: string[] = [];
    const recording = (failAt?: string): TableReader => ({
      ...options.reader,
      stream(table, columns) {
        readTables.push(table);
        if (table === failAt) throw new Error('the line went dead');
        return options.reader.stream(table, columns);
      },
    });
    await expect(syncTables({ ...options, reader: recording('customer_tastes') })).rejects.toThrow('line went dead');
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
    readTables.length = 0;
    await syncTables({ ...options, reader: recording() });
    expect(readTables).toEqual(['customer_tastes', 'taste_priors', 'product_statistics', 'product_neighbours']);
    expect(await readVersions(reading)).toEqual(['v1']);
    expect(await select(`SELECT tablename FROM pg_tables WHERE schemaname = 'snowgate_sync'`)).toEqual([
      { tablename: 'stages' },
    ]);
  });

  it('reads a staged table again when it was damaged since', async () => {
    const options = await optionsFor(first);
    const failing = { ...options.reader, stream: failAt(options.reader, 'products') };
    await expect(syncTables({ ...options, reader: failing })).rejects.toThrow('line went dead');
    await reading.query(
      `UPDATE snowgate_sync.product_categories SET category_name = 'damaged' WHERE category_id = 'CAT-001'`,
    );
    await syncTables(options);
    expect(await select(`SELECT 1 FROM product_categories WHERE category_name = 'damaged'`)).toEqual([]);
  });

  function failAt(reader: TableReader, failing: string): TableReader['stream'] {
    return (table, columns) => {
      if (table === failing) throw new Error('the line went dead');
      return reader.stream(table, columns);
    };
  }

  it('goes back and reads a table again that changed while others were read', async () => {
    const options = await optionsFor(first);
    let asked = 0;
    const reader: TableReader = {
      ...options.reader,
      fingerprint: async (table, columns) =>
        (await options.reader.fingerprint(table, columns)) + (table === 'stores' && ++asked > 1 ? ' changed' : ''),
    };
    const steps: string[] = [];
    const progress: Progress = { ...SILENT_PROGRESS, step: (label) => steps.push(label) };
    await syncTables({ ...options, reader, progress });
    expect(steps.filter((label) => label === 'Reading stores')).toHaveLength(2);
    expect(steps.filter((label) => label === 'Reading products')).toHaveLength(1);
  });

  it('gives up on a source that never rests', async () => {
    const options = await optionsFor(first);
    let asked = 0;
    const reader: TableReader = {
      ...options.reader,
      fingerprint: (table) => Promise.resolve(table === 'stores' ? String(++asked) : 'same'),
    };
    await expect(syncTables({ ...options, reader })).rejects.toThrow(/^stores in .* kept changing while it was read/);
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it.each([-1, 1])('refuses a table whose source counts %i rows more than it gives', async (difference) => {
    const options = await optionsFor(first);
    const reader: TableReader = {
      ...options.reader,
      rowCount: async (table) => (await options.reader.rowCount(table)) + (table === 'customers' ? difference : 0),
    };
    await expect(syncTables({ ...options, reader })).rejects.toThrow(
      `customers: the source counts ${String(300 + difference)} rows, 300 were read, 300 arrived. Nothing was changed.`,
    );
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it('refuses to swap in a staged table that lost a row after it was checked', async () => {
    const options = await optionsFor(first);
    const progress: Progress = { ...SILENT_PROGRESS, step: () => undefined };
    const reader: TableReader = {
      ...options.reader,
      fingerprint: async (table, columns) => {
        // The last look at the source, after everything was staged.
        const staged = await select<{ n: number }>(
          `SELECT coalesce((SELECT count(*) FROM snowgate_sync.stages), 0)::int AS n`,
        );
        if (table === 'product_neighbours' && staged[0]?.n === 12)
          await reading.query('DELETE FROM snowgate_sync.customer_features WHERE customer_id = 1000000');
        return options.reader.fingerprint(table, columns);
      },
    };
    await expect(syncTables({ ...options, reader, progress })).rejects.toThrow(
      'snowgate_sync."customer_features" has 299 rows where 300 were staged. Nothing was changed.',
    );
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it('names the line and the column of every row that does not fit, and changes nothing', async () => {
    const good = [1, 'South', 5, 2];
    const folder = await ownFolder({
      inventory: lines(good, [2, 'South', 'many', 2], [3, 'South', 5]) + '\n{broken\n' + lines(null),
    });
    const run = sync(folder, { tables: ['inventory'], mayMix: true });
    await expect(run).rejects.toThrow(
      '4 rows of inventory do not fit (--rejects-max 0). Nothing was changed. Mend them:',
    );
    await expect(run).rejects.toThrow('inventory.jsonl line 2: quantity_on_hand must be a whole number, not "many"');
    await expect(run).rejects.toThrow('inventory.jsonl line 3: has 3 values instead of 4');
    await expect(run).rejects.toThrow('inventory.jsonl line 5: is neither a JSON object nor a JSON array');
    await expect(run).rejects.toThrow('inventory.jsonl line 6: is neither a JSON object nor a JSON array');
    expect(await select('SELECT count(*)::int AS n FROM inventory')).toEqual([{ n: 10_000 }]);
  });

  it('leaves as many rows out as it may', async () => {
    const folder = await ownFolder({ inventory: lines([1, 'South', 5, 2], [2, 'South', 'many', 2]) });
    await sync(folder, { tables: ['inventory'], mayMix: true, rejectsMax: 1 });
    expect(await select('SELECT product_id, warehouse_name, quantity_on_hand FROM inventory')).toEqual([
      { product_id: '1', warehouse_name: 'WH-SO-01', quantity_on_hand: 5 },
    ]);
  });

  it('reads the files of the reference, arrays and objects, by the names that they have there', async () => {
    const features = [1000000, null, 5, 3, 6, 512.25, 85.5, 12, 4, 30, 9, 41.5, 3, 0.333, 0.25, 47.5];
    const folder = await ownFolder({
      features: lines(features),
      propensity: lines([1000000, 'CAT-001', 0.25], {
        customer_id: 1000000,
        category_id: 'CAT-002',
        propensity_score: 0.5,
      }),
    });
    const tables = ['customer_features', 'customer_propensities'];
    await sync(folder, { tables, mayMix: true });
    expect(await select('SELECT age, lifetime_spend, rfm_segment, as_of FROM customer_features')).toEqual([
      { age: null, lifetime_spend: 512.25, rfm_segment: 'Champion', as_of: new Date('2026-11-02T00:00:00Z') },
    ]);
    expect(await select('SELECT category_id, propensity_score FROM customer_propensities ORDER BY 1')).toEqual([
      { category_id: 'CAT-001', propensity_score: 0.25 },
      { category_id: 'CAT-002', propensity_score: 0.5 },
    ]);
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it.each([
    [
      'a column that is missing',
      { stores: lines({ store_id: 1, name: 'Main', region: 'South', zip_code: '1' }) },
      /^stores in .* lacks the column store_name; it has store_id, name, region, zip_code\. Add/,
    ],
    [
      'arrays of an unknown length',
      { stores: lines([1, 2]) },
      /have 2 values where 4 \(store_id, store_name, region, zip_code\) are known/,
    ],
    [
      'two rows of one key',
      { stores: lines([1, 'a', 'South', '1'], [1, 'b', 'South', '1']) },
      /^stores has two rows of the same key: Key \(store_id\)=\(1\)/,
    ],
    [
      'a value that breaks a rule',
      { stores: lines([1, 'a', 'South', '1'], [2, 'b', 'Mars', '1']) },
      /^stores, row 2 breaks the rule stores_region_check/,
    ],
    [
      'rows that others refer to going away',
      { stores: lines([1, 'a', 'South', '1']) },
      /^The tables contradict each other: Key .* is still referenced from table "customers"/,
    ],
    ['a table that is not there', {}, /has no stores\. Check the place\.$/],
  ])('refuses %s in a clear sentence', async (_what, files, text) => {
    const folder = await ownFolder(files);
    const before = await select('SELECT * FROM stores ORDER BY store_id');
    await expect(sync(folder, { tables: ['stores'], mayMix: true })).rejects.toThrow(text);
    expect(await select('SELECT * FROM stores ORDER BY store_id')).toEqual(before);
  });

  it('lets rows exchange their unique values', async () => {
    const tiers = await select<{ loyalty_tier: string; tier_rank: number }>('SELECT * FROM loyalty_tiers ORDER BY 1');
    const ranks = tiers.map((tier) => tier.tier_rank).toReversed();
    const exchanged = tiers.map((tier, index) => ({ ...tier, tier_rank: ranks[index] ?? 0 }));
    const folder = await ownFolder({ loyalty_tiers: lines(...exchanged) });
    const changes = await sync(folder, { tables: ['loyalty_tiers'], mayMix: true });
    expect(changes).toEqual([{ table: 'loyalty_tiers', inserted: 0, updated: tiers.length, deleted: 0 }]);
    expect(await select('SELECT * FROM loyalty_tiers ORDER BY 1')).toEqual(exchanged);
  });

  it('refuses to mix a part of the tables with another source unless it is told to', async () => {
    await expect(sync(first, { tables: ['inventory'] })).rejects.toThrow(
      /^The database holds data from demo; a part of the tables would be mixed with it/,
    );
    await sync(first);
    await sync(second, { tables: ['inventory'] });
    expect(await select('SELECT DISTINCT warehouse_name FROM inventory')).toEqual([{ warehouse_name: 'v2' }]);
  });

  it.each([['events,moon'], ['moon']])('does not know every table of %s', async (names) => {
    await expect(sync(first, { tables: names.split(',') })).rejects.toThrow('--tables does not know moon. There are:');
  });

  it('never makes a reader wait while it swaps', async () => {
    const options = await optionsFor(first);
    await reading.query('BEGIN; SELECT count(*) FROM customers; SELECT count(*) FROM inventory');
    await syncTables(options);
    await reading.query('COMMIT');
    expect(await readVersions(reading)).toEqual(['v1']);
  });

  it('keeps memory flat however long a table is', async () => {
    const options = await optionsFor(first);
    const rows = 400_000;
    const reader: TableReader = {
      ...options.reader,
      columns: () => Promise.resolve(['product_id', 'neighbour_id', 'similarity']),
      rowCount: () => Promise.resolve(rows),
      fingerprint: () => Promise.resolve('same'),
      async *stream() {
        for (let line = 0; line < rows; line += 1000) {
          await sleep(0);
          yield Array.from({ length: 1000 }, (_, i) => ({ line: line + i, values: [line + i, 1, 0.5] }));
        }
      },
    };
    let peak = 0;
    const progress: Progress = {
      ...SILENT_PROGRESS,
      advance: () => {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed);
      },
    };
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    await syncTables({ ...options, reader, progress, tables: ['product_neighbours'], mayMix: true });
    expect(peak - before).toBeLessThan(100_000_000);
  });
});

describe('previewSync', () => {
  it('counts both sides, tells what is filled and what is not copied, and changes nothing', async () => {
    const folder = await ownFolder({
      inventory: lines({ product_id: 1, region: 'South', qty_on_hand: 5, est_delivery_days: 2, note: '' }),
    });
    expect(await preview(folder, { tables: ['inventory'], mayMix: true })).toEqual([
      {
        table: 'inventory',
        sourceTable: 'inventory',
        sourceRows: 1,
        servedRows: 10_000,
        filled: ['warehouse_name', 'updated_at'],
        ignored: ['note'],
      },
    ]);
    expect(await select(`SELECT 1 FROM pg_namespace WHERE nspname = 'snowgate_sync'`)).toEqual([]);
  });
});

describe('snowgate sync', { timeout: TEST_TIMEOUT_MS }, () => {
  const run = (folder: string, words: readonly string[] = []) =>
    startGatewayProcess(['sync', '--files', folder, ...words], { DATABASE_URL: database.url });

  it('prints what it did, and what it would do', async () => {
    const dry = await run(first, ['--dry-run']).ended;
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain('customers: 300 rows of customers in place of 300\n');
    const { code, stdout } = await run(first).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('customers: 0 new, 300 changed, 0 gone\n');
  });

  it('says what is wrong in one sentence', async () => {
    const { code, stdout, stderr } = await run(join(folders, 'nowhere')).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('nowhere is missing or cannot be read.');
  });

  it(
    `serves one whole version at every moment, killed at ${String(KILLS)} random moments`,
    { timeout: 600_000 },
    async () => {
      await sync(first);
      const watch = { isOver: false, readings: 0, torn: [] as (readonly string[])[] };
      const watcher = new Client({ connectionString: database.url });
      await watcher.connect();
      const watching = (async () => {
        for (; !watch.isOver; watch.readings++) {
          const versions = await readVersions(watcher);
          if (versions.length !== 1) watch.torn.push(versions);
          // The machine is there for the sync as well.
          await sleep(5);
        }
      })();
      const startedAt = performance.now();
      expect((await run(second).ended).code).toBe(0);
      const durationMs = performance.now() - startedAt;
      const killedIn = { reading: 0, swapping: 0, ended: 0 };
      // A kill that came after the end proves nothing, so it is tried again.
      const hits = (): number => killedIn.reading + killedIn.swapping;
      for (let kill = 0; hits() < KILLS && kill < ATTEMPTS_MAX; kill++) {
        const killed = run(kill % 2 === 0 ? first : second);
        if (kill % 4 < 2) await sleep(Math.random() * durationMs);
        // The swap is short: half of the kills look for it.
        else await killed.waitFor(/Checking that the source/).then(() => sleep(Math.random() * 0.3 * durationMs));
        killed.kill('SIGKILL');
        const { code, stderr } = await killed.ended;
        killedIn[code === 0 ? 'ended' : stderr.includes('Checking that the source') ? 'swapping' : 'reading']++;
      }
      await appendFile(join(second, 'stores.jsonl'), '\n');
      expect((await run(second).ended).code).toBe(0);
      expect(await readVersions(reading)).toEqual(['v2']);
      watch.isOver = true;
      await watching;
      await watcher.end();
      expect(watch.torn).toEqual([]);
      expect(watch.readings).toBeGreaterThan(KILLS);
      expect(hits()).toBe(KILLS);
      expect(killedIn.reading).toBeGreaterThan(0);
      expect(killedIn.swapping).toBeGreaterThan(0);
    },
  );
});
