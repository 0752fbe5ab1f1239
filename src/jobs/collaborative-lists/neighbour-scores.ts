import { topK } from '../../ranking/top-k.ts';
import { transpose, type RatingTable } from './rating-table.ts';

/** A product by its place in the catalog, and what the list is ordered by. */
export interface Listed {
  readonly place: number;
  readonly score: number;
}

/** How lists are made. */
export interface NeighbourOptions {
  /** Customers whose ratings count, the customer among them. */
  readonly neighbours: number;
  /** Length of a list. */
  readonly first: number;
}

/**
 * What those rated who rate alike: a customer's neighbours are the customer and those of the greatest cosine between
 * ratings, where no rating is 0; the score of a product is the sum of its ratings by them. Equal cosines and equal scores
 * come by lower place first. Who shares no product is nobody's neighbour.
 *
 * Goes over the raters of each product that the customer rated: memory grows with ratings, never with customers times
 * products or customers times customers.
 */
export class NeighbourScores {
  readonly #byCustomer: RatingTable;
  readonly #byProduct: RatingTable;
  readonly #squaredLengths: Float64Array;
  /** By customer: the product of ratings with the one that is asked about; zeros between questions. */
  readonly #products: Float64Array;
  /** By product: the sum of the neighbours' ratings; zeros between questions. */
  readonly #sums: Float64Array;

  constructor(byCustomer: RatingTable, productCount: number) {
    this.#byCustomer = byCustomer;
    this.#byProduct = transpose(byCustomer, productCount);
    this.#squaredLengths = new Float64Array(byCustomer.rowCount);
    this.#products = new Float64Array(byCustomer.rowCount);
    this.#sums = new Float64Array(productCount);
    const { starts, ratings } = byCustomer;
    for (let row = 0; row < byCustomer.rowCount; row += 1) {
      for (let at = starts[row] as number; at < (starts[row + 1] as number); at += 1) {
        add(this.#squaredLengths, row, (ratings[at] as number) ** 2);
      }
    }
  }

  /** The best products that the customer has not rated, best first; fewer when neighbours rated fewer. */
  listOf(customer: number, { neighbours, first }: NeighbourOptions): readonly Listed[] {
    const rated = this.#columnsOf(this.#byCustomer, customer);
    const found: number[] = [];
    for (const neighbour of this.#nearest(customer, neighbours - 1)) {
      const { starts, columns, ratings } = this.#byCustomer;
      for (let at = starts[neighbour] as number; at < (starts[neighbour + 1] as number); at += 1) {
        const place = columns[at] as number;
        if (this.#sums[place] === 0) found.push(place);
        add(this.#sums, place, ratings[at] as number);
      }
    }
    for (const place of rated) this.#sums[place] = 0;
    found.sort((a, b) => a - b);
    const scores = found.map((place) => this.#sums[place] as number);
    const list = topK(scores, first)
      .map((position) => ({ place: found[position] as number, score: scores[position] as number }))
      .filter(({ score }) => score > 0);
    for (const place of found) this.#sums[place] = 0;
    return list;
  }

  /** Others of the greatest cosine. Squares are compared: they are exact, so that equal ones are equal. */
  #nearest(customer: number, count: number): readonly number[] {
    const { starts, columns, ratings } = this.#byCustomer;
    for (let at = starts[customer] as number; at < (starts[customer + 1] as number); at += 1) {
      this.#addRaters(columns[at] as number, ratings[at] as number);
    }
    const products = this.#products;
    products[customer] = 0;
    const nearest: { row: number; squaredCosine: number }[] = [];
    let least = 0;
    for (let row = 0; row < products.length; row += 1) {
      const squaredCosine = (products[row] as number) ** 2 / (this.#squaredLengths[row] as number);
      if (!(squaredCosine > least)) continue;
      const place = nearest.findIndex((other) => other.squaredCosine < squaredCosine);
      nearest.splice(place < 0 ? nearest.length : place, 0, { row, squaredCosine });
      if (nearest.length > count) nearest.pop();
      if (nearest.length === count) least = nearest.at(-1)?.squaredCosine ?? Infinity;
    }
    products.fill(0);
    return nearest.map(({ row }) => row);
  }

  #addRaters(product: number, rating: number): void {
    const { starts, columns, ratings } = this.#byProduct;
    const products = this.#products;
    for (let at = starts[product] as number, end = starts[product + 1] as number; at < end; at += 1) {
      const row = columns[at] as number;
      products[row] = (products[row] as number) + rating * (ratings[at] as number);
    }
  }

  #columnsOf({ starts, columns }: RatingTable, row: number): Int32Array {
    return columns.subarray(starts[row], starts[row + 1]);
  }
}

function add(to: Float64Array, at: number, value: number): void {
  to[at] = (to[at] as number) + value;
}
