import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { baseTables, eventTable, type DemoData, type TableRows } from './demo-rows.ts';
import { createWorld } from './world.ts';

const MS_PER_DAY = 86_400_000;
const world = createWorld(7);
const data: DemoData = { world, customers: 60, asOf: new Date('2026-07-01T00:00:00Z') };

const textOf = ({ linesOf }: TableRows): string => [...linesOf()].join('');
const rowsOf = (table: TableRows): string[][] =>
  textOf(table)
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
const eventsOf = (of: DemoData): TableRows => eventTable(of, () => undefined);
const tableNamed = (of: DemoData, name: string): TableRows => {
  const table = baseTables(of).find(({ table }) => table === name);
  if (!table) throw new Error(`There is no table ${name}`);
  return table;
};

describe('demo rows', () => {
  it('are the same for the same seed and moment, also when the world is made anew', () => {
    const again = { ...data, world: createWorld(7) };
    expect(baseTables(again).map(textOf)).toEqual(baseTables(data).map(textOf));
    expect(textOf(eventsOf(again))).toBe(textOf(eventsOf(data)));
  });

  it('are what they have always been', () => {
    const digest = createHash('sha256');
    for (const table of [...baseTables(data), eventsOf(data)]) digest.update(textOf(table));
    expect(digest.digest('hex')).toMatchInlineSnapshot(
      `"53acead2d106c1b6ff39ffef99f0ed52ba38da36dc5abcc70fb0a44dfa84d994"`,
    );
  });

  it('differ for another seed', () => {
    const other = { ...data, world: createWorld(8) };
    expect(textOf(eventsOf(other))).not.toBe(textOf(eventsOf(data)));
    expect(textOf(tableNamed(other, 'products'))).not.toBe(textOf(tableNamed(data, 'products')));
  });

  it('of the first customers are the same whatever the total is', () => {
    const more = { ...data, customers: 90 };
    expect(textOf(eventsOf(more)).startsWith(textOf(eventsOf(data)))).toBe(true);
    for (const table of ['products', 'stores', 'inventory', 'customers']) {
      expect(textOf(tableNamed(more, table)).startsWith(textOf(tableNamed(data, table)))).toBe(true);
    }
  });

  it('shift by the difference when the moment moves, and change in nothing else', () => {
    const shiftMs = 3 * MS_PER_DAY;
    const later = rowsOf(eventsOf({ ...data, asOf: new Date(data.asOf.getTime() + shiftMs) }));
    const shifted = rowsOf(eventsOf(data)).map((row) =>
      row.map((value, column) => (column === 4 ? new Date(Date.parse(value) + shiftMs).toISOString() : value)),
    );
    expect(later).toEqual(shifted);
  });

  it('have as many values as columns', () => {
    for (const table of [...baseTables(data), eventsOf(data)]) {
      expect(rowsOf(table).every((row) => row.length === table.columns.length)).toBe(true);
    }
  });

  it('have event ids that are unique and ascend', () => {
    const ids = rowsOf(eventsOf(data)).map(([id]) => id ?? '');
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('name the store for purchases in a store only, and the price wherever there is a product', () => {
    for (const row of rowsOf(eventsOf(data))) {
      const [, , , type, , , product, , store, , price] = row;
      expect(store !== '\\N').toBe(type === 'pos_purchase');
      expect(price !== '\\N').toBe(product !== '\\N');
    }
  });
});
