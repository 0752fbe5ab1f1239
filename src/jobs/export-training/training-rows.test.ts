import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../../test/support/ranking-builders.ts';
import { fillFeatures } from '../../ranking/feature-columns.ts';
import { createFeatureContext } from '../../ranking/feature-context.ts';
import { FEATURES } from '../../ranking/features.ts';
import { Random } from '../demo-data/random.ts';
import { trainingRows, type TrainingCase } from './training-rows.ts';

const SNAPSHOT = aSnapshot(
  Array.from({ length: 40 }, (_, index) => ({
    product_id: String(index),
    price: `${String(index + 1)}.37`,
    popularity: index / 7,
    quantity_on_hand: index < 30 ? 1 : 0,
  })),
);

const CASE: TrainingCase = {
  boughtProductIds: ['3', '25', '35', '999'],
  snapshot: SNAPSHOT,
  features: someFeatures({ avg_browsed_price: 12.3 }),
  tastes: someTastes({ total_weight: 3, bought_products: { '3': 1 } }),
};

function rowsOf(negatives: number | 'all', seed = 7) {
  const found = trainingRows(CASE, negatives, new Random(seed, 'test'));
  if (!found) throw new Error('The case has rows.');
  return found;
}

describe('trainingRows', () => {
  it('label what was bought among what is in stock, bought lately or not', () => {
    const { rows, labels } = rowsOf('all');
    expect(rows.length).toBe(30);
    expect([...rows].filter((_, index) => labels[index] === 1)).toEqual([3, 25]);
  });

  it('hold as many others as asked, each once, by product id', () => {
    const rows = [...rowsOf(10).rows];
    expect(rows.length).toBe(12);
    expect(new Set(rows).size).toBe(12);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    expect(rowsOf(1000).rows.length).toBe(30);
  });

  it('are the same for the same seed and others for another', () => {
    expect(rowsOf(10)).toEqual(rowsOf(10));
    expect(rowsOf(10).rows).not.toEqual(rowsOf(10, 8).rows);
  });

  it('draw every product equally often', () => {
    const random = new Random(7, 'test');
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 2000; draw += 1) {
      for (const row of trainingRows(CASE, 7, random)?.rows ?? []) counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    const drawn = [...counts].filter(([row]) => ![3, 25].includes(row)).map(([, count]) => count);
    expect(drawn.length).toBe(28);
    // 500 expected, standard deviation 19.
    expect(Math.min(...drawn)).toBeGreaterThan(400);
    expect(Math.max(...drawn)).toBeLessThan(600);
  });

  it('hold the very float32 values that serving computes', () => {
    const context = createFeatureContext(SNAPSHOT, CASE.features, CASE.tastes);
    const rows = Int32Array.from({ length: 30 }, (_, row) => row);
    expect(rowsOf('all').values).toEqual(fillFeatures([...FEATURES.values()], context, rows).values);
  });

  it('are none when nothing that was bought is in stock', () => {
    expect(trainingRows({ ...CASE, boughtProductIds: ['35'] }, 'all', new Random(7, 'test'))).toBeNull();
  });
});
