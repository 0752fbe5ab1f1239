import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyleHistory } from './style-factors.ts';

/** 40 products of two categories; in both the even ones and the odd ones belong together. */
const CATEGORY_OF = Array.from({ length: 40 }, (_, product) => Math.floor(product / 20));

/** Customers who like the even products or the odd ones, and take a few of them from both categories. */
function histories(): StyleHistory[] {
  const random = new Random(7, 'styles');
  return Array.from({ length: 1500 }, (_, customer) => {
    const products = Array.from({ length: 40 }, (__, product) => product).filter((product) =>
      random.chance(product % 2 === customer % 2 ? 0.3 : 0.05),
    );
    return { products, weights: products.map(() => 1) };
  });
}

function match(style: ArrayLike<number>, products: Float64Array, product: number): number {
  let sum = 0;
  for (let index = 0; index < STYLE_DIMENSIONS; index += 1) {
    sum += (style[index] ?? NaN) * (products[product * STYLE_DIMENSIONS + index] ?? NaN);
  }
  return sum;
}

describe('styles', () => {
  it('find what goes together across categories: who took some even products is matched with all of them', () => {
    const { products, styleOf } = fitStyles(histories(), CATEGORY_OF);
    const taken = [0, 2, 4, 10, 22, 24];
    const style = styleOf({ products: taken, weights: taken.map(() => 1) });
    const matches = Array.from({ length: 40 }, (_, product) => match(style, products, product));
    const meanOf = (rest: number): number => {
      const some = matches.filter((_, product) => product % 2 === rest && !taken.includes(product));
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    };
    expect(meanOf(0)).toBeGreaterThan(0.2);
    expect(meanOf(1)).toBeLessThan(-0.2);
  });

  it('are the same for the same histories', () => {
    expect(fitStyles(histories(), CATEGORY_OF).products).toEqual(fitStyles(histories(), CATEGORY_OF).products);
  });

  it('are 0 for customers and products of whom nothing is known', () => {
    const untouched = [...CATEGORY_OF, 1, 2];
    const { products, styleOf } = fitStyles(histories(), untouched);
    expect(styleOf({ products: [], weights: [] })).toEqual(new Float64Array(STYLE_DIMENSIONS));
    expect(products.slice(40 * STYLE_DIMENSIONS).every((value) => value === 0)).toBe(true);
  });

  it('of nobody at all are 0', () => {
    expect(fitStyles([], CATEGORY_OF).products.every((value) => value === 0)).toBe(true);
  });
});
