import type { Looks } from './demand.ts';

/** Days of history that demand is estimated from; days count from 0, the first, to the last one. */
export const DEMAND_DAYS = 180;

/** A season is seen through a window of this standard deviation, in days. */
const SEASON_DAYS = 6;
/** So many looks' worth of the usual are believed beside what was counted of a region's liking of a category. */
const REGION_CATEGORY_PRIOR = 30;

/** What is wanted of the categories: each one's season, in everybody's looks, and how much each region likes it. */
export class CategoryDemand {
  readonly categoryCount: number;
  readonly regionCount: number;
  /** Looks to be expected, by region, category and day. */
  readonly expected: Float64Array;
  /** The last day's share of the category, times how much the region likes it: by region and category. */
  readonly lastShares: Float64Array;
  readonly #seasons: Float64Array;
  readonly #liked: Float64Array;
  readonly #sharesByDay = new Map<number, Float64Array>();

  constructor(looks: Looks, categoryOf: ArrayLike<number>, regionCount: number) {
    this.categoryCount = Array.from(categoryOf).reduce((most, category) => Math.max(most, category + 1), 0);
    this.regionCount = regionCount;
    const { byDay, regionDays, regionCategories } = countLooks(looks, categoryOf, regionCount, this.categoryCount);
    this.#seasons = seasonsOf(byDay, this.categoryCount);
    this.#liked = new Float64Array(regionCategories.length);
    this.expected = new Float64Array(regionCategories.length * DEMAND_DAYS);
    this.lastShares = regionCategories.map((total, at) => {
      const days = regionDays.subarray(Math.floor(at / this.categoryCount) * DEMAND_DAYS).subarray(0, DEMAND_DAYS);
      const season = this.#seasonOf(at % this.categoryCount);
      const usual = days.reduce((sum, count, day) => sum + count * (season[day] as number), 0);
      const liked = (total + REGION_CATEGORY_PRIOR) / (usual + REGION_CATEGORY_PRIOR);
      days.forEach((count, day) => (this.expected[at * DEMAND_DAYS + day] = count * (season[day] as number) * liked));
      this.#liked[at] = liked;
      return liked * (season[DEMAND_DAYS - 1] as number);
    });
  }

  /**
   * Shares of what a region wanted on a day, by category, all above 0; days before the first one are as that one, and
   * region -1 is everybody.
   */
  sharesOn(region: number, day: number): Float64Array {
    const known = Math.min(Math.max(day, 0), DEMAND_DAYS - 1);
    const key = region * DEMAND_DAYS + known;
    let shares = this.#sharesByDay.get(key);
    if (!shares) {
      shares = this.#computeShares(region, known);
      this.#sharesByDay.set(key, shares);
    }
    return shares;
  }

  #computeShares(region: number, day: number): Float64Array {
    const wanted = Float64Array.from({ length: this.categoryCount }, (_, category) => {
      const liked = region < 0 ? 1 : (this.#liked[region * this.categoryCount + category] as number);
      return liked * (this.#seasonOf(category)[day] as number);
    });
    const total = wanted.reduce((sum, one) => sum + one, 0);
    return wanted.map((one) => one / total);
  }

  #seasonOf(category: number): Float64Array {
    return this.#seasons.subarray(category * DEMAND_DAYS, (category + 1) * DEMAND_DAYS);
  }
}

interface LookCounts {
  /** By category and day. */
  readonly byDay: Float64Array;
  /** By region and day. */
  readonly regionDays: Float64Array;
  /** By region and category. */
  readonly regionCategories: Float64Array;
}

function countLooks(
  looks: Looks,
  categoryOf: ArrayLike<number>,
  regionCount: number,
  categoryCount: number,
): LookCounts {
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
  return { byDay, regionDays, regionCategories };
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

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] as number) + value;
}
