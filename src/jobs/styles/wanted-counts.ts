import type { Choices } from './choices.ts';

/** A region is believed as much as so many times everybody's counts per product. */
const EVERYBODY_WEIGHT = 5;

/** How much everybody wants the products of the catalog, by region. */
export class WantedCounts {
  readonly #productCount: number;
  readonly #countsByRegion = new Map<string, Float64Array>();

  constructor(productCount: number) {
    this.#productCount = productCount;
  }

  /** Adds what one customer chose. */
  add(region: string, { products, counts }: Pick<Choices, 'products' | 'counts'>): void {
    const sums = this.#countsByRegion.get(region) ?? new Float64Array(this.#productCount);
    this.#countsByRegion.set(region, sums);
    for (let index = 0; index < products.length; index += 1) {
      const place = products[index] as number;
      sums[place] = (sums[place] as number) + (counts[index] as number);
    }
  }

  /**
   * Calls `create` once a region, when it is first asked for, with how much the region wants each product: its own counts
   * drawn towards everybody's, above 0. A region where nobody chose anything wants what everybody wants.
   */
  byRegion<Result>(create: (wanted: Float64Array) => Result): (region: string) => Result {
    const everybody = new Float64Array(this.#productCount);
    for (const sums of this.#countsByRegion.values()) {
      sums.forEach((count, place) => (everybody[place] = (everybody[place] as number) + count));
    }
    const mean = everybody.reduce((sum, count) => sum + count, 0) / Math.max(everybody.length, 1);
    const created = new Map<string, Result>();
    return (region) => {
      const known = created.get(region);
      if (known !== undefined) return known;
      const own = this.#countsByRegion.get(region);
      const result = create(
        everybody.map((count, place) => (own?.[place] ?? 0) + (mean > 0 ? (EVERYBODY_WEIGHT * count) / mean : 0) + 1),
      );
      created.set(region, result);
      return result;
    };
  }
}
