/**
 * Days of history that demand is estimated from; days count from 0, the first, to the last one.
 * @internal Exported for tests.
 */
export const DEMAND_DAYS = 180;

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
/** A season is seen through a window of this standard deviation, in days. */
const SEASON_DAYS = 6;
/** So many looks' worth of the usual are believed beside what was counted: of a region's liking of a category, */
const REGION_CATEGORY_PRIOR = 30;
/** of a product's share of its category, */
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
 */
export function estimateDemand(looks: Looks, categoryOf: ArrayLike<number>, regionCount: number): Float64Array {
  if (looks.products.length === 0) return new Float64Array(regionCount * categoryOf.length);
  const estimate = new DemandEstimate(looks, categoryOf, regionCount);
  for (let round = 0; round < ROUNDS; round += 1) estimate.refine();
  return estimate.demand();
}

class DemandEstimate {
  readonly #categoryOf: ArrayLike<number>;
  readonly #regionCount: number;
  readonly #productCount: number;
  readonly #series: DailySeries;
  /** How much of its category is to be expected: by region, category and day. */
  readonly #expected: Float64Array;
  /** The last day's share of the category, times how much the region likes it: by region and category. */
  readonly #categoryShares: Float64Array;
  /** What was to be expected of a product that had the whole category, fashions included: by region and product. */
  readonly #exposure: Float64Array;
  /** The product's share of its category, as the region likes it: by region and product. */
  readonly #shares: Float64Array;
  readonly #factorAhead: Float64Array;

  constructor(looks: Looks, categoryOf: ArrayLike<number>, regionCount: number) {
    this.#categoryOf = categoryOf;
    this.#regionCount = regionCount;
    this.#productCount = categoryOf.length;
    this.#series = new DailySeries(looks, this.#productCount, regionCount);
    const categories = categoriesByDay(looks, categoryOf, regionCount);
    this.#expected = categories.expected;
    this.#categoryShares = categories.shares;
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
      const category = this.#categoryShares[this.#categorySeries(series)] as number;
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
    const usual = usualShares(wanted, exposed, this.#categoryOf);
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
    return this.#expected.subarray(start, start + DEMAND_DAYS);
  }

  #categorySeries(series: number): number {
    const region = Math.floor(series / this.#productCount);
    const category = this.#categoryOf[series % this.#productCount] as number;
    return region * (this.#categoryShares.length / this.#regionCount) + category;
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

interface CategoriesByDay {
  readonly expected: Float64Array;
  readonly shares: Float64Array;
}

/** Each category's season, in everybody's looks, and how much each region likes the category. */
function categoriesByDay(looks: Looks, categoryOf: ArrayLike<number>, regionCount: number): CategoriesByDay {
  const categoryCount = categoryCountOf(categoryOf);
  const byDay = new Float64Array(categoryCount * DEMAND_DAYS);
  const regionDays = new Float64Array(regionCount * DEMAND_DAYS);
  const regionCategories = new Float64Array(regionCount * categoryCount);
  for (let look = 0; look < looks.products.length; look += 1) {
    const [region, day, weight] = [
      looks.regions[look] as number,
      looks.days[look] as number,
      looks.weights[look] as number,
    ];
    const category = categoryOf[looks.products[look] as number] as number;
    add(byDay, category * DEMAND_DAYS + day, weight);
    add(regionDays, region * DEMAND_DAYS + day, weight);
    add(regionCategories, region * categoryCount + category, weight);
  }
  const seasons = seasonsOf(byDay, categoryCount);
  const expected = new Float64Array(regionCount * categoryCount * DEMAND_DAYS);
  const shares = regionCategories.map((total, at) => {
    const days = regionDays.subarray(Math.floor(at / categoryCount) * DEMAND_DAYS).subarray(0, DEMAND_DAYS);
    const season = seasons.subarray((at % categoryCount) * DEMAND_DAYS).subarray(0, DEMAND_DAYS);
    const usual = days.reduce((sum, count, day) => sum + count * (season[day] as number), 0);
    const liked = (total + REGION_CATEGORY_PRIOR) / (usual + REGION_CATEGORY_PRIOR);
    days.forEach((count, day) => (expected[at * DEMAND_DAYS + day] = count * (season[day] as number) * liked));
    return liked * (season[DEMAND_DAYS - 1] as number);
  });
  return { expected, shares };
}

/** Each category's share of what is wanted, by day, smoothed; a category is never left without one look a day. */
function seasonsOf(byDay: Float64Array, categoryCount: number): Float64Array {
  const window = Float64Array.from({ length: DEMAND_DAYS }, (_, distance) =>
    Math.exp(-0.5 * (distance / SEASON_DAYS) ** 2),
  );
  const seasons = byDay.map((_, at) => {
    const day = at % DEMAND_DAYS;
    let sum = 1;
    for (let other = 0; other < DEMAND_DAYS; other += 1) {
      sum += (window[Math.abs(day - other)] as number) * (byDay[at - day + other] as number);
    }
    return sum;
  });
  for (let day = 0; day < DEMAND_DAYS; day += 1) {
    let total = 0;
    for (let category = 0; category < categoryCount; category += 1)
      total += seasons[category * DEMAND_DAYS + day] as number;
    for (let category = 0; category < categoryCount; category += 1) {
      const at = category * DEMAND_DAYS + day;
      seasons[at] = (seasons[at] as number) / total;
    }
  }
  return seasons;
}

/** By category: what share of their category its products have in the middle, above 0. */
function usualShares(wanted: Float64Array, exposed: Float64Array, categoryOf: ArrayLike<number>): Float64Array {
  const categoryCount = categoryCountOf(categoryOf);
  const sums = new Float64Array(categoryCount);
  const exposures = new Float64Array(categoryCount);
  wanted.forEach((count, product) => {
    add(sums, categoryOf[product] as number, count);
    add(exposures, categoryOf[product] as number, exposed[product] as number);
  });
  return sums.map((sum, category) => (sum + 1) / ((exposures[category] as number) + wanted.length));
}

function categoryCountOf(categoryOf: ArrayLike<number>): number {
  return Array.from(categoryOf).reduce((most, category) => Math.max(most, category + 1), 0);
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
