import { describe, expect, it } from 'vitest';
import { BOUGHT_IN_STORE, CARTED, LAST_DAY, ORDERED, type ShoppingDays } from '../shopping-days.ts';
import { choicesOf } from './choices.ts';

const LOOKED = 1;

function shoppingOf(...entries: readonly (readonly [place: number, day: number, kind: number, stars?: number])[]) {
  return {
    customerId: '1',
    region: 'West',
    age: null,
    visits: Int32Array.of(),
    places: Int32Array.from(entries, ([place]) => place),
    days: Int32Array.from(entries, ([, day]) => day),
    kinds: Uint8Array.from(entries, ([, , kind]) => kind),
    stars: Float32Array.from(entries, ([, , , stars]) => stars ?? 0),
    browsed: [],
    browsedDays: Int32Array.of(),
  } satisfies ShoppingDays;
}

describe('choicesOf', () => {
  it('adds up what was done with a product, and how much of it followed the interests', () => {
    const shopping = shoppingOf([3, 170, LOOKED], [3, 175, LOOKED | CARTED | ORDERED], [8, 179, BOUGHT_IN_STORE]);
    const { products, counts, followed } = choicesOf(shopping, (_, day) => (day === 170 ? 0.2 : 0.6));
    expect([...(products as Int32Array)]).toEqual([3, 8]);
    expect([...(counts as Float64Array)]).toEqual([1 + 1 + 1.2, 1.5]);
    expect(followed[0]).toBeCloseTo((0.2 + 0.6 + 1.2) / 3.2, 12);
    expect(followed[1]).toBe(1);
  });

  it('weighs by how long ago it was, in logarithms', () => {
    const weightOf = (day: number, kind: number, chance: number, stars = 0): number =>
      choicesOf(shoppingOf([0, day, kind, stars]), () => chance).weights[0] as number;
    const fresh = 2 ** (-0.5 / 365);
    expect(weightOf(LAST_DAY, LOOKED, 1)).toBeCloseTo(Math.log1p(fresh), 12);
    expect(weightOf(LAST_DAY - 365, LOOKED, 1)).toBeCloseTo(Math.log1p(fresh / 2), 12);
    expect(weightOf(LAST_DAY, LOOKED | CARTED | ORDERED, 0.5)).toBeCloseTo(Math.log1p(fresh * 4 * 0.5), 12);
    expect(weightOf(LAST_DAY, BOUGHT_IN_STORE, 0.5)).toBeCloseTo(Math.log1p(fresh * 3), 12);
    expect(weightOf(LAST_DAY, 0, 0.5, 4)).toBeCloseTo(Math.log1p(fresh * 3.2 * 0.5), 6);
  });

  it('is nothing of somebody who did nothing', () => {
    const { products, counts, followed, weights } = choicesOf(shoppingOf(), () => NaN);
    expect([products.length, counts.length, followed.length, weights.length]).toEqual([0, 0, 0, 0]);
  });
});
