import { solveSymmetric } from './solve-symmetric.ts';

/** Numbers of a style. */
export const STYLE_DIMENSIONS = 8;

const SWEEPS = 15;
/** Draws styles towards 0: what is known of a product or customer with little behaviour is little. */
const RIDGE = 4;
const START_SCALE = 0.3;

/** How much one customer had to do with products; both lists run in parallel. */
export interface StyleHistory {
  /** Places of the products in the catalog. */
  readonly products: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/**
 * The styles of the products of the catalog: what customers have in common beyond the category, found from behaviour
 * alone. They and styles of customers are fitted such that a customer's weight on a product is what is expected of the
 * customer's weight on the category times (1 + the dot product of both styles): weighted alternating least squares on
 * what the categories do not explain. Products without any weight have the style 0. The same input gives the same styles.
 * @param categoryOf Per product of the catalog its category, from 0 on without gaps.
 * @returns STYLE_DIMENSIONS numbers per product, one product after the other.
 */
export function fitStyles(histories: readonly StyleHistory[], categoryOf: ArrayLike<number>): Float64Array {
  const fit = new StyleFit(histories, categoryOf);
  for (let sweep = 0; sweep < SWEEPS; sweep++) fit.sweep();
  return fit.styles;
}

/** A history with its weight by category, of the categories that it touches. */
interface WeighedHistory extends StyleHistory {
  readonly categories: Int32Array;
  readonly categoryWeights: Float64Array;
}

const SQUARE = STYLE_DIMENSIONS * STYLE_DIMENSIONS;

class StyleFit {
  readonly styles: Float64Array;
  readonly #histories: readonly WeighedHistory[];
  readonly #categoryOf: ArrayLike<number>;
  readonly #categoryCount: number;
  /** Per product its share of its category's weight. */
  readonly #shares: Float64Array;

  constructor(histories: readonly StyleHistory[], categoryOf: ArrayLike<number>) {
    this.#categoryOf = categoryOf;
    this.#histories = histories.map((history) => this.#weigh(history));
    this.#categoryCount = Array.from(categoryOf).reduce((most, category) => Math.max(most, category + 1), 0);
    this.#shares = sharesWithinCategory(histories, categoryOf, this.#categoryCount);
    this.styles = Float64Array.from(
      { length: categoryOf.length * STYLE_DIMENSIONS },
      (_, index) => START_SCALE * scatter(index),
    );
  }

  /** Fits the customers to the products, then the products to the customers. */
  sweep(): void {
    const solve = this.#createSolver();
    const right = new Float64Array(this.styles.length);
    // Sums over customers, per category: weight times style, and weight times the products of style numbers.
    const linear = new Float64Array(this.#categoryCount * STYLE_DIMENSIONS);
    const quadratic = new Float64Array(this.#categoryCount * SQUARE);
    for (const history of this.#histories) {
      const style = solve(history);
      const squares = new Float64Array(SQUARE);
      addOuter(squares, 0, style, 0, 1);
      for (let place = 0; place < history.products.length; place++) {
        const at = (history.products[place] as number) * STYLE_DIMENSIONS;
        addScaled(right, at, style, 0, history.weights[place] as number);
      }
      for (let index = 0; index < history.categories.length; index++) {
        const category = history.categories[index] as number;
        const weight = history.categoryWeights[index] as number;
        addScaled(linear, category * STYLE_DIMENSIONS, style, 0, weight);
        addScaled(quadratic, category * SQUARE, squares, 0, weight, SQUARE);
      }
    }
    this.#solveProducts(right, linear, quadratic);
  }

  /** What finds a customer's style for the products' styles as they are now. */
  #createSolver(): (history: WeighedHistory) => Float64Array {
    const { styles } = this;
    const linear = new Float64Array(this.#categoryCount * STYLE_DIMENSIONS);
    const quadratic = new Float64Array(this.#categoryCount * SQUARE);
    for (let product = 0; product < this.#categoryOf.length; product++) {
      const share = this.#shares[product] as number;
      addScaled(
        linear,
        (this.#categoryOf[product] as number) * STYLE_DIMENSIONS,
        styles,
        product * STYLE_DIMENSIONS,
        share,
      );
      addOuter(quadratic, (this.#categoryOf[product] as number) * SQUARE, styles, product * STYLE_DIMENSIONS, share);
    }
    return (history) => {
      const left = ridge();
      const right = new Float64Array(STYLE_DIMENSIONS);
      for (let place = 0; place < history.products.length; place++) {
        const at = (history.products[place] as number) * STYLE_DIMENSIONS;
        addScaled(right, 0, styles, at, history.weights[place] as number);
      }
      for (let index = 0; index < history.categories.length; index++) {
        const category = history.categories[index] as number;
        const weight = history.categoryWeights[index] as number;
        addScaled(left, 0, quadratic, category * SQUARE, weight, SQUARE);
        addScaled(right, 0, linear, category * STYLE_DIMENSIONS, -weight);
      }
      return solveSymmetric(left, right);
    };
  }

  #weigh({ products, weights }: StyleHistory): WeighedHistory {
    const sums = new Map<number, number>();
    for (let place = 0; place < products.length; place++) {
      const category = this.#categoryOf[products[place] as number] as number;
      sums.set(category, (sums.get(category) ?? 0) + (weights[place] as number));
    }
    return {
      products,
      weights,
      categories: Int32Array.from(sums.keys()),
      categoryWeights: Float64Array.from(sums.values()),
    };
  }

  #solveProducts(right: Float64Array, linear: Float64Array, quadratic: Float64Array): void {
    for (let product = 0; product < this.#categoryOf.length; product++) {
      const category = this.#categoryOf[product] as number;
      const share = this.#shares[product] as number;
      const left = ridge();
      addScaled(left, 0, quadratic, category * SQUARE, share, SQUARE);
      const own = right.subarray(product * STYLE_DIMENSIONS, (product + 1) * STYLE_DIMENSIONS);
      addScaled(own, 0, linear, category * STYLE_DIMENSIONS, -share);
      this.styles.set(solveSymmetric(left, own), product * STYLE_DIMENSIONS);
    }
  }
}

function sharesWithinCategory(
  histories: readonly StyleHistory[],
  categoryOf: ArrayLike<number>,
  categoryCount: number,
): Float64Array {
  const ofProduct = new Float64Array(categoryOf.length);
  const ofCategory = new Float64Array(categoryCount);
  for (const { products, weights } of histories) {
    for (let place = 0; place < products.length; place++) {
      const product = products[place] as number;
      ofProduct[product] = (ofProduct[product] as number) + (weights[place] as number);
    }
  }
  ofProduct.forEach((weight, product) => {
    ofCategory[categoryOf[product] as number] = (ofCategory[categoryOf[product] as number] as number) + weight;
  });
  return ofProduct.map((weight, product) =>
    weight === 0 ? 0 : weight / (ofCategory[categoryOf[product] as number] as number),
  );
}

/** Numbers between -1 and 1 without any order: where the fit begins decides nothing but must not be symmetric. */
function scatter(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) | 0) / 2 ** 31;
}

function ridge(): Float64Array {
  const matrix = new Float64Array(SQUARE);
  for (let index = 0; index < STYLE_DIMENSIONS; index++) matrix[index * (STYLE_DIMENSIONS + 1)] = RIDGE;
  return matrix;
}

function addScaled(
  to: Float64Array,
  toAt: number,
  from: Float64Array,
  fromAt: number,
  scale: number,
  length = STYLE_DIMENSIONS,
): void {
  for (let index = 0; index < length; index++) {
    to[toAt + index] = (to[toAt + index] as number) + scale * (from[fromAt + index] as number);
  }
}

function addOuter(to: Float64Array, toAt: number, from: Float64Array, fromAt: number, scale: number): void {
  for (let row = 0; row < STYLE_DIMENSIONS; row++) {
    addScaled(to, toAt + row * STYLE_DIMENSIONS, from, fromAt, scale * (from[fromAt + row] as number));
  }
}
