import { describe, expect, it } from 'vitest';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { syncTables } from '../../src/jobs/sync/sync.ts';
import type { TableReader } from '../../src/jobs/sync/table-reader.ts';
import { lines, useSyncWorld } from '../support/sync-world.ts';

/** A machine that does much else takes its time. */
const TEST_TIMEOUT_MS = 120_000;

const world = useSyncWorld();

describe('syncTables', { timeout: TEST_TIMEOUT_MS }, () => {
  it.each([-1, 1])('refuses a table whose source counts %i rows more than it gives', async (difference) => {
    const options = await world().optionsFor(world().first);
    const reader: TableReader = {
      ...options.reader,
      rowCount: async (table) => (await options.reader.rowCount(table)) + (table === 'customers' ? difference : 0),
    };
    await expect(syncTables({ ...options, reader })).rejects.toThrow(
      `customers: the source counts ${String(300 + difference)} rows, 300 were read, 300 arrived. Nothing was changed.`,
    );
    expect(await world().select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it('refuses to swap in a staged table that lost a row after it was checked', async () => {
    const options = await world().optionsFor(world().first);
    const progress: Progress = { ...SILENT_PROGRESS, step: () => undefined };
    const reader: TableReader = {
      ...options.reader,
      fingerprint: async (table, columns) => {
        // The last look at the source, after everything was staged.
        const staged = await world().select<{ n: number }>(
          `SELECT coalesce((SELECT count(*) FROM snowgate_sync.stages), 0)::int AS n`,
        );
        if (table === 'product_neighbours' && staged[0]?.n === 12)
          await world().reading.query('DELETE FROM snowgate_sync.customer_features WHERE customer_id = 1000000');
        return options.reader.fingerprint(table, columns);
      },
    };
    await expect(syncTables({ ...options, reader, progress })).rejects.toThrow(
      'snowgate_sync."customer_features" has 299 rows where 300 were staged. Nothing was changed.',
    );
    expect(await world().select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it('names the line and the column of every row that does not fit, and changes nothing', async () => {
    const good = [1, 'South', 5, 2];
    const folder = await world().ownFolder({
      inventory: lines(good, [2, 'South', 'many', 2], [3, 'South', 5]) + '\n{broken\n' + lines(null),
    });
    const run = world().sync(folder, { tables: ['inventory'], mayMix: true });
    await expect(run).rejects.toThrow(
      '4 rows of inventory do not fit (--rejects-max 0). Nothing was changed. Mend them:',
    );
    await expect(run).rejects.toThrow('inventory.jsonl line 2: quantity_on_hand must be a whole number, not "many"');
    await expect(run).rejects.toThrow('inventory.jsonl line 3: has 3 values instead of 4');
    await expect(run).rejects.toThrow('inventory.jsonl line 5: is neither a JSON object nor a JSON array');
    await expect(run).rejects.toThrow('inventory.jsonl line 6: is neither a JSON object nor a JSON array');
    expect(await world().select('SELECT count(*)::int AS n FROM inventory')).toEqual([{ n: 10_000 }]);
  });

  it('leaves as many rows out as it may', async () => {
    const folder = await world().ownFolder({ inventory: lines([1, 'South', 5, 2], [2, 'South', 'many', 2]) });
    await world().sync(folder, { tables: ['inventory'], mayMix: true, rejectsMax: 1 });
    expect(await world().select('SELECT product_id, warehouse_name, quantity_on_hand FROM inventory')).toEqual([
      { product_id: '1', warehouse_name: 'WH-SO-01', quantity_on_hand: 5 },
    ]);
  });

  it('reads the files of the reference, arrays and objects, by the names that they have there', async () => {
    const features = [1000000, null, 5, 3, 6, 512.25, 85.5, 12, 4, 30, 9, 41.5, 3, 0.333, 0.25, 47.5];
    const folder = await world().ownFolder({
      features: lines(features),
      propensity: lines([1000000, 'CAT-001', 0.25], {
        customer_id: 1000000,
        category_id: 'CAT-002',
        propensity_score: 0.5,
      }),
    });
    const tables = ['customer_features', 'customer_propensities'];
    await world().sync(folder, { tables, mayMix: true });
    expect(await world().select('SELECT age, lifetime_spend, rfm_segment, as_of FROM customer_features')).toEqual([
      { age: null, lifetime_spend: 512.25, rfm_segment: 'Champion', as_of: new Date('2026-11-02T00:00:00Z') },
    ]);
    expect(await world().select('SELECT category_id, propensity_score FROM customer_propensities ORDER BY 1')).toEqual([
      { category_id: 'CAT-001', propensity_score: 0.25 },
      { category_id: 'CAT-002', propensity_score: 0.5 },
    ]);
    expect(await world().select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
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
    const folder = await world().ownFolder(files);
    const before = await world().select('SELECT * FROM stores ORDER BY store_id');
    await expect(world().sync(folder, { tables: ['stores'], mayMix: true })).rejects.toThrow(text);
    expect(await world().select('SELECT * FROM stores ORDER BY store_id')).toEqual(before);
  });

  it('lets rows exchange their unique values', async () => {
    const tiers = await world().select<{ loyalty_tier: string; tier_rank: number }>(
      'SELECT * FROM loyalty_tiers ORDER BY 1',
    );
    const ranks = tiers.map((tier) => tier.tier_rank).toReversed();
    const exchanged = tiers.map((tier, index) => ({ ...tier, tier_rank: ranks[index] ?? 0 }));
    const folder = await world().ownFolder({ loyalty_tiers: lines(...exchanged) });
    const changes = await world().sync(folder, { tables: ['loyalty_tiers'], mayMix: true });
    expect(changes).toMatchObject([{ table: 'loyalty_tiers', inserted: 0, updated: tiers.length, deleted: 0 }]);
    expect(await world().select('SELECT * FROM loyalty_tiers ORDER BY 1')).toEqual(exchanged);
  });

  it('refuses to mix a part of the tables with another source unless it is told to', async () => {
    await expect(world().sync(world().first, { tables: ['inventory'] })).rejects.toThrow(
      /^The database holds data from demo; a part of the tables would be mixed with it/,
    );
    await world().sync(world().first);
    await world().sync(world().second, { tables: ['inventory'] });
    expect(await world().select('SELECT DISTINCT warehouse_name FROM inventory')).toEqual([{ warehouse_name: 'v2' }]);
  });

  it.each([['events,moon'], ['moon']])('does not know every table of %s', async (names) => {
    await expect(world().sync(world().first, { tables: names.split(',') })).rejects.toThrow(
      '--tables does not know moon. There are:',
    );
  });
});
