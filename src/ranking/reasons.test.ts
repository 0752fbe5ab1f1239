import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { createFeatureContext } from './features.ts';
import { createPropensityStrengths, createTasteStrengths, reasonsFrom } from './reasons.ts';
import type { CustomerTastesRow } from './signals.ts';

const SNAPSHOT = aSnapshot(
  [
    { product_id: '1', category_id: 'A', category_name: 'Bags', brand: 'X', relative_price: 0, popularity: 2 },
    { product_id: '2', category_id: 'B', category_name: 'Belts', brand: 'Y', relative_price: 3, popularity: -1 },
  ],
  [
    { kind: 'category', key: 'A', share: 0.5 },
    { kind: 'category', key: 'B', share: 0.5 },
    { kind: 'brand', key: 'X', share: 0.1 },
    { kind: 'brand', key: 'Y', share: 0.9 },
  ],
);

function codesFor(row: number, tastes: Partial<CustomerTastesRow>): string[] {
  const context = createFeatureContext(SNAPSHOT, someFeatures(), someTastes(tastes));
  const strengthsOf = createTasteStrengths(context, Int32Array.of(0, 1));
  return reasonsFrom(strengthsOf(row), SNAPSHOT, row).map(({ code }) => code);
}

describe('reasonsFrom', () => {
  it('gives the three strongest, strongest first', () => {
    const tastes = { total_weight: 30, category_weights: { A: 20 }, brand_weights: { X: 30 } };
    expect(codesFor(0, tastes)).toEqual(['FAVOURITE_BRAND', 'POPULAR_IN_REGION', 'USUAL_PRICE']);
  });

  it('gives none that is weak', () => {
    expect(codesFor(1, { total_weight: 30, category_weights: { A: 20 }, brand_weights: { X: 30 } })).toEqual([]);
    expect(reasonsFrom({ FAVOURITE_BRAND: 0.19, POPULAR_IN_REGION: -2 }, SNAPSHOT, 0)).toEqual([]);
  });

  it('never claims a taste of a customer who has shown none', () => {
    expect(codesFor(0, {})).toEqual(['POPULAR_IN_REGION']);
  });

  it('names category, brand and region to the shopper', () => {
    const texts = reasonsFrom({ FAVOURITE_CATEGORY: 3, FAVOURITE_BRAND: 2, POPULAR_IN_REGION: 1 }, SNAPSHOT, 0);
    expect(texts.map(({ text }) => text)).toEqual([
      'From Bags, a category you like.',
      'From X, a brand you like.',
      'Popular in the South.',
    ]);
  });

  it('calls a category favourite by its propensity only when that is above the customer’s average', () => {
    const strengthsOf = createPropensityStrengths(
      SNAPSHOT,
      new Map([
        ['A', 0.1],
        ['B', 0.5],
      ]),
    );
    expect(reasonsFrom(strengthsOf(0), SNAPSHOT, 0).map(({ code }) => code)).toEqual(['POPULAR_IN_REGION']);
    expect(reasonsFrom(strengthsOf(1), SNAPSHOT, 1).map(({ code }) => code)).toEqual(['FAVOURITE_CATEGORY']);
  });
});
