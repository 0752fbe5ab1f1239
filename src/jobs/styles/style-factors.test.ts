import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import type { StyleHistory } from './choices.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyledCatalog } from './style-factors.ts';

/** 40 products of two categories; in both the even ones and the odd ones belong together. */
const CATALOG: StyledCatalog = {
  categoryOf: Array.from({ length: 40 }, (_, product) => Math.floor(product / 20)),
  relativePrices: Array.from({ length: 40 }, (_, product) => (Math.floor(product / 2) % 2) - 0.5),
  regionCount: 1,
};

/** Customers who like the even products or the odd ones, and take a few of them from both categories. */
function histories(): StyleHistory[] {
  const random = new Random(7, 'styles');
  return Array.from({ length: 1500 }, (_, customer) => {
    const products = Array.from({ length: 40 }, (__, product) => product).filter((product) =>
      random.chance(product % 2 === customer % 2 ? 0.3 : 0.05),
    );
    return { region: 0, products, weights: products.map(() => 1) };
  });
}

function match(styles: Float64Array, one: number, other: number): number {
  let sum = 0;
  for (let index = 0; index < STYLE_DIMENSIONS; index += 1) {
    sum += (styles[one * STYLE_DIMENSIONS + index] ?? NaN) * (styles[other * STYLE_DIMENSIONS + index] ?? NaN);
  }
  return sum;
}

describe('styles', () => {
  it('find what goes together across categories', () => {
    const styles = fitStyles(histories(), CATALOG);
    const others = Array.from({ length: 20 }, (_, index) => 20 + index);
    const meanOf = (rest: number): number => {
      const some = others.filter((product) => product % 2 === rest).map((product) => match(styles, 0, product));
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    };
    expect(meanOf(0)).toBeGreaterThan(0.2);
    expect(meanOf(1)).toBeLessThan(-0.2);
  });

  it('are the same for the same histories', () => {
    expect(fitStyles(histories(), CATALOG)).toEqual(fitStyles(histories(), CATALOG));
  });

  it('are 0 for products of which nothing is known', () => {
    const styles = fitStyles(histories(), {
      ...CATALOG,
      categoryOf: [...(CATALOG.categoryOf as number[]), 1, 2],
      relativePrices: [...(CATALOG.relativePrices as number[]), 0, 0],
    });
    expect(styles.length).toBe(42 * STYLE_DIMENSIONS);
    expect(styles.slice(40 * STYLE_DIMENSIONS).every((value) => value === 0)).toBe(true);
  });

  it('of nobody at all are 0', () => {
    expect(fitStyles([], CATALOG).every((value) => value === 0)).toBe(true);
  });
});
