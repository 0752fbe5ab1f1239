import { AGE_BANDS } from './age-bands.ts';
import type { Steps } from './forest/product-order.ts';
import type { SnapshotRow, TastePriorRow } from './signals.ts';

/**
 * Everything that a region keeps, as columns. Rows are ordered by numeric product id, so that an earlier row is a
 * smaller id. Holds products that are out of stock too: `quantityOnHand` is 0 there. Never changes.
 */
export interface RegionSnapshot {
  readonly region: string;
  /** When its stock was read. */
  readonly asOf: Date;
  /** Milliseconds of `asOf`: a newer snapshot of the region has a greater one. */
  readonly version: number;
  readonly productCount: number;
  readonly productIds: readonly string[];
  /** Category ids; a category's place is its code. */
  readonly categoryIds: readonly string[];
  readonly categoryCodes: Uint16Array;
  /** Names to show, by code. */
  readonly categoryNames: readonly string[];
  /** Brands; a brand's place is its code. */
  readonly brands: readonly string[];
  readonly brandCodes: Uint16Array;
  /** Share of everybody's taste that falls on a category, by code; greater than 0. */
  readonly categoryPriors: Float64Array;
  /** The same for brands. */
  readonly brandPriors: Float64Array;
  /** By age band and then category code: ln of the band's share of the category over everybody's. */
  readonly ageCategoryLifts: readonly Float64Array[];
  /** By category code: the brands sold in it by code, with their shares of what is wanted of the category. */
  readonly brandShares: readonly ReadonlyMap<number, number>[];
  readonly prices: Float64Array;
  /** daily_staple 0, mid_range 1, premium 2; an unknown tier counts as 0, as in the reference. */
  readonly tiers: Uint8Array;
  readonly perishables: Uint8Array;
  readonly quantitiesOnHand: Int32Array;
  /** 0, an average product, where there are no statistics yet; so are the two below. */
  readonly relativePrices: Float64Array;
  readonly popularities: Float64Array;
  readonly viewPopularities: Float64Array;
  readonly recentPopularities: Float64Array;
  readonly categoryTrends: Float64Array;
  readonly repeatRates: Float64Array;
  /** Days after which customers buy it again; NaN where nobody did. */
  readonly repeatDays: Float64Array;
  /** How likely it is used up and bought again after these days. */
  readonly repeatChances: Float64Array;
  /** ln of how much more it will be wanted than an average product. */
  readonly demands: Float64Array;
  /** One column per number of a style; no columns when styles are not known. */
  readonly styles: readonly Float64Array[];
  /** Milliseconds of the moment that the statistics speak for; NaN when there are none. */
  readonly statisticsAsOf: number;
  /** The row of a product; undefined when the region does not keep it. */
  rowOf(productId: string): number | undefined;
}

/** A share below this would make the logarithm of a lift explode for a category that hardly anybody touched. */
const PRIOR_MIN = 1e-5;

const TIER_NUMBERS = new Map([
  ['daily_staple', 0],
  ['mid_range', 1],
  ['premium', 2],
]);

/** Rows looked at between two steps. */
const CHUNK = 2048;

/** Builds the columns from the rows of one region, in any order; product ids are whole numbers and unique. */
export function createSnapshot(...parameters: Parameters<typeof snapshotSteps>): RegionSnapshot {
  const steps = snapshotSteps(...parameters);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in short steps, of rows that are ordered already; others are sorted in one long step. */
export function* snapshotSteps(
  region: string,
  rows: readonly SnapshotRow[],
  priors: readonly TastePriorRow[],
  asOf: Date,
): Steps<RegionSnapshot> {
  const sorted = yield* inOrder(rows);
  const categories = yield* encode(sorted, (row) => row.category_id);
  const brands = yield* encode(sorted, (row) => row.brand);
  const names: string[] = [];
  const productIds: string[] = [];
  const rowByProductId = new Map<string, number>();
  yield* forEachRow(sorted, (row, index) => {
    names[categories.codes[index] as number] = row.category_name;
    productIds.push(row.product_id);
    rowByProductId.set(row.product_id, index);
  });
  const numbers = (valueOf: (row: SnapshotRow) => number): Steps<Float64Array> =>
    fill(new Float64Array(sorted.length), sorted, valueOf);
  return {
    region,
    asOf,
    version: asOf.getTime(),
    productCount: sorted.length,
    productIds,
    categoryIds: categories.keys,
    categoryCodes: categories.codes,
    categoryNames: names,
    brands: brands.keys,
    brandCodes: brands.codes,
    categoryPriors: priorsOf(categories.keys, priors, 'category'),
    brandPriors: priorsOf(brands.keys, priors, 'brand'),
    ageCategoryLifts: ageCategoryLiftsOf(categories.keys, priors),
    brandShares: yield* brandSharesOf(sorted, categories, brands.codes),
    prices: yield* numbers((row) => Number(row.price)),
    tiers: yield* fill(new Uint8Array(sorted.length), sorted, (row) => TIER_NUMBERS.get(row.product_tier) ?? 0),
    perishables: yield* fill(new Uint8Array(sorted.length), sorted, (row) => Number(row.is_perishable)),
    quantitiesOnHand: yield* fill(new Int32Array(sorted.length), sorted, (row) => row.quantity_on_hand),
    relativePrices: yield* numbers((row) => row.relative_price ?? 0),
    popularities: yield* numbers((row) => row.popularity ?? 0),
    viewPopularities: yield* numbers((row) => row.view_popularity ?? 0),
    recentPopularities: yield* numbers((row) => row.recent_popularity ?? 0),
    categoryTrends: yield* numbers((row) => row.category_trend ?? 0),
    demands: yield* numbers((row) => row.demand ?? demandByPopularity(row)),
    ...(yield* repeatsOf(sorted)),
    styles: yield* stylesOf(sorted),
    statisticsAsOf: sorted.find((row) => row.statistics_as_of !== null)?.statistics_as_of?.getTime() ?? NaN,
    rowOf: (productId) => rowByProductId.get(productId),
  };
}

/** A product of which so many purchases are followed by another one is used up for certain. */
const REPEAT_RATE_CERTAIN = 0.25;

function* repeatsOf(
  rows: readonly SnapshotRow[],
): Steps<Pick<RegionSnapshot, 'repeatRates' | 'repeatDays' | 'repeatChances'>> {
  const numbers = (valueOf: (row: SnapshotRow) => number): Steps<Float64Array> =>
    fill(new Float64Array(rows.length), rows, valueOf);
  return {
    repeatRates: yield* numbers((row) => row.repeat_rate ?? 0),
    repeatDays: yield* numbers((row) => row.repeat_interval ?? row.repeat_days ?? NaN),
    repeatChances: yield* numbers((row) => row.repeat_chance ?? repeatChanceByRate(row)),
  };
}

function repeatChanceByRate({ repeat_rate: rate }: SnapshotRow): number {
  return Math.min((rate ?? 0) / REPEAT_RATE_CERTAIN, 1);
}

/** What comes closest to demand where it was not estimated: the weights are those of a regression on demo data. */
function demandByPopularity(row: SnapshotRow): number {
  return (
    0.3 * (row.popularity ?? 0) +
    0.4 * (row.view_popularity ?? 0) +
    0.33 * (row.recent_popularity ?? 0) +
    0.85 * (row.category_trend ?? 0)
  );
}

function* forEachRow(rows: readonly SnapshotRow[], visit: (row: SnapshotRow, index: number) => void): Steps<void> {
  for (let index = 0; index < rows.length; index += 1) {
    if (index % CHUNK === 0) yield;
    visit(rows[index] as SnapshotRow, index);
  }
}

function* fill<Column extends Float64Array | Int32Array | Uint8Array | Uint16Array>(
  column: Column,
  rows: readonly SnapshotRow[],
  valueOf: (row: SnapshotRow) => number,
): Steps<Column> {
  yield* forEachRow(rows, (row, index) => (column[index] = valueOf(row)));
  return column;
}

/** By product id. The statement orders its rows, so that as a rule there is nothing to sort. */
function* inOrder(rows: readonly SnapshotRow[]): Steps<readonly SnapshotRow[]> {
  let [last, isOrdered] = [-1n, true];
  yield* forEachRow(rows, ({ product_id: productId }) => {
    const id = BigInt(productId);
    isOrdered &&= last < id;
    last = id;
  });
  return isOrdered ? rows : [...rows].sort(byProductId);
}

function byProductId(a: SnapshotRow, b: SnapshotRow): number {
  const difference = BigInt(a.product_id) - BigInt(b.product_id);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function* encode(
  rows: readonly SnapshotRow[],
  keyOf: (row: SnapshotRow) => string,
): Steps<{ keys: readonly string[]; codes: Uint16Array }> {
  const found = new Set<string>();
  yield* forEachRow(rows, (row) => found.add(keyOf(row)));
  const keys = [...found].sort();
  const codeByKey = new Map(keys.map((key, code) => [key, code]));
  const codes = yield* fill(new Uint16Array(rows.length), rows, (row) => codeByKey.get(keyOf(row)) ?? 0);
  return { keys, codes };
}

function priorsOf(
  keys: readonly string[],
  priors: readonly TastePriorRow[],
  kind: TastePriorRow['kind'],
): Float64Array {
  const shares = new Map(priors.filter((prior) => prior.kind === kind).map(({ key, share }) => [key, share]));
  return Float64Array.from(keys, (key) => Math.max(shares.get(key) ?? 1 / keys.length, PRIOR_MIN));
}

/** A category of which a band has no share is neither liked nor disliked in it. */
function ageCategoryLiftsOf(categoryIds: readonly string[], priors: readonly TastePriorRow[]): Float64Array[] {
  const shares = new Map(priors.map(({ kind, key, share }) => [`${kind}:${key}`, share]));
  return Array.from({ length: AGE_BANDS }, (_, band) =>
    Float64Array.from(categoryIds, (categoryId) => {
      const ofBand = shares.get(`age_category:${String(band)}:${categoryId}`);
      const ofAll = shares.get(`category:${categoryId}`);
      return ofBand === undefined || ofAll === undefined ? 0 : Math.log(ofBand / ofAll);
    }),
  );
}

function* brandSharesOf(
  rows: readonly SnapshotRow[],
  categories: { readonly keys: readonly string[]; readonly codes: Uint16Array },
  brandCodes: Uint16Array,
): Steps<Map<number, number>[]> {
  const shares = categories.keys.map(() => new Map<number, number>());
  const totals = new Float64Array(categories.keys.length);
  yield* forEachRow(rows, (row, index) => {
    const category = categories.codes[index] as number;
    const brand = brandCodes[index] as number;
    const wanted = Math.exp(row.popularity ?? 0);
    shares[category]?.set(brand, (shares[category].get(brand) ?? 0) + wanted);
    totals[category] = (totals[category] as number) + wanted;
  });
  shares.forEach((ofCategory, category) => {
    for (const [brand, wanted] of ofCategory) ofCategory.set(brand, wanted / (totals[category] as number));
  });
  return shares;
}

function* stylesOf(rows: readonly SnapshotRow[]): Steps<Float64Array[]> {
  let dimensions = 0;
  yield* forEachRow(rows, ({ style }) => {
    dimensions = Math.max(dimensions, Object.keys(style ?? {}).length);
  });
  const styles: Float64Array[] = [];
  for (let dimension = 0; dimension < dimensions; dimension += 1) {
    const name = String(dimension);
    styles.push(yield* fill(new Float64Array(rows.length), rows, (row) => row.style?.[name] ?? 0));
  }
  return styles;
}
