import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../../test/support/ranking-builders.ts';
import { fillFeatures } from '../../ranking/feature-columns.ts';
import { createFeatureContext, FEATURES } from '../../ranking/features.ts';
import { Random } from '../demo-data/random.ts';
import { TRAINING_HEADER, trainingLines, type TrainingCase } from './training-rows.ts';

const SNAPSHOT = aSnapshot(
  Array.from({ length: 40 }, (_, index) => ({
    product_id: String(index),
    price: `${String(index + 1)}.37`,
    popularity: index / 7,
    quantity_on_hand: index < 30 ? 1 : 0,
  })),
);

const CASE: TrainingCase = {
  moment: 1_700_000_000,
  customerId: '1000000',
  boughtProductIds: ['3', '25', '35', '999'],
  snapshot: SNAPSHOT,
  features: someFeatures({ avg_browsed_price: 12.3 }),
  tastes: someTastes({ total_weight: 3, bought_products: { '3': 1 } }),
};

function rowsOf(negatives: number | 'all', trainingCase = CASE, seed = 7): string[][] {
  const lines = trainingLines(trainingCase, negatives, new Random(seed, 'test'));
  return lines
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(','));
}

describe('trainingLines', () => {
  it('labels what was bought among what is in stock, bought lately or not', () => {
    const rows = rowsOf('all');
    expect(rows.length).toBe(30);
    expect(rows.filter(([, , , label]) => label === '1').map(([, , product]) => product)).toEqual(['3', '25']);
  });

  it('draws as many others as asked, each once, by product id', () => {
    const products = rowsOf(10).map(([, , product]) => Number(product));
    expect(products.length).toBe(12);
    expect(new Set(products).size).toBe(12);
    expect(products).toEqual(products.toSorted((a, b) => a - b));
    expect(rowsOf(1000).length).toBe(30);
  });

  it('draws the same for the same seed and others for another', () => {
    expect(rowsOf(10)).toEqual(rowsOf(10));
    expect(rowsOf(10)).not.toEqual(rowsOf(10, CASE, 8));
  });

  it('draws every product equally often', () => {
    const random = new Random(7, 'test');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 2000; draw += 1) {
      for (const line of trainingLines(CASE, 7, random).split('\n').slice(0, -1)) {
        const product = line.split(',')[2] ?? '';
        counts.set(product, (counts.get(product) ?? 0) + 1);
      }
    }
    const drawn = [...counts].filter(([product]) => !['3', '25'].includes(product)).map(([, count]) => count);
    expect(drawn.length).toBe(28);
    // 500 expected, standard deviation 19.
    expect(Math.min(...drawn)).toBeGreaterThan(400);
    expect(Math.max(...drawn)).toBeLessThan(600);
  });

  it('writes the very float32 values that serving computes, in the columns of the header', () => {
    const features = [...FEATURES.values()];
    const context = createFeatureContext(SNAPSHOT, CASE.features, CASE.tastes);
    const rows = Int32Array.from({ length: 30 }, (_, row) => row);
    const written = Float32Array.from(rowsOf('all').flatMap((row) => row.slice(4).map(Number)));
    expect(written).toEqual(fillFeatures(features, context, rows).values);
    expect(TRAINING_HEADER.trim().split(',')).toEqual(['moment', 'customer', 'product', 'label', ...FEATURES.keys()]);
  });

  it('is empty when nothing that was bought is in stock', () => {
    expect(trainingLines({ ...CASE, boughtProductIds: ['35'] }, 'all', new Random(7, 'test'))).toBe('');
  });
});
