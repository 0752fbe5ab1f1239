import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { syncTables } from '../../src/jobs/sync/sync.ts';
import type { TableReader } from '../../src/jobs/sync/table-reader.ts';
import { readVersions } from '../support/sync-folder.ts';
import { useSyncWorld } from '../support/sync-world.ts';

/** A machine that does much else takes its time. */
const TEST_TIMEOUT_MS = 120_000;

const world = useSyncWorld();

describe('syncTables', { timeout: TEST_TIMEOUT_MS }, () => {
  it('replaces what another source left, events included, and says what the database holds', async () => {
    const changes = await world().sync(world().first);
    expect(await readVersions(world().reading)).toEqual(['v1']);
    expect(changes.map(({ table }) => table)).toHaveLength(12);
    expect(await world().select('SELECT count(*)::int AS events FROM events')).toEqual([{ events: 0 }]);
    expect(
      await world().select('SELECT source, seed, customers, completed_at IS NOT NULL AS complete FROM dataset'),
    ).toEqual([{ source: 'files', seed: null, customers: 300, complete: true }]);
  });

  it('leaves the very rows of the source behind', async () => {
    await world().sync(world().second);
    const wanted = (await readFile(join(world().second, 'customer_tastes.jsonl'), 'utf8')).trim().split('\n');
    const rows = await world().select<{ row: { customer_id: number } }>(
      'SELECT to_jsonb(t) AS row FROM customer_tastes AS t',
    );
    const byId = new Map(rows.map(({ row }) => [row.customer_id, row]));
    for (const line of wanted) {
      const row = JSON.parse(line) as { customer_id: number; as_of: string };
      expect({ ...byId.get(row.customer_id), as_of: '' }).toEqual({ ...row, as_of: '' });
    }
    expect(rows).toHaveLength(wanted.length);
  });

  it('writes only the rows that differ, and none when nothing differs', async () => {
    await world().sync(world().second);
    const before = await world().select('SELECT xmin, customer_id FROM customers ORDER BY customer_id');
    for (const change of await world().sync(world().second))
      expect(change).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(await world().select('SELECT xmin, customer_id FROM customers ORDER BY customer_id')).toEqual(before);
    const changes = await world().sync(world().first);
    const neighbours = changes.find(({ table }) => table === 'product_neighbours');
    expect(neighbours?.deleted).toBeGreaterThan(0);
    expect(neighbours?.inserted).toBe(0);
    expect((await world().sync(world().second)).find(({ table }) => table === 'product_neighbours')?.inserted).toBe(
      neighbours?.deleted,
    );
  });

  it('tells gateways which regions to read again and the version that serves, once everything is in place', async () => {
    const heard: string[] = [];
    world().reading.on('notification', ({ channel, payload = '' }) => heard.push(`${channel} ${payload}`));
    await world().reading.query('LISTEN inventory_changed; LISTEN dataset_changed');
    await world().sync(world().first);
    await world().reading.query('SELECT 1');
    expect(heard).toContain('inventory_changed South');
    expect(heard.filter((text) => text.startsWith('inventory_changed'))).toHaveLength(5);
    const [version] = await world().select('SELECT extract(epoch FROM completed_at)::text AS seconds FROM dataset');
    expect(heard.at(-1)).toBe(`dataset_changed ${(version as { seconds: string }).seconds}`);
    heard.length = 0;
    await world().sync(world().first);
    await world().reading.query('SELECT 1');
    expect(heard).toEqual([expect.stringMatching(/^dataset_changed \d+\.\d+$/)]);
  });

  it('reads no table again that an interrupted run has staged in the same version', async () => {
    const options = await world().optionsFor(world().first);
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
    expect(await world().select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
    readTables.length = 0;
    await syncTables({ ...options, reader: recording() });
    expect(readTables).toEqual(['customer_tastes', 'taste_priors', 'product_statistics', 'product_neighbours']);
    expect(await readVersions(world().reading)).toEqual(['v1']);
    expect(
      await world().select(`SELECT tablename FROM pg_tables WHERE schemaname = 'snowgate_sync' ORDER BY 1`),
    ).toEqual([{ tablename: 'stages' }, { tablename: 'synced' }]);
  });

  it('reads a staged table again when it was damaged since', async () => {
    const options = await world().optionsFor(world().first);
    const failing = { ...options.reader, stream: failAt(options.reader, 'products') };
    await expect(syncTables({ ...options, reader: failing })).rejects.toThrow('line went dead');
    await world().reading.query(
      `UPDATE snowgate_sync.product_categories SET category_name = 'damaged' WHERE category_id = 'CAT-001'`,
    );
    await syncTables(options);
    expect(await world().select(`SELECT 1 FROM product_categories WHERE category_name = 'damaged'`)).toEqual([]);
  });

  function failAt(reader: TableReader, failing: string): TableReader['stream'] {
    return (table, columns) => {
      if (table === failing) throw new Error('the line went dead');
      return reader.stream(table, columns);
    };
  }

  it('goes back and reads a table again that changed while others were read', async () => {
    const options = await world().optionsFor(world().first);
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
    const options = await world().optionsFor(world().first);
    let asked = 0;
    const reader: TableReader = {
      ...options.reader,
      fingerprint: (table) => Promise.resolve(table === 'stores' ? String(++asked) : 'same'),
    };
    await expect(syncTables({ ...options, reader })).rejects.toThrow(/^stores in .* kept changing while it was read/);
    expect(await world().select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it('never makes a reader wait while it swaps', async () => {
    const options = await world().optionsFor(world().first);
    await world().reading.query('BEGIN; SELECT count(*) FROM customers; SELECT count(*) FROM inventory');
    await syncTables(options);
    await world().reading.query('COMMIT');
    expect(await readVersions(world().reading)).toEqual(['v1']);
  });

  it('keeps memory flat however long a table is', async () => {
    const options = await world().optionsFor(world().first);
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
