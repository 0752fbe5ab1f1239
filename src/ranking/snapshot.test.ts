import { describe, expect, it } from 'vitest';
import { AS_OF, aSnapshot, aSnapshotRow } from '../../test/support/ranking-builders.ts';
import { snapshotSteps } from './snapshot.ts';

describe('createSnapshot', () => {
  it('orders rows by the number in the product id, beyond 2^53 too', () => {
    const ids = ['9007199254740993', '10', '9007199254740992', '9'];
    const snapshot = aSnapshot(ids.map((product_id) => ({ product_id })));
    expect(snapshot.productIds).toEqual(['9', '10', '9007199254740992', '9007199254740993']);
    expect(snapshot.rowOf('10')).toBe(1);
    expect(snapshot.rowOf('11')).toBeUndefined();
  });

  it('keeps the columns of a row together', () => {
    const snapshot = aSnapshot([
      { product_id: '2', category_id: 'B', category_name: 'Bags', brand: 'Y', price: '12.50', quantity_on_hand: 0 },
      { product_id: '1', category_id: 'A', brand: 'Z', product_tier: 'premium', is_perishable: true, popularity: 1.5 },
    ]);
    expect(snapshot.categoryIds[snapshot.categoryCodes[1] ?? -1]).toBe('B');
    expect(snapshot.categoryNames[snapshot.categoryCodes[1] ?? -1]).toBe('Bags');
    expect(snapshot.brands[snapshot.brandCodes[0] ?? -1]).toBe('Z');
    expect([...snapshot.prices]).toEqual([10, 12.5]);
    expect([...snapshot.quantitiesOnHand]).toEqual([5, 0]);
    expect([...snapshot.tiers]).toEqual([2, 0]);
    expect([...snapshot.perishables]).toEqual([1, 0]);
    expect([...snapshot.popularities]).toEqual([1.5, 0]);
    expect(snapshot.version).toBe(AS_OF.getTime());
  });

  it('takes a product without statistics for an average one', () => {
    const snapshot = aSnapshot([{ product_id: '1', relative_price: null, popularity: null, view_popularity: null }]);
    expect([snapshot.relativePrices[0], snapshot.popularities[0], snapshot.viewPopularities[0]]).toEqual([0, 0, 0]);
  });

  it('has a prior above 0 for every category and brand', () => {
    const snapshot = aSnapshot(
      [
        { product_id: '1', category_id: 'A' },
        { product_id: '2', category_id: 'B' },
        { product_id: '3', category_id: 'C' },
      ],
      [
        { kind: 'category', key: 'A', share: 0.25 },
        { kind: 'brand', key: 'A', share: 0.9 },
        { kind: 'category', key: 'C', share: 0 },
      ],
    );
    expect(snapshot.categoryPriors[0]).toBe(0.25);
    expect(snapshot.categoryPriors[1]).toBeCloseTo(1 / 3, 12);
    expect(snapshot.categoryPriors[2]).toBeGreaterThan(0);
  });

  it('can be built in steps that look at no more than 2,048 rows each', () => {
    let looked = 0;
    const rows = Array.from({ length: 5000 }, (_, index) =>
      Object.defineProperty(aSnapshotRow({ product_id: String(index) }), 'brand', {
        get: () => {
          looked += 1;
          return `B${String(index % 3)}`;
        },
      }),
    );
    const steps = snapshotSteps('WEST', rows, [], AS_OF);
    let most = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      most = Math.max(most, looked);
      looked = 0;
    }
    expect(most).toBe(2048);
  });

  it('can be empty', () => {
    expect(aSnapshot([]).productCount).toBe(0);
  });
});
