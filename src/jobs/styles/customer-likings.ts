import { expectedLiking } from './brand-loyalty.ts';
import type { Choices } from './choices.ts';
import { solveSymmetric } from './solve-symmetric.ts';
import { STYLE_DIMENSIONS } from './style-factors.ts';

/** What is known of the products of the catalog, by place. */
export interface Assortment {
  /** STYLE_DIMENSIONS numbers per product, one product after the other. */
  readonly styles: ArrayLike<number>;
  /** Codes from 0 on without gaps. */
  readonly categoryOf: ArrayLike<number>;
  readonly brandOf: ArrayLike<number>;
  /** In standard deviations of ln(price) within the category. */
  readonly relativePrices: ArrayLike<number>;
}

/** What a customer likes within a category, as logarithms: 0 is what everybody likes. */
export interface Likings {
  readonly style: Float64Array;
  /** By brand code, brands of the categories that the customer chose from only. */
  readonly brands: ReadonlyMap<number, number>;
  /** The relative price that suits the customer. */
  readonly priceLevel: number;
}

/** No choice is held to follow taste, or not to, for more certain than this. */
const DOUBT_MIN = 0.01;
/** How far customers differ, as standard deviations: what is not known is drawn towards 0 with them. */
const STYLE_DEVIATION = 0.3;
const BRAND_DEVIATION = 0.4;
const LEVEL_DEVIATION = 0.9;
/**
 * A price so many deviations from the level is wanted exp(-1/2) times as much.
 * @internal Exported for tests.
 */
export const PRICE_TOLERANCE = 1.2;
const STEPS = 3;
/** No step may go further: the first one can be much too long. */
const STEP_MAX = 1;

/** Style numbers and the relative price, of which a customer's liking is linear. */
const WIDTH = STYLE_DIMENSIONS + 1;
const LEVEL = STYLE_DIMENSIONS;

/**
 * What finds the likings that make a customer's choices most likely: within a category a product is chosen in proportion
 * to what everybody wants of it times exp(style · style + brand liking + price level × relative price / tolerance²), or,
 * where the choice did not follow the customer's interests, to what everybody wants alone. Style, brand and price are
 * found together, so that none is given what another explains: three steps of Newton's method, brands apart from the
 * rest; of the brands the liking is what is to be expected then. Who chose nothing likes nothing. The same choices give
 * the same likings.
 * @param wanted By place: how much everybody wants the product, above 0; its scale does not matter.
 */
export function createLikingsSolver(assortment: Assortment, wanted: ArrayLike<number>): (choices: Choices) => Likings {
  const shelves = createShelves(assortment, wanted);
  return (choices) => {
    const search = new LikingsSearch(shelves, choices);
    for (let step = 0; step < STEPS; step += 1) search.step();
    return search.likings();
  };
}

/** The products side by side by category. */
interface Shelves {
  /** Position on the shelves by place in the catalog. */
  readonly positionOf: Int32Array;
  readonly categoryOf: Int32Array;
  readonly brandOf: Int32Array;
  /** First position of each category, and the end. */
  readonly starts: Int32Array;
  /** WIDTH numbers a position. */
  readonly traits: Float64Array;
  /** Adds up to 1 in each category. */
  readonly wanted: Float64Array;
  readonly brandCount: number;
}

function createShelves(
  { styles, categoryOf, brandOf, relativePrices }: Assortment,
  wanted: ArrayLike<number>,
): Shelves {
  const places = Array.from(categoryOf, (_, place) => place).sort(
    (a, b) => (categoryOf[a] as number) - (categoryOf[b] as number) || a - b,
  );
  const categoryCount = Array.from(categoryOf).reduce((most, category) => Math.max(most, category + 1), 0);
  const positionOf = new Int32Array(places.length);
  const totals = new Float64Array(categoryCount);
  const counts = new Int32Array(categoryCount + 1);
  const traits = new Float64Array(places.length * WIDTH);
  places.forEach((place, position) => {
    const category = categoryOf[place] as number;
    positionOf[place] = position;
    totals[category] = (totals[category] as number) + (wanted[place] as number);
    counts[category + 1] = (counts[category + 1] as number) + 1;
    for (let trait = 0; trait < STYLE_DIMENSIONS; trait += 1) {
      traits[position * WIDTH + trait] = styles[place * STYLE_DIMENSIONS + trait] as number;
    }
    traits[position * WIDTH + LEVEL] = (relativePrices[place] as number) / PRICE_TOLERANCE ** 2;
  });
  let end = 0;
  return {
    positionOf,
    categoryOf: Int32Array.from(places, (place) => categoryOf[place] as number),
    brandOf: Int32Array.from(places, (place) => brandOf[place] as number),
    starts: counts.map((count) => (end += count)),
    traits,
    wanted: Float64Array.from(
      places,
      (place) => (wanted[place] as number) / (totals[categoryOf[place] as number] as number),
    ),
    brandCount: Array.from(brandOf).reduce((most, brand) => Math.max(most, brand + 1), 0),
  };
}

class LikingsSearch {
  readonly #shelves: Shelves;
  readonly #positions: Int32Array;
  readonly #counts: ArrayLike<number>;
  readonly #followed: ArrayLike<number>;
  readonly #categories: readonly number[];
  readonly #linear = new Float64Array(WIDTH);
  readonly #brands: Float64Array;
  readonly #probabilities: Float64Array;
  // Slopes and curvatures of the logarithm of the posterior.
  readonly #slope = new Float64Array(WIDTH);
  readonly #curvature = new Float64Array(WIDTH * WIDTH);
  readonly #brandSlope: Float64Array;
  readonly #brandCurvature: Float64Array;

  constructor(shelves: Shelves, { products, counts, followed }: Choices) {
    this.#shelves = shelves;
    this.#counts = counts;
    this.#followed = followed;
    this.#positions = Int32Array.from(products, (place) => shelves.positionOf[place] as number);
    this.#categories = [...new Set(Array.from(this.#positions, (at) => shelves.categoryOf[at] as number))];
    this.#brands = new Float64Array(shelves.brandCount);
    this.#brandSlope = new Float64Array(shelves.brandCount);
    this.#brandCurvature = new Float64Array(shelves.brandCount);
    this.#probabilities = new Float64Array(shelves.wanted.length);
  }

  step(): void {
    this.#slope.fill(0);
    this.#curvature.fill(0);
    this.#brandSlope.fill(0);
    this.#brandCurvature.fill(0);
    for (const category of this.#categories) this.#fillProbabilities(category);
    const followed = this.#addChoices();
    for (const category of this.#categories) this.#addExpected(category, followed[category] as number);
    this.#climb();
  }

  likings(): Likings {
    const brands = new Map<number, number>();
    this.#brands.forEach((liking, brand) => {
      if (liking === 0) return;
      // At the most likely liking the choices pull up as much as the deviation draws back.
      const slope = liking / BRAND_DEVIATION ** 2;
      brands.set(brand, expectedLiking(liking, slope, this.#brandCurvature[brand] as number));
    });
    return { style: this.#linear.slice(0, STYLE_DIMENSIONS), brands, priceLevel: this.#linear[LEVEL] as number };
  }

  #fillProbabilities(category: number): void {
    const { starts, traits, wanted, brandOf } = this.#shelves;
    const linear = this.#linear;
    const probabilities = this.#probabilities;
    const start = starts[category] as number;
    const end = starts[category + 1] as number;
    let total = 0;
    for (let at = start; at < end; at += 1) {
      let logit = this.#brands[brandOf[at] as number] as number;
      for (let trait = 0, cell = at * WIDTH; trait < WIDTH; trait += 1, cell += 1) {
        logit += (linear[trait] as number) * (traits[cell] as number);
      }
      const weight = (wanted[at] as number) * Math.exp(logit);
      probabilities[at] = weight;
      total += weight;
    }
    for (let at = start; at < end; at += 1) probabilities[at] = (probabilities[at] as number) / total;
  }

  /** Adds what was chosen, as far as it followed the taste; returns how much that is, by category. */
  #addChoices(): Float64Array {
    const { categoryOf, brandOf, traits, wanted, starts } = this.#shelves;
    const followed = new Float64Array(starts.length - 1);
    for (let index = 0; index < this.#positions.length; index += 1) {
      const at = this.#positions[index] as number;
      const chance = Math.min(Math.max(this.#followed[index] as number, DOUBT_MIN), 1 - DOUBT_MIN);
      const byTaste = chance * (this.#probabilities[at] as number);
      const count = ((this.#counts[index] as number) * byTaste) / (byTaste + (1 - chance) * (wanted[at] as number));
      const category = categoryOf[at] as number;
      const brand = brandOf[at] as number;
      followed[category] = (followed[category] as number) + count;
      this.#brandSlope[brand] = (this.#brandSlope[brand] as number) + count;
      for (let trait = 0; trait < WIDTH; trait += 1) {
        this.#slope[trait] = (this.#slope[trait] as number) + count * (traits[at * WIDTH + trait] as number);
      }
    }
    return followed;
  }

  /** Takes off what was to be expected of so many choices from the category. */
  #addExpected(category: number, count: number): void {
    const { starts, traits, brandOf } = this.#shelves;
    const curvature = this.#curvature;
    const mean = new Float64Array(WIDTH);
    for (let at = starts[category] as number; at < (starts[category + 1] as number); at += 1) {
      const probability = this.#probabilities[at] as number;
      const expected = count * probability;
      const brand = brandOf[at] as number;
      this.#brandSlope[brand] = (this.#brandSlope[brand] as number) - expected;
      this.#brandCurvature[brand] = (this.#brandCurvature[brand] as number) + expected * (1 - probability);
      const cell = at * WIDTH;
      for (let row = 0; row < WIDTH; row += 1) {
        const trait = traits[cell + row] as number;
        mean[row] = (mean[row] as number) + probability * trait;
        const scaled = expected * trait;
        for (let column = 0; column <= row; column += 1) {
          curvature[row * WIDTH + column] =
            (curvature[row * WIDTH + column] as number) + scaled * (traits[cell + column] as number);
        }
      }
    }
    for (let row = 0; row < WIDTH; row += 1) {
      this.#slope[row] = (this.#slope[row] as number) - count * (mean[row] as number);
      for (let column = 0; column <= row; column += 1) {
        curvature[row * WIDTH + column] =
          (curvature[row * WIDTH + column] as number) - count * (mean[row] as number) * (mean[column] as number);
      }
    }
  }

  #climb(): void {
    for (let trait = 0; trait < WIDTH; trait += 1) {
      const precision = 1 / (trait === LEVEL ? LEVEL_DEVIATION : STYLE_DEVIATION) ** 2;
      this.#slope[trait] = (this.#slope[trait] as number) - precision * (this.#linear[trait] as number);
      this.#curvature[trait * (WIDTH + 1)] = (this.#curvature[trait * (WIDTH + 1)] as number) + precision;
    }
    solveSymmetric(this.#curvature, this.#slope).forEach((change, trait) => {
      this.#linear[trait] = (this.#linear[trait] as number) + bounded(change);
    });
    const precision = 1 / BRAND_DEVIATION ** 2;
    for (let brand = 0; brand < this.#brands.length; brand += 1) {
      const liking = this.#brands[brand] as number;
      const slope = (this.#brandSlope[brand] as number) - precision * liking;
      this.#brands[brand] = liking + bounded(slope / ((this.#brandCurvature[brand] as number) + precision));
    }
  }
}

function bounded(change: number): number {
  return Math.min(Math.max(change, -STEP_MAX), STEP_MAX);
}
