import type { StyleHistory } from './choices.ts';
import { solveSymmetric } from './solve-symmetric.ts';

/** Numbers of a style. */
export const STYLE_DIMENSIONS = 6;

const SWEEPS = 15;
/** Draws styles towards 0: what is known of a product or customer with little behaviour is little. */
const RIDGE = 4;
const PRICE_RIDGE = 1;
const START_SCALE = 0.3;
/** A region's shares are drawn towards everybody's as by so many times the mean weight of a product. */
const EVERYBODY_WEIGHT = 5;

/** A customer's style, and then how much dearer products are liked: one number more than a product's style has. */
const WIDTH = STYLE_DIMENSIONS + 1;
const SQUARE = WIDTH * WIDTH;

/** What is known of the products of the catalog, by place. */
export interface StyledCatalog {
  /** From 0 on without gaps. */
  readonly categoryOf: ArrayLike<number>;
  /** In standard deviations of ln(price) within the category. */
  readonly relativePrices: ArrayLike<number>;
  readonly regionCount: number;
}

/**
 * The styles of the products of the catalog: what customers have in common beyond category and price, found from
 * behaviour alone. They and styles of customers are fitted such that a customer's weight on a product is what the
 * region's customers let expect of the customer's weight on the category, times (1 + the dot product of both styles + the
 * customer's liking of high prices × relative price): weighted alternating least squares on what the categories do not
 * explain. Products without any weight have the style 0. The same input gives the same styles.
 * @returns STYLE_DIMENSIONS numbers per product, one product after the other.
 */
export function fitStyles(histories: readonly StyleHistory[], catalog: StyledCatalog): Float64Array {
  const fit = new StyleFit(histories, catalog);
  for (let sweep = 0; sweep < SWEEPS; sweep++) fit.sweep();
  return fit.styles;
}

/** A history with its weight by category, of the categories that it touches. */
interface WeighedHistory extends StyleHistory {
  /** Region and category in one: a shelf of its own, with its own shares. */
  readonly shelves: Int32Array;
  readonly shelfWeights: Float64Array;
}

class StyleFit {
  readonly #histories: readonly WeighedHistory[];
  readonly #catalog: StyledCatalog;
  readonly #categoryCount: number;
  readonly #shelfCount: number;
  /** By region and product: the share of the category's weight there. */
  readonly #shares: Float64Array;
  /** WIDTH numbers a product: the style, and the relative price. */
  readonly #traits: Float64Array;

  constructor(histories: readonly StyleHistory[], catalog: StyledCatalog) {
    const { categoryOf, relativePrices, regionCount } = catalog;
    this.#catalog = catalog;
    this.#categoryCount = Array.from(categoryOf).reduce((most, category) => Math.max(most, category + 1), 0);
    this.#shelfCount = regionCount * this.#categoryCount;
    this.#histories = histories.map((history) => this.#weigh(history));
    this.#shares = sharesWithinCategory(histories, catalog, this.#categoryCount);
    this.#traits = Float64Array.from({ length: categoryOf.length * WIDTH }, (_, index) =>
      index % WIDTH === STYLE_DIMENSIONS
        ? (relativePrices[Math.floor(index / WIDTH)] as number)
        : START_SCALE * scatter(index),
    );
  }

  get styles(): Float64Array {
    return this.#traits.filter((_, index) => index % WIDTH !== STYLE_DIMENSIONS);
  }

  /** Fits the customers to the products, then the products to the customers. */
  sweep(): void {
    const solve = this.#createSolver();
    const right = new Float64Array(this.#traits.length);
    // Sums over customers, per shelf: weight times style, and weight times the products of style numbers.
    const linear = new Float64Array(this.#shelfCount * WIDTH);
    const quadratic = new Float64Array(this.#shelfCount * SQUARE);
    for (const history of this.#histories) {
      const style = solve(history);
      const squares = new Float64Array(SQUARE);
      addOuter(squares, 0, style, 0, 1);
      for (let place = 0; place < history.products.length; place++) {
        const at = (history.products[place] as number) * WIDTH;
        addScaled(right, at, style, 0, history.weights[place] as number);
      }
      for (let index = 0; index < history.shelves.length; index++) {
        const shelf = history.shelves[index] as number;
        const weight = history.shelfWeights[index] as number;
        addScaled(linear, shelf * WIDTH, style, 0, weight);
        addScaled(quadratic, shelf * SQUARE, squares, 0, weight, SQUARE);
      }
    }
    this.#solveProducts(right, linear, quadratic);
  }

  /** What finds a customer's style for the products' styles as they are now. */
  #createSolver(): (history: WeighedHistory) => Float64Array {
    const traits = this.#traits;
    const linear = new Float64Array(this.#shelfCount * WIDTH);
    const quadratic = new Float64Array(this.#shelfCount * SQUARE);
    this.#shares.forEach((share, index) => {
      const shelf = this.#shelfOf(index);
      const at = (index % this.#catalog.categoryOf.length) * WIDTH;
      addScaled(linear, shelf * WIDTH, traits, at, share);
      addOuter(quadratic, shelf * SQUARE, traits, at, share);
    });
    return (history) => {
      const left = ridge(WIDTH);
      left[SQUARE - 1] = PRICE_RIDGE;
      const right = new Float64Array(WIDTH);
      for (let place = 0; place < history.products.length; place++) {
        const at = (history.products[place] as number) * WIDTH;
        addScaled(right, 0, traits, at, history.weights[place] as number);
      }
      for (let index = 0; index < history.shelves.length; index++) {
        const shelf = history.shelves[index] as number;
        const weight = history.shelfWeights[index] as number;
        addScaled(left, 0, quadratic, shelf * SQUARE, weight, SQUARE);
        addScaled(right, 0, linear, shelf * WIDTH, -weight);
      }
      return solveSymmetric(left, right);
    };
  }

  #weigh(history: StyleHistory): WeighedHistory {
    const sums = new Map<number, number>();
    for (let place = 0; place < history.products.length; place++) {
      const shelf = this.#shelfOf(
        history.region * this.#catalog.categoryOf.length + (history.products[place] as number),
      );
      sums.set(shelf, (sums.get(shelf) ?? 0) + (history.weights[place] as number));
    }
    return { ...history, shelves: Int32Array.from(sums.keys()), shelfWeights: Float64Array.from(sums.values()) };
  }

  /** The shelf of a product in a region, which stand in the index as in the shares. */
  #shelfOf(index: number): number {
    const { categoryOf } = this.#catalog;
    const product = index % categoryOf.length;
    const region = (index - product) / categoryOf.length;
    return region * this.#categoryCount + (categoryOf[product] as number);
  }

  #solveProducts(right: Float64Array, linear: Float64Array, quadratic: Float64Array): void {
    const count = this.#catalog.categoryOf.length;
    const price = new Float64Array(WIDTH);
    for (let product = 0; product < count; product++) {
      const sums = new Float64Array(SQUARE);
      const own = right.subarray(product * WIDTH, (product + 1) * WIDTH);
      for (let region = 0; region < this.#catalog.regionCount; region++) {
        const shelf = this.#shelfOf(region * count + product);
        const share = this.#shares[region * count + product] as number;
        addScaled(sums, 0, quadratic, shelf * SQUARE, share, SQUARE);
        addScaled(own, 0, linear, shelf * WIDTH, -share);
      }
      // What the price explains is not left to the style.
      price.set(sums.subarray(STYLE_DIMENSIONS * WIDTH));
      addScaled(own, 0, price, 0, -(this.#traits[product * WIDTH + STYLE_DIMENSIONS] as number));
      const left = ridge(STYLE_DIMENSIONS);
      for (let row = 0; row < STYLE_DIMENSIONS; row++) {
        addScaled(left, row * STYLE_DIMENSIONS, sums, row * WIDTH, 1, STYLE_DIMENSIONS);
      }
      this.#traits.set(solveSymmetric(left, own.subarray(0, STYLE_DIMENSIONS)), product * WIDTH);
    }
  }
}

/** By region and product; a product that nobody had to do with has the share 0. */
function sharesWithinCategory(
  histories: readonly StyleHistory[],
  { categoryOf, regionCount }: StyledCatalog,
  categoryCount: number,
): Float64Array {
  const count = categoryOf.length;
  const byRegion = new Float64Array(regionCount * count);
  const everybody = new Float64Array(count);
  for (const { region, products, weights } of histories) {
    for (let place = 0; place < products.length; place++) {
      const product = products[place] as number;
      const weight = weights[place] as number;
      byRegion[region * count + product] = (byRegion[region * count + product] as number) + weight;
      everybody[product] = (everybody[product] as number) + weight;
    }
  }
  const mean = everybody.reduce((sum, weight) => sum + weight, 0) / Math.max(count, 1);
  const drawn = byRegion.map((weight, index) => {
    const usual = everybody[index % count] as number;
    return usual === 0 ? 0 : weight + (EVERYBODY_WEIGHT * usual) / mean;
  });
  const totals = new Float64Array(regionCount * categoryCount);
  const shelfOf = (index: number): number =>
    Math.floor(index / count) * categoryCount + (categoryOf[index % count] as number);
  drawn.forEach((weight, index) => (totals[shelfOf(index)] = (totals[shelfOf(index)] as number) + weight));
  return drawn.map((weight, index) => (weight === 0 ? 0 : weight / (totals[shelfOf(index)] as number)));
}

/** Numbers between -1 and 1 without any order: where the fit begins decides nothing but must not be symmetric. */
function scatter(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) | 0) / 2 ** 31;
}

function ridge(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let index = 0; index < size; index++) matrix[index * (size + 1)] = RIDGE;
  return matrix;
}

function addScaled(
  to: Float64Array,
  toAt: number,
  from: Float64Array,
  fromAt: number,
  scale: number,
  length = WIDTH,
): void {
  for (let index = 0; index < length; index++) {
    to[toAt + index] = (to[toAt + index] as number) + scale * (from[fromAt + index] as number);
  }
}

function addOuter(to: Float64Array, toAt: number, from: Float64Array, fromAt: number, scale: number): void {
  for (let row = 0; row < WIDTH; row++) {
    addScaled(to, toAt + row * WIDTH, from, fromAt, scale * (from[fromAt + row] as number));
  }
}
