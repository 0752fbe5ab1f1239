import { DEMAND_DAYS, type CategoryDemand } from './category-demand.ts';

/** Days ahead that demand is meant for. */
const DAYS_AHEAD = 14;
/** While a product is in fashion it is wanted so many times as much. */
const FASHION_FACTOR = 3.3;
/** Share of the products of a region that are in fashion at a time. */
const FASHION_SHARE = 0.03;
const FASHION_DAYS = 30;
/** Chances from one day to the next. */
const FASHION_ENDS = 1 / FASHION_DAYS;
const FASHION_BEGINS = (FASHION_SHARE / (1 - FASHION_SHARE)) * FASHION_ENDS;
/** So many looks' worth of the usual are believed beside what was counted: of a product's share of its category, */
const PRODUCT_PRIOR = 3;
/** of a region's liking of a product. */
const REGION_PRODUCT_PRIOR = 11;
const ROUNDS = 3;
/** Evidence of a single day is held to e to this. */
const EVIDENCE_MAX = 30;

/** How often something was wanted on a day, in any order; all lists run in parallel. */
export interface Looks {
  /** Regions from 0 on. */
  readonly regions: ArrayLike<number>;
  /** Places of the products in the catalog. */
  readonly products: ArrayLike<number>;
  readonly days: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/**
 * How much each region will want each product in the next two weeks: ln of how many times as much as an average product,
 * at [region * products + product]. A product's share of its category, a region's liking of the category and of the
 * product, and the season are found by counting, drawn towards what is usual; then a hidden Markov model of two states
 * says day by day how likely the product was in fashion, which is taken off the counts and carried ahead. The same looks
 * give the same demand. All zeros when there are none.
 * @param categoryOf Per product of the catalog its category, from 0 on without gaps.
 * @param categories Of the same looks.
 */
export function estimateDemand(looks: Looks, categoryOf: ArrayLike<number>, categories: CategoryDemand): Float64Array {
  if (looks.products.length === 0) return new Float64Array(categories.regionCount * categoryOf.length);
  const estimate = new DemandEstimate(looks, categoryOf, categories);
  for (let round = 0; round < ROUNDS; round += 1) estimate.refine();
  return estimate.demand();
}

class DemandEstimate {
  readonly #categoryOf: ArrayLike<number>;
  readonly #categories: CategoryDemand;
  readonly #productCount: number;
  readonly #series: DailySeries;
  /** What was to be expected of a product that had the whole category, fashions included: by region and product. */
  readonly #exposure: Float64Array;
  /** The product's share of its category, as the region likes it: by region and product. */
  readonly #shares: Float64Array;
  readonly #factorAhead: Float64Array;

  constructor(looks: Looks, categoryOf: ArrayLike<number>, categories: CategoryDemand) {
    const { regionCount } = categories;
    this.#categoryOf = categoryOf;
    this.#categories = categories;
    this.#productCount = categoryOf.length;
    this.#series = new DailySeries(looks, this.#productCount, regionCount);
    const seriesCount = regionCount * this.#productCount;
    this.#exposure = Float64Array.from({ length: seriesCount }, (_, series) =>
      this.#expectedOf(series).reduce((sum, count) => sum + count, 0),
    );
    this.#shares = new Float64Array(seriesCount);
    this.#factorAhead = new Float64Array(seriesCount);
  }

  /** Shares for the fashions as they are known now, then the fashions for these shares. */
  refine(): void {
    this.#estimateShares();
    for (let series = 0; series < this.#shares.length; series += 1) this.#followFashion(series);
  }

  demand(): Float64Array {
    const logCount = Math.log(this.#productCount);
    return this.#shares.map((share, series) => {
      const category = this.#categories.lastShares[this.#categorySeries(series)] as number;
      return Math.log(share * category * (this.#factorAhead[series] as number)) + logCount;
    });
  }

  #estimateShares(): void {
    const products = this.#productCount;
    const wanted = new Float64Array(products);
    const exposed = new Float64Array(products);
    this.#series.totals.forEach((total, series) => {
      const product = series % products;
      wanted[product] = (wanted[product] as number) + total;
      exposed[product] = (exposed[product] as number) + (this.#exposure[series] as number);
    });
    const usual = usualShares(wanted, exposed, this.#categoryOf, this.#categories.categoryCount);
    this.#series.totals.forEach((total, series) => {
      const product = series % products;
      const prior = usual[this.#categoryOf[product] as number] as number;
      const share =
        ((wanted[product] as number) + PRODUCT_PRIOR) / ((exposed[product] as number) + PRODUCT_PRIOR / prior);
      const liked =
        (total + REGION_PRODUCT_PRIOR) / ((this.#exposure[series] as number) * share + REGION_PRODUCT_PRIOR);
      this.#shares[series] = share * liked;
    });
  }

  /** Forward through the days, then back, for how likely the product was in fashion on each. */
  #followFashion(series: number): void {
    const expected = this.#expectedOf(series);
    const share = this.#shares[series] as number;
    const counts = this.#series.countsOf(series);
    const known = new Float64Array(DEMAND_DAYS);
    let chance = FASHION_SHARE;
    for (let day = 0; day < DEMAND_DAYS; day += 1) {
      if (day > 0) chance = nextDay(chance);
      const evidence =
        (counts[day] as number) * Math.log(FASHION_FACTOR) - (FASHION_FACTOR - 1) * share * (expected[day] as number);
      const odds = Math.exp(Math.min(Math.max(evidence, -EVIDENCE_MAX), EVIDENCE_MAX));
      chance = (chance * odds) / (chance * odds + 1 - chance);
      known[day] = chance;
    }
    this.#factorAhead[series] = factorAhead(chance);
    let exposure = 0;
    for (let day = DEMAND_DAYS - 1; day >= 0; day -= 1) {
      if (day < DEMAND_DAYS - 1) chance = lookingBack(known[day] as number, chance);
      exposure += (expected[day] as number) * (1 + (FASHION_FACTOR - 1) * chance);
    }
    this.#exposure[series] = exposure;
  }

  #expectedOf(series: number): Float64Array {
    const start = this.#categorySeries(series) * DEMAND_DAYS;
    return this.#categories.expected.subarray(start, start + DEMAND_DAYS);
  }

  #categorySeries(series: number): number {
    const region = Math.floor(series / this.#productCount);
    const category = this.#categoryOf[series % this.#productCount] as number;
    return region * this.#categories.categoryCount + category;
  }
}

/** Looks sorted by region and product. */
class DailySeries {
  /** Weight of all days, by region and product. */
  readonly totals: Float64Array;
  readonly #starts: Int32Array;
  readonly #days: Int16Array;
  readonly #weights: Float32Array;
  readonly #counts = new Float64Array(DEMAND_DAYS);

  constructor({ regions, products, days, weights }: Looks, productCount: number, regionCount: number) {
    const seriesOf = (look: number): number => (regions[look] as number) * productCount + (products[look] as number);
    this.totals = new Float64Array(regionCount * productCount);
    this.#starts = new Int32Array(this.totals.length + 1);
    for (let look = 0; look < products.length; look += 1) {
      const series = seriesOf(look);
      this.totals[series] = (this.totals[series] as number) + (weights[look] as number);
      this.#starts[series + 1] = (this.#starts[series + 1] as number) + 1;
    }
    let end = 0;
    this.#starts.forEach((count, series) => (this.#starts[series] = end += count));
    this.#days = new Int16Array(products.length);
    this.#weights = new Float32Array(products.length);
    const next = this.#starts.slice();
    for (let look = 0; look < products.length; look += 1) {
      const series = seriesOf(look);
      const at = next[series] as number;
      next[series] = at + 1;
      this.#days[at] = days[look] as number;
      this.#weights[at] = weights[look] as number;
    }
  }

  /** By day; good until the next call. */
  countsOf(series: number): Float64Array {
    const counts = this.#counts.fill(0);
    for (let at = this.#starts[series] as number; at < (this.#starts[series + 1] as number); at += 1) {
      const day = this.#days[at] as number;
      counts[day] = (counts[day] as number) + (this.#weights[at] as number);
    }
    return counts;
  }
}

/** By category: what share of their category its products have in the middle, above 0. */
function usualShares(
  wanted: Float64Array,
  exposed: Float64Array,
  categoryOf: ArrayLike<number>,
  categoryCount: number,
): Float64Array {
  const sums = new Float64Array(categoryCount);
  const exposures = new Float64Array(categoryCount);
  wanted.forEach((count, product) => {
    add(sums, categoryOf[product] as number, count);
    add(exposures, categoryOf[product] as number, exposed[product] as number);
  });
  return sums.map((sum, category) => (sum + 1) / ((exposures[category] as number) + wanted.length));
}

function nextDay(chance: number): number {
  return chance * (1 - FASHION_ENDS) + (1 - chance) * FASHION_BEGINS;
}

/** How likely it was in fashion on a day: `known` is what the days up to it say, `after` the chance of the next day. */
function lookingBack(known: number, after: number): number {
  const predicted = nextDay(known);
  return (after * known * (1 - FASHION_ENDS)) / predicted + ((1 - after) * known * FASHION_ENDS) / (1 - predicted);
}

/** How many times as much as usual it will be wanted on average. */
function factorAhead(chance: number): number {
  let [sum, next] = [0, chance];
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    next = nextDay(next);
    sum += 1 + (FASHION_FACTOR - 1) * next;
  }
  return sum / DAYS_AHEAD;
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] as number) + value;
}
