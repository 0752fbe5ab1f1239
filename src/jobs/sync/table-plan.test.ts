import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../errors.ts';
import { columnTypeOf } from './column-type.ts';
import { RowWriter } from './row-writer.ts';
import { SERVING_TABLES, type ServingTable } from './serving-tables.ts';
import { planTable } from './table-plan.ts';
import type { TableReader } from './table-reader.ts';
import type { TargetTable } from './target-table.ts';

const AS_OF = new Date('2026-11-01T00:00:00Z');

function tableNamed(name: string): ServingTable {
  const table = SERVING_TABLES.find((one) => one.name === name);
  if (!table) throw new Error(`There is no table ${name}`);
  return table;
}

function target(name: string, columns: Record<string, string>, optional: readonly string[] = []): TargetTable {
  const typed = Object.entries(columns).map(([column, typeName]) => {
    const type = columnTypeOf(typeName);
    if (!type) throw new Error(typeName);
    return { name: column, type, isNullable: false, hasDefault: optional.includes(column) };
  });
  return { name, columns: typed, key: [typed[0]?.name ?? ''], unique: [] };
}

function readerOf(columns: readonly string[]): TableReader {
  return {
    source: 'files',
    location: 'here',
    tables: () => Promise.resolve([]),
    columns: () => Promise.resolve(columns),
    rowCount: () => Promise.resolve(0),
    fingerprint: () => Promise.resolve(''),
    async *stream() {
      // No test reads rows.
    },
    placeOf: () => '',
  };
}

const INVENTORY = target(
  'inventory',
  { product_id: 'bigint', region: 'text', warehouse_name: 'text', quantity_on_hand: 'integer', updated_at: 'text' },
  ['updated_at'],
);

describe('planTable', () => {
  it('finds columns by name and alias, fills what it can and leaves the rest to defaults', async () => {
    const reader = readerOf(['qty_on_hand', 'note', 'region', 'product_id']);
    const plan = await planTable(reader, tableNamed('inventory'), 'inventory', INVENTORY);
    expect(plan.sourceColumns).toEqual(['product_id', 'region', 'qty_on_hand']);
    expect(plan.defaulted).toEqual(['updated_at']);
    expect(plan.ignored).toEqual(['note']);
    expect(new RowWriter(plan, AS_OF).write([7, 'South', 3])).toBe('7\tSouth\tWH-SO-01\t3\n');
  });

  it('prefers a column of the right name to an alias', async () => {
    const reader = readerOf(['product_id', 'region', 'quantity_on_hand', 'qty_on_hand']);
    const plan = await planTable(reader, tableNamed('inventory'), 'inventory', INVENTORY);
    expect(plan.sourceColumns).toContain('quantity_on_hand');
    expect(plan.ignored).toEqual(['qty_on_hand']);
  });

  it('names every column that is missing and what is there', async () => {
    const plan = planTable(readerOf(['region', 'stock']), tableNamed('inventory'), 'stock_table', INVENTORY);
    await expect(plan).rejects.toThrow(OperatorError);
    await expect(plan).rejects.toThrow(
      'stock_table in here lacks the columns product_id, quantity_on_hand; it has region, stock.',
    );
  });

  it.each([
    [30, 5, 500, 'Champion'],
    [31, 5, 500, 'Loyal'],
    [30, 3, 199, 'Active'],
    [61, 1, 10, 'At_Risk'],
    [181, 2, 900, 'Dormant'],
  ])('segments %i days, %i orders and %i spent as %s', async (days, orders, spend, segment) => {
    const table = target('customer_features', {
      days_since_purchase: 'integer',
      total_orders: 'integer',
      lifetime_spend: 'double precision',
      rfm_segment: 'text',
      as_of: 'timestamp with time zone',
    });
    const reader = readerOf(['days_since_purchase', 'total_orders', 'lifetime_spend']);
    const plan = await planTable(reader, tableNamed('customer_features'), 'features', table);
    const line = new RowWriter(plan, AS_OF).write([days, orders, spend]);
    expect(line).toBe(
      `${String(days)}\t${String(orders)}\t${String(spend)}\t${segment}\t2026-11-01T00:00:00.000000Z\n`,
    );
  });
});

describe('RowWriter', () => {
  const planOf = () =>
    planTable(readerOf(['product_id', 'region', 'quantity_on_hand']), tableNamed('inventory'), 'inventory', INVENTORY);

  it('adds up the same content for the same rows in any order, and another for other rows', async () => {
    const plan = await planOf();
    const contentOf = (rows: readonly unknown[][]) => {
      const writer = new RowWriter(plan, AS_OF);
      for (const row of rows) writer.write(row);
      return writer.content;
    };
    const rows = [
      [1, 'South', 3],
      [2, 'West', 4],
    ];
    expect(contentOf(rows)).toEqual(contentOf(rows.toReversed()));
    expect(contentOf(rows)).not.toEqual(contentOf([[1, 'South', 4], rows[1] ?? []]));
  });

  it('names the column of a value that does not fit and does not count its row', async () => {
    const writer = new RowWriter(await planOf(), AS_OF);
    expect(() => writer.write([1, 'South', 'many'])).toThrow('quantity_on_hand must be a whole number, not "many"');
    expect(() => writer.write([null, 'South', 3])).toThrow('product_id must not be empty');
    expect(() => writer.write([1, 'Mars', 3])).toThrow('warehouse_name must not be empty');
    expect(writer.content).toEqual({ rows: 0, checksum: 0n });
  });
});
