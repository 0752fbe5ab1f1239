import { describe, expect, it } from 'vitest';
import { AS_OF, aSnapshot, someTastes } from '../../test/support/ranking-builders.ts';
import { finishRanking, prepareRanking, type RankedList, type RankRequest } from './rank.ts';
import type { CustomerTastesRow } from './signals.ts';

/** What the styles add: products 2 and 4 are of the customer's style, 3 is against it. */
const SNAPSHOT = aSnapshot(
  [
    { product_id: '1', category_id: 'A', popularity: 1 },
    { product_id: '2', category_id: 'A', popularity: 0.5, style: { '0': 1, '1': 0.5 } },
    { product_id: '3', category_id: 'B', popularity: 0.7, style: { '0': -1, '1': 0 } },
    { product_id: '4', category_id: 'B', popularity: -1, style: { '0': 2, '1': 0 } },
  ],
  [
    { kind: 'category', key: 'A', share: 0.5 },
    { kind: 'category', key: 'B', share: 0.5 },
  ],
);
const STYLED = someTastes({ total_weight: 6, category_weights: { A: 6 }, style: { '0': 1, '1': -2 } });
/** (weight + 6 x prior) / (total + 6) */
const SHARES = { A: 0.75, B: 0.25 };

function collaborative(tastes: CustomerTastesRow, changes: Partial<RankRequest> = {}): RankedList {
  const request: RankRequest = {
    snapshot: SNAPSHOT,
    prepared: null,
    signals: { features: null, tastes, propensities: new Map([['A', 1]]) },
    ranker: null,
    neighbours: new Map([['1', [{ product_id: '1', neighbour_id: '3', similarity: 0.5 }]]]),
    list: [],
    options: { strategy: 'COLLABORATIVE', first: 10, propensityWeight: 0, repeatDays: 7, filter: {} },
    ...changes,
  };
  return finishRanking(prepareRanking(request), null);
}

const listed = (productId: string, score: number) => ({
  customer_id: '1',
  product_id: productId,
  score,
  model: 'ratings 2',
});
const idsOf = (list: RankedList) => list.items.map(({ productId }) => productId);

describe('a list of strategy COLLABORATIVE', () => {
  it('multiplies popularity, share of the category and match of styles, without features too', () => {
    const list = collaborative(STYLED);
    expect(list).toMatchObject({ rung: 'COLLABORATIVE', degraded: false, model: null });
    const scores = new Map(list.items.map(({ productId, score }) => [productId, score]));
    expect(scores.get('1')).toBeCloseTo(SHARES.A * Math.exp(1), 12);
    expect(scores.get('2')).toBeCloseTo(SHARES.A * Math.exp(0.5 + 0), 12);
    expect(scores.get('3')).toBeCloseTo(SHARES.B * Math.exp(0.7 - 1), 12);
    expect(scores.get('4')).toBeCloseTo(SHARES.B * Math.exp(-1 + 2), 12);
    expect(idsOf(list)).toEqual(['1', '2', '4', '3']);
  });

  it.each([
    ['has done nothing', { total_weight: 0 }],
    ['has no style', { style: {} }],
    ['has a style of another moment', { as_of: new Date(AS_OF.getTime() - 1) }],
  ])('goes by the neighbours of recent products where the customer %s', (_, changes) => {
    const list = collaborative({ ...STYLED, recent_products: { '1': 3 }, ...changes });
    expect(list).toMatchObject({ rung: 'COLLABORATIVE', degraded: false });
    expect(list.items.map(({ productId, score }) => [productId, score])).toEqual([
      ['3', 1.5],
      ['1', 0],
      ['2', 0],
      ['4', 0],
    ]);
  });

  it('is the one made ahead of time, in its order, and then what is popular', () => {
    const list = collaborative(STYLED, { list: [listed('4', 5), listed('3', 5), listed('99', 4)] });
    expect(list).toMatchObject({ rung: 'COLLABORATIVE', degraded: false, model: { name: 'ratings', version: '2' } });
    expect(list.items.map(({ productId, score }) => [productId, score])).toEqual([
      ['4', 5],
      ['3', 5],
      ['1', 0],
      ['2', 0],
    ]);
  });

  it('keeps to filters and exclusions, and goes by styles when nothing of the list is left', () => {
    const bought = { ...STYLED, bought_products: { '4': 1 } };
    expect(idsOf(collaborative(bought, { list: [listed('4', 5), listed('3', 4)] }))).toEqual(['3', '1', '2']);
    expect(collaborative(bought, { list: [listed('4', 5)] })).toMatchObject({ model: null, degraded: false });
  });
});
