import { CATEGORIES } from './assortment.ts';
import type { Catalog } from './catalog.ts';
import { HISTORY_DAYS } from './customers.ts';
import { Random } from './random.ts';
import { REGIONS } from './regions.ts';

const BURST_SHARE = 0.2;
const BURST_LOGIT = 1.2;
const SEASON_LOGIT = 0.5;

/** What a region's customers want on a day, apart from their own tastes. */
export interface DayDemand {
  /** Per product a weight above 0. */
  readonly weights: Float64Array;
  /** Running sums of `weights`; the last one is the total. */
  readonly cumulative: Float64Array;
}

/** The demand of a region (index into REGIONS) on a day from the beginning of the history. */
export type Demand = (region: number, day: number) => DayDemand;

/** A passing fashion: on these days a product is wanted more. */
interface Burst {
  readonly firstDay: number;
  readonly lastDay: number;
}

/** The demand of a seed: popularity, regional likes, passing fashions and seasons. Each day is computed once. */
export function createDemand(seed: number, catalog: Catalog): Demand {
  const random = new Random(seed, 'demand');
  const seasons = CATEGORIES.map(() => random.between(0, 2 * Math.PI));
  const regions = REGIONS.map(() => createRegionDemand(random, catalog));
  const computed = new Map<number, DayDemand>();
  return (region, day) => {
    const key = day * REGIONS.length + region;
    let demand = computed.get(key);
    if (!demand) {
      demand = demandOn(day, catalog, seasons, regions[region] ?? []);
      computed.set(key, demand);
    }
    return demand;
  };
}

interface ProductDemand {
  readonly weight: number;
  readonly burst: Burst | null;
}

function createRegionDemand(random: Random, { products }: Catalog): ProductDemand[] {
  const categories = CATEGORIES.map(() => random.normal(0.35));
  return products.map((product) => ({
    weight: Math.exp(product.popularity + (categories[product.category] ?? 0) + random.normal(0.3)),
    burst: random.chance(BURST_SHARE) ? createBurst(random) : null,
  }));
}

function createBurst(random: Random): Burst {
  const days = random.integer(15, 45);
  const firstDay = random.integer(-days, HISTORY_DAYS);
  return { firstDay, lastDay: firstDay + days - 1 };
}

function demandOn(
  day: number,
  { products }: Catalog,
  seasons: readonly number[],
  region: readonly ProductDemand[],
): DayDemand {
  const seasonFactors = seasons.map((phase) =>
    Math.exp(SEASON_LOGIT * Math.sin((2 * Math.PI * day) / HISTORY_DAYS + phase)),
  );
  const weights = new Float64Array(products.length);
  const cumulative = new Float64Array(products.length);
  let total = 0;
  for (const [id, { weight, burst }] of region.entries()) {
    const isBurst = burst !== null && burst.firstDay <= day && day <= burst.lastDay;
    const wanted = weight * (seasonFactors[products[id]?.category ?? 0] ?? 1) * (isBurst ? Math.exp(BURST_LOGIT) : 1);
    total += wanted;
    weights[id] = wanted;
    cumulative[id] = total;
  }
  return { weights, cumulative };
}
