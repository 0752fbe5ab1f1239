import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import type { Choices } from './choices.ts';
import { createLikingsSolver, PRICE_TOLERANCE, type Assortment, type Likings } from './customer-likings.ts';
import { STYLE_DIMENSIONS } from './style-factors.ts';

const PRODUCTS = 120;
const random = new Random(7, 'likings');
/** Two categories, four brands, scattered styles and prices. */
const ASSORTMENT: Assortment = {
  styles: Float64Array.from({ length: PRODUCTS * STYLE_DIMENSIONS }, () => random.normal()),
  categoryOf: Array.from({ length: PRODUCTS }, (_, place) => place % 2),
  brandOf: Array.from({ length: PRODUCTS }, (_, place) => Math.floor(place / 2) % 4),
  relativePrices: Array.from({ length: PRODUCTS }, () => random.normal()),
};
const WANTED = Array.from({ length: PRODUCTS }, () => Math.exp(random.normal()));
/** How likely choices follow taste. */
const FOLLOWED = 0.7;
const NOTHING: Likings = { style: new Float64Array(STYLE_DIMENSIONS), brands: new Map(), priceLevel: 0 };

/** What somebody with these likings adds to what everybody wants of a product, as a logarithm. */
function logitOf({ style, brands, priceLevel }: Likings, place: number): number {
  const own = ASSORTMENT.styles;
  const fit = style.reduce((sum, value, index) => sum + value * (own[place * STYLE_DIMENSIONS + index] ?? NaN), 0);
  const price = (priceLevel * (ASSORTMENT.relativePrices[place] ?? NaN)) / PRICE_TOLERANCE ** 2;
  return fit + (brands.get(ASSORTMENT.brandOf[place] ?? NaN) ?? 0) + price;
}

/** So many choices, of both categories, of somebody who follows these likings alone. */
function choicesOf(likings: Likings, count: number): Choices {
  const weights = WANTED.map((wanted, place) => wanted * Math.exp(logitOf(likings, place)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    products: weights.map((_, place) => place),
    counts: weights.map((weight) => (count * weight) / total),
    followed: weights.map(() => FOLLOWED),
  };
}

/** The slope of the logarithm of the posterior, by differences, as the description of the solver says it. */
function posterior(likings: Likings, { products, counts, followed }: Choices): number {
  const totals = [0, 1].map((category) => sumOver(category, (place) => WANTED[place] ?? NaN));
  const tasted = [0, 1].map((category) =>
    sumOver(category, (place) => (WANTED[place] ?? NaN) * Math.exp(logitOf(likings, place))),
  );
  let sum = 0;
  for (let index = 0; index < products.length; index += 1) {
    const place = products[index] ?? NaN;
    const category = place % 2;
    const wanted = WANTED[place] ?? NaN;
    const byTaste = (wanted * Math.exp(logitOf(likings, place))) / (tasted[category] ?? NaN);
    const chance = followed[index] ?? NaN;
    const around = ((1 - chance) * wanted) / (totals[category] ?? NaN);
    sum += (counts[index] ?? NaN) * Math.log(chance * byTaste + around);
  }
  const squares = (values: Iterable<number>, deviation: number): number =>
    [...values].reduce((total, value) => total + (value / deviation) ** 2 / 2, 0);
  return sum - squares(likings.style, 0.3) - squares(likings.brands.values(), 0.4) - likings.priceLevel ** 2 / 2 / 0.81;
}

function sumOver(category: number, valueOf: (place: number) => number): number {
  let sum = 0;
  for (let place = category; place < PRODUCTS; place += 2) sum += valueOf(place);
  return sum;
}

describe('likings', () => {
  const solve = createLikingsSolver(ASSORTMENT, WANTED);

  it('are found behind many choices: style, brand and price level, each in its own place', () => {
    const wished: Likings = {
      style: Float64Array.of(0.5, 0, 0, -0.4, 0, 0),
      brands: new Map([[2, 0.8]]),
      priceLevel: 1,
    };
    const found = solve(choicesOf(wished, 3000));
    // Steps are few and what is not followed by taste is guessed, so that the size is roughly right only.
    expect(found.style[0]).toBeGreaterThan(0.3);
    expect(found.style[3]).toBeLessThan(-0.25);
    expect([1, 2, 4, 5].every((index) => Math.abs(found.style[index] ?? NaN) < 0.15)).toBe(true);
    const brands = [0, 1, 2, 3].map((brand) => found.brands.get(brand) ?? NaN);
    expect(Math.min(...[0, 1, 3].map((brand) => (brands[2] ?? NaN) - (brands[brand] ?? NaN)))).toBeGreaterThan(0.5);
    expect(found.priceLevel).toBeGreaterThan(0.6);
  });

  it('of style and price are nearly the most likely ones: no step makes the choices of somebody with few of them likelier', () => {
    const few: Choices = {
      products: [0, 2, 7, 31, 90],
      counts: [1, 3.5, 1, 2, 1.5],
      followed: [0.7, 0.9, 0.3, 0.5, 0.95],
    };
    const found = solve(few);
    const best = posterior(found, few);
    expect(best).toBeGreaterThan(posterior(NOTHING, few) + 0.1);
    const moved = (change: Partial<Likings>): number => posterior({ ...found, ...change }, few);
    for (const step of [-0.1, 0.1]) {
      for (const index of found.style.keys()) {
        expect(moved({ style: found.style.map((value, at) => value + (at === index ? step : 0)) })).toBeLessThan(best);
      }
      expect(moved({ priceLevel: found.priceLevel + 2 * step })).toBeLessThan(best);
    }
  });

  it('are none of somebody who chose what everybody wants, and of somebody who chose nothing', () => {
    const found = solve(choicesOf(NOTHING, 200));
    expect(Math.max(...found.style.map(Math.abs), Math.abs(found.priceLevel))).toBeLessThan(1e-9);
    // A brand that the customer is known not to keep to is a little less than one that is not known.
    expect([...found.brands.values()].every((liking) => liking < 0 && liking > -0.13)).toBe(true);
    expect(solve({ products: [], counts: [], followed: [] })).toEqual(NOTHING);
  });

  it('of a few choices are smaller the less these are sure to follow them', () => {
    const dearest = ASSORTMENT.relativePrices as number[];
    const places = WANTED.map((_, place) => place).sort((a, b) => (dearest[b] ?? NaN) - (dearest[a] ?? NaN));
    const levelAt = (chance: number): number =>
      solve({ products: places.slice(0, 2), counts: [1, 1], followed: [chance, chance] }).priceLevel;
    expect(levelAt(0.2)).toBeLessThan(levelAt(0.6));
    expect(levelAt(0.6)).toBeLessThan(levelAt(1));
    expect(Math.abs(levelAt(0))).toBeLessThan(0.1);
  });

  it('are the same for the same choices', () => {
    const choices = choicesOf({ ...NOTHING, priceLevel: -1 }, 20);
    expect(solve(choices)).toEqual(solve(choices));
  });

  it('of brands outside the categories chosen from are not known', () => {
    const apart = { ...ASSORTMENT, brandOf: ASSORTMENT.categoryOf };
    const { brands } = createLikingsSolver(
      apart,
      WANTED,
    )({ products: [0, 2, 4], counts: [1, 1, 1], followed: [1, 1, 1] });
    expect(brands.has(1)).toBe(false);
  });
});
