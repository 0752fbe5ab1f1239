import { describe, expect, it } from 'vitest';
import { aSnapshot, AS_OF, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { fillFeatures } from './feature-columns.ts';
import { createFeatureContext } from './feature-context.ts';
import { FEATURES, type Feature } from './features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow, SnapshotRow } from './signals.ts';

const SNAPSHOT = aSnapshot(
  [
    { product_id: '1', category_id: 'A', brand: 'X', price: '10.00', product_tier: 'mid_range', relative_price: -1 },
    {
      product_id: '2',
      category_id: 'B',
      brand: 'Y',
      price: '900.00',
      relative_price: 5,
      popularity: 1.25,
      demand: 1.5,
    },
  ],
  [
    { kind: 'category', key: 'A', share: 0.5 },
    { kind: 'category', key: 'B', share: 0.5 },
    { kind: 'brand', key: 'X', share: 0.75 },
    { kind: 'brand', key: 'Y', share: 0.25 },
    { kind: 'age_category', key: '1:A', share: 0.6 },
  ],
);

function featureNamed(name: string): Feature {
  const feature = FEATURES.get(name);
  if (!feature) throw new Error(`no feature ${name}`);
  return feature;
}

/** The values of a feature for products 1 and 2. */
function valuesOf(
  name: string,
  tastes: Partial<CustomerTastesRow> = {},
  features: Partial<CustomerFeaturesRow> = {},
): number[] {
  const context = createFeatureContext(SNAPSHOT, someFeatures(features), someTastes(tastes));
  return [...fillFeatures([featureNamed(name)], context, Int32Array.of(0, 1)).values];
}

describe('features', () => {
  it('compare a share of weight with everybody’s: lift = ln(((a + 6 prior) / (total + 6)) / prior)', () => {
    const tastes = { total_weight: 4, category_weights: { A: 4 }, brand_weights: { Y: 3, Z: 1 } };
    const [liftA = NaN, liftB = NaN] = valuesOf('category_lift', tastes);
    expect(liftA).toBeCloseTo(Math.log((4 + 3) / 10 / 0.5), 6);
    expect(liftB).toBeCloseTo(Math.log(3 / 10 / 0.5), 6);
    expect(valuesOf('category_share', tastes)[0]).toBeCloseTo(0.7, 6);
    expect(valuesOf('brand_lift', tastes)[1]).toBeCloseTo(Math.log((3 + 1.5) / 10 / 0.25), 6);
    expect(valuesOf('brand_share', tastes)[1]).toBeCloseTo(0.45, 6);
  });

  it('add up in the prior score, each with its weight, and take the price gap off, at most 3.5', () => {
    const tastes = {
      total_weight: 4,
      category_weights: { A: 4 },
      brand_weights: { X: 4 },
      category_likings: { A: 0.75, B: -0.25 },
      brand_likings: { X: 0.5 },
      price_level: -0.5,
    };
    const [first = NaN, second = NaN] = valuesOf('prior_score', tastes);
    // Only X is sold in A, so that X is no preference.
    const lift = (weight: number, prior: number) => Math.log((weight + 6 * prior) / 10 / prior);
    expect(first).toBeCloseTo(1.24 * 0.75 + 0.03 * lift(4, 0.75) + 1.71 * 0.5 - 1.18 * 0.37 * 0.25, 6);
    expect(second).toBeCloseTo(0.94 * 1.5 - 1.24 * 0.25 + 0.03 * lift(0, 0.25) - 1.18 * 0.37 * 9, 6);
  });

  it('tell what is due again: used up about when it was last time, as far as it is used up at all', () => {
    const product = (id: number, interval: number | null, chance: number | null, rest: Partial<SnapshotRow> = {}) => ({
      product_id: String(id),
      repeat_interval: interval,
      repeat_chance: chance,
      ...rest,
    });
    const byRate = { repeat_days: 28, repeat_rate: 0.125 };
    const snapshot = aSnapshot([
      ...[product(1, 28, 1), product(2, 28, 1), product(3, null, 1), product(4, 28, 0)],
      ...[product(5, 28, 0.5), product(6, null, null, byRate)],
    ]);
    const bought = someTastes({ bought_products: { '1': 21, '2': 1, '3': 21, '4': 21, '5': 21, '6': 21, '99': 21 } });
    const context = createFeatureContext(snapshot, someFeatures(), bought);
    const { values } = fillFeatures([featureNamed('due')], context, Int32Array.of(0, 1, 2, 3, 4, 5));
    const days = [1, 3, 5, 7, 9, 11, 13].map((ahead) => Math.exp(-0.5 * (((21 + ahead) / 28 - 1) / 0.25) ** 2));
    const mean = days.reduce((sum, day) => sum + Math.exp(3.2 * day), 0) / days.length;
    expect(values[0]).toBeCloseTo(Math.log(mean), 6);
    expect(values[1]).toBeLessThan(0.15 * (values[0] ?? NaN));
    expect([values[2], values[3]]).toEqual([0, 0]);
    expect(values[4]).toBeCloseTo(Math.log((1 + mean) / 2), 6);
    expect(values[5]).toBe(values[4]);
  });

  it('take demand from popularity where it was not estimated', () => {
    const row = { popularity: 1, view_popularity: 2, recent_popularity: -1, category_trend: 0.5 };
    const snapshot = aSnapshot([
      { product_id: '1', ...row },
      { product_id: '2', ...row, demand: -2 },
    ]);
    const context = createFeatureContext(snapshot, someFeatures(), someTastes());
    const { values } = fillFeatures([featureNamed('demand')], context, Int32Array.of(0, 1));
    expect(values[0]).toBeCloseTo(0.3 + 0.8 - 0.33 + 0.425, 6);
    expect(values[1]).toBe(-2);
  });

  it('take the liking of a category from what was touched, and from the age, where it was not estimated', () => {
    const touched = { total_weight: 4, category_weights: { A: 4 } };
    const lifts = valuesOf('category_lift', touched);
    const byLifts = valuesOf('category_liking', touched);
    expect(byLifts[0]).toBeCloseTo(0.7 * (lifts[0] ?? NaN), 6);
    expect(byLifts[1]).toBeCloseTo(0.7 * (lifts[1] ?? NaN), 6);
    expect(valuesOf('category_liking', { ...touched, category_likings: { A: -1 } })).toEqual([-1, byLifts[1]]);
    const ofAge = valuesOf('age_category_lift', {}, { age: 40 });
    expect(ofAge[0]).not.toBe(0);
    expect(valuesOf('category_liking', {}, { age: 40 })[0]).toBeCloseTo(0.5 * (ofAge[0] ?? NaN), 6);
  });

  it('tell a preferred brand from one that is merely common in the customer’s categories', () => {
    const snapshot = aSnapshot([
      { product_id: '1', category_id: 'A', brand: 'X' },
      { product_id: '2', category_id: 'A', brand: 'Y' },
    ]);
    const context = createFeatureContext(
      snapshot,
      someFeatures(),
      someTastes({ total_weight: 8, category_weights: { A: 8 }, brand_weights: { X: 8 } }),
    );
    const { values } = fillFeatures([featureNamed('brand_preference')], context, Int32Array.of(0, 1));
    expect(values[0]).toBeCloseTo(Math.log((8 + 2) / (4 + 2)), 6);
    expect(values[1]).toBeCloseTo(Math.log(2 / (4 + 2)), 6);
  });

  it('match styles of one moment only', () => {
    const snapshot = aSnapshot([
      { product_id: '1', style: { 0: 1, 1: 2 }, statistics_as_of: AS_OF },
      { product_id: '2', style: { 0: -1, 1: 0.5 }, statistics_as_of: AS_OF },
    ]);
    const matchesOf = (changes: Partial<CustomerTastesRow>): number[] => {
      const context = createFeatureContext(snapshot, someFeatures(), someTastes(changes));
      return [...fillFeatures([featureNamed('style_match')], context, Int32Array.of(0, 1)).values];
    };
    expect(matchesOf({ style: { 0: 0.5, 1: 1 } })).toEqual([2.5, 0]);
    expect(matchesOf({ style: { 0: 0.5, 1: 1 }, as_of: new Date(AS_OF.getTime() + 1) })).toEqual([0, 0]);
    expect(matchesOf({ style: {} })).toEqual([0, 0]);
  });

  it('match no style where one side has none', () => {
    const matchesOf = (styles: readonly SnapshotRow['style'][], style: CustomerTastesRow['style']): number[] => {
      const rows = styles.map((each, row) => ({ product_id: String(row + 1), style: each }));
      const context = createFeatureContext(aSnapshot(rows), someFeatures(), someTastes({ style }));
      return [...fillFeatures([featureNamed('style_match')], context, Int32Array.of(0, 1)).values];
    };
    expect(matchesOf([{}, null], {})).toEqual([0, 0]);
    expect(matchesOf([{}, null], { 0: 2, 1: 1 })).toEqual([0, 0]);
    expect(matchesOf([{ 0: 3, 1: 1 }, {}], { 0: 2, 1: 1 })).toEqual([7, 0]);
    expect(matchesOf([{ 0: 3, 1: 1 }, {}], {})).toEqual([0, 0]);
  });

  it('know what people of the same age like, by bands of 15 years', () => {
    const snapshot = aSnapshot(
      [{ product_id: '1', category_id: 'A' }],
      [
        { kind: 'category', key: 'A', share: 0.2 },
        { kind: 'age_category', key: '0:A', share: 0.4 },
        { kind: 'age_category', key: '3:A', share: 0.1 },
      ],
    );
    const liftOf = (age: number | null): number | undefined => {
      const context = createFeatureContext(snapshot, someFeatures({ age }), someTastes());
      return fillFeatures([featureNamed('age_category_lift')], context, Int32Array.of(0)).values[0];
    };
    expect([12, 29].map(liftOf)).toEqual([Math.fround(Math.LN2), Math.fround(Math.LN2)]);
    expect([60, 99].map(liftOf)).toEqual([Math.fround(Math.log(0.5)), Math.fround(Math.log(0.5))]);
    expect([40, null].map(liftOf)).toEqual([0, 0]);
  });

  it('know per category when a product of it was last met and how much was bought', () => {
    const tastes = { bought_products: { '1': 30, '777': 0 }, viewed_products: { '2': 3.5 } };
    expect(valuesOf('category_days_since_bought', tastes)).toEqual([30, 999]);
    expect(valuesOf('category_days_since_viewed', tastes)).toEqual([999, 3.5]);
    expect(valuesOf('category_bought_weight', tastes)).toEqual([0.5, 0]);
  });

  it('equal the reference’s golden vector where both have the feature', () => {
    const features = { age: 40, tenure_months: 24, avg_order_value: 100, avg_browsed_price: 80 };
    expect(valuesOf('price_ratio', {}, features)[0]).toBe(0.125);
    expect(valuesOf('spend_match', {}, features)[0]).toBeCloseTo(0.1, 6);
    expect(valuesOf('product_tier')).toEqual([1, 0]);
    expect(valuesOf('price')).toEqual([10, 900]);
    expect(valuesOf('age', {}, features)).toEqual([40, 40]);
  });

  it('cap spend_match at 5 and never divide by less than 1', () => {
    expect(valuesOf('spend_match', {}, { avg_order_value: 20 })).toEqual([0.5, 5]);
    expect(valuesOf('price_ratio', {}, { avg_browsed_price: 0 })).toEqual([10, 900]);
  });

  it('measure the price gap from what the customer looks at and from what they buy', () => {
    const tastes = { relative_price_mean: 1, relative_price_mean_bought: -1 };
    expect(valuesOf('relative_price_gap', tastes)).toEqual([-2, 4]);
    expect(valuesOf('relative_price_gap_bought', tastes)).toEqual([0, 6]);
  });

  it('know the few products that the customer touched, and ignore those the region does not keep', () => {
    expect(valuesOf('recent_weight', { recent_products: { '2': 3.5, '777': 9 } })).toEqual([0, 3.5]);
    expect(valuesOf('days_since_bought', { bought_products: { '1': 12 } })).toEqual([12, 999]);
  });

  it('are neutral for a customer without tastes', () => {
    expect(valuesOf('category_lift')).toEqual([0, 0]);
    expect(valuesOf('brand_lift')).toEqual([0, 0]);
    expect(valuesOf('category_share')).toEqual([0.5, 0.5]);
  });

  it('are missing, not 0, for an unknown age', () => {
    expect(valuesOf('age')).toEqual([NaN, NaN]);
  });

  it('are numbers for every product and every customer, age aside', () => {
    for (const name of FEATURES.keys()) {
      if (name !== 'age') expect(valuesOf(name).every(Number.isFinite), name).toBe(true);
    }
  });

  it('stand in the matrix row by row in the order asked for', () => {
    const context = createFeatureContext(SNAPSHOT, someFeatures(), someTastes());
    const features = [featureNamed('price'), featureNamed('relative_price')];
    const { values, rowCount } = fillFeatures(features, context, Int32Array.of(1, 0));
    expect([...values]).toEqual([900, 5, 10, -1]);
    expect(rowCount).toBe(2);
  });
});
