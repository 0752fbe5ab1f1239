import { describe, expect, it } from 'vitest';
import { aSnapshot, someTastes } from '../../test/support/ranking-builders.ts';
import { selectCandidates, type CandidateFilter } from './candidates.ts';

const SNAPSHOT = aSnapshot([
  { product_id: '1', category_id: 'A', price: '10.00' },
  { product_id: '2', category_id: 'A', price: '20.00' },
  { product_id: '3', category_id: 'B', price: '30.00' },
  { product_id: '4', category_id: 'B', price: '5.00', quantity_on_hand: 0 },
]);

function candidateIds(filter: CandidateFilter, repeatDays = 7, bought: Record<string, number> = {}): string[] {
  const { rows } = selectCandidates(SNAPSHOT, someTastes({ bought_products: bought }), { repeatDays, filter });
  return [...rows].map((row) => SNAPSHOT.productIds[row] ?? '');
}

describe('selectCandidates', () => {
  it('takes everything in stock when nothing is filtered', () => {
    expect(candidateIds({})).toEqual(['1', '2', '3']);
  });

  it('counts what is in stock before the filter', () => {
    const { inStockCount } = selectCandidates(SNAPSHOT, null, { repeatDays: 7, filter: { priceMax: 1 } });
    expect(inStockCount).toBe(3);
  });

  it('combines categories, the highest price and exclusions', () => {
    expect(candidateIds({ categoryIds: new Set(['A', 'unknown']) })).toEqual(['1', '2']);
    expect(candidateIds({ priceMax: 20 })).toEqual(['1', '2']);
    expect(candidateIds({ excludedProductIds: new Set(['2', '999']) })).toEqual(['1', '3']);
    expect(candidateIds({ categoryIds: new Set(['A']), priceMax: 20, excludedProductIds: new Set(['1']) })).toEqual([
      '2',
    ]);
    expect(candidateIds({ categoryIds: new Set() })).toEqual([]);
  });

  it('leaves out what was bought within the days, and keeps it for 0 days', () => {
    const bought = { '1': 7, '2': 7.5, '4': 1, '999': 1 };
    expect(candidateIds({}, 7, bought)).toEqual(['2', '3']);
    expect(candidateIds({}, 0, bought)).toEqual(['1', '2', '3']);
  });

  it('leaves out what was rated, however long ago, and keeps it for 0 days', () => {
    const tastes = someTastes({ rated_products: { '2': 4000 } });
    const idsFor = (repeatDays: number) =>
      [...selectCandidates(SNAPSHOT, tastes, { repeatDays, filter: {} }).rows].map((row) => SNAPSHOT.productIds[row]);
    expect(idsFor(7)).toEqual(['1', '3']);
    expect(idsFor(0)).toEqual(['1', '2', '3']);
  });
});
