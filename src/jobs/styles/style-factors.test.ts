import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import type { StyleHistory } from './choices.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyledCatalog } from './style-factors.ts';

/** 40 products of two categories; in both the even ones and the odd ones belong together. */
const CATALOG: StyledCatalog = {
  categoryOf: Array.from({ length: 40 }, (_, product) => Math.floor(product / 20)),
  relativePrices: Array.from({ length: 40 }, (_, product) => 2 * (Math.floor(product / 2) % 2) - 1),
  regionCount: 1,
};

/** Customers of two kinds who take a few products from both categories, more of those that their kind likes. */
function historiesOf(
  likes: (kind: number, product: number) => boolean,
  regionOf: (kind: number) => number = () => 0,
): StyleHistory[] {
  const random = new Random(7, 'styles');
  return Array.from({ length: 1500 }, (_, customer) => {
    const products = Array.from({ length: 40 }, (__, product) => product).filter((product) =>
      random.chance(likes(customer % 2, product) ? 0.3 : 0.05),
    );
    return { region: regionOf(customer % 2), products, weights: products.map(() => 1) };
  });
}

/** They like the even products or the odd ones. */
const histories = (): StyleHistory[] => historiesOf((kind, product) => product % 2 === kind);

/** How much the styles of the first category hold the products together that one of the kinds likes. */
function togetherness(styles: Float64Array, likes: (product: number) => boolean): number {
  const matches = Array.from({ length: 19 }, (_, index) => index + 1).map(
    (product) => (likes(product) === likes(0) ? 1 : -1) * match(styles, 0, product),
  );
  return matches.reduce((sum, value) => sum + value, 0) / matches.length;
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

  it('leave to the price and to the region what these explain', () => {
    const isDear = (product: number): boolean => Math.floor(product / 2) % 2 === 1;
    const byPrice = historiesOf((kind, product) => isDear(product) === (kind === 1));
    expect(togetherness(fitStyles(byPrice, { ...CATALOG, relativePrices: Array<number>(40).fill(0) }), isDear)).toBeGreaterThan(0.2); // prettier-ignore
    expect(togetherness(fitStyles(byPrice, CATALOG), isDear)).toBeLessThan(0.1);
    const isEven = (product: number): boolean => product % 2 === 0;
    const byRegion = historiesOf((kind, product) => product % 2 === kind, (kind) => kind); // prettier-ignore
    expect(togetherness(fitStyles(byRegion, { ...CATALOG, regionCount: 2 }), isEven)).toBeLessThan(0.1);
    expect(togetherness(fitStyles(histories(), CATALOG), isEven)).toBeGreaterThan(0.2);
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
