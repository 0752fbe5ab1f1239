import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import { RepeatPurchases } from './repeat-purchases.ts';

const DAYS = 180;
const VISITS = Array.from({ length: DAYS / 2 }, (_, index) => index * 2);

const PRODUCTS = 12;
/** The first three products are used up; so are none of the others. */
const USED_UP = 3;

/** 500 customers, each of whom likes each product as chance will have it; used-up ones are bought when they are due. */
function somePurchases(interval: number): RepeatPurchases {
  const random = new Random(7, 'purchases');
  const repeats = new RepeatPurchases(PRODUCTS + 1);
  for (let customer = 0; customer < 500; customer += 1) {
    const daysByProduct = new Map<number, number[]>();
    for (let product = 0; product < PRODUCTS; product += 1) {
      const days = purchaseDays(random, product < USED_UP ? interval : null);
      if (days.length > 0) daysByProduct.set(product, days);
    }
    repeats.add({ visits: VISITS, daysByProduct });
  }
  return repeats;
}

function purchaseDays(random: Random, interval: number | null): number[] {
  const liking = -0.015 * Math.log(random.uniform());
  const days: number[] = [];
  for (const day of VISITS) {
    const elapsed = day - (days.at(-1) ?? -Infinity);
    const due = interval === null ? 0 : 2.5 * Math.exp(-0.5 * ((elapsed / interval - 1) / 0.25) ** 2);
    if (random.chance(Math.min(1, liking * Math.exp(due)))) days.push(day);
  }
  return days;
}

/** The category of the first products and of the last one, which nobody bought. */
const CATEGORY_OF = Array.from({ length: PRODUCTS + 1 }, (_, product) =>
  Number(product >= USED_UP && product < PRODUCTS),
);

describe('RepeatPurchases', () => {
  it.each([14, 28, 45])('find what is used up after %i days, and what is not', (interval) => {
    const { chances, intervals } = somePurchases(interval).estimate(CATEGORY_OF);
    const [usedUp, durable] = [chances.subarray(0, USED_UP), chances.subarray(USED_UP, PRODUCTS)];
    expect(Math.min(...usedUp)).toBeGreaterThan(0.95);
    expect(Math.max(...durable)).toBeLessThan(0.2);
    for (const found of intervals.subarray(0, USED_UP)) expect(Math.abs(Math.log(found / interval))).toBeLessThan(0.15);
  });

  it('know of a product that nobody bought what its category has in common', () => {
    const { chances, intervals } = somePurchases(28).estimate(CATEGORY_OF);
    expect(chances[PRODUCTS]).toBeGreaterThan(0.5);
    expect(intervals[PRODUCTS]).toBeNaN();
    const amongDurables = CATEGORY_OF.map((category, product) => (product === PRODUCTS ? 1 : category));
    expect(somePurchases(28).estimate(amongDurables).chances[PRODUCTS]).toBeLessThan(0.1);
  });

  it('know nothing without purchases', () => {
    const { chances, intervals } = new RepeatPurchases(2).estimate([0, 1]);
    expect([...intervals]).toEqual([NaN, NaN]);
    expect([...chances].every((chance) => chance > 0 && chance < 1)).toBe(true);
  });

  it('are not sure after a single purchase', () => {
    const repeats = new RepeatPurchases(1);
    repeats.add({ visits: VISITS, daysByProduct: new Map([[0, [10]]]) });
    const { chances } = repeats.estimate([0]);
    expect(chances[0]).toBeGreaterThan(0.01);
    expect(chances[0]).toBeLessThan(0.5);
  });
});
