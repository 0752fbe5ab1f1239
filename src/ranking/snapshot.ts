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
  readonly prices: Float64Array;
  /** daily_staple 0, mid_range 1, premium 2; an unknown tier counts as 0, as in the reference. */
  readonly tiers: Uint8Array;
  readonly perishables: Uint8Array;
  readonly quantitiesOnHand: Int32Array;
  /** 0, an average product, where there are no statistics yet; so are the two below. */
  readonly relativePrices: Float64Array;
  readonly popularities: Float64Array;
  readonly viewPopularities: Float64Array;
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

/** Builds the columns from the rows of one region, in any order; product ids are whole numbers and unique. */
export function createSnapshot(
  region: string,
  rows: readonly SnapshotRow[],
  priors: readonly TastePriorRow[],
  asOf: Date,
): RegionSnapshot {
  const sorted = [...rows].sort(byProductId);
  const categories = encode(sorted.map((row) => row.category_id));
  const brands = encode(sorted.map((row) => row.brand));
  const nameByCategoryId = new Map(sorted.map((row) => [row.category_id, row.category_name]));
  const productIds = sorted.map((row) => row.product_id);
  const rowByProductId = new Map(productIds.map((productId, row) => [productId, row]));
  return {
    region,
    asOf,
    version: asOf.getTime(),
    productCount: sorted.length,
    productIds,
    categoryIds: categories.keys,
    categoryCodes: categories.codes,
    categoryNames: categories.keys.map((categoryId) => nameByCategoryId.get(categoryId) ?? categoryId),
    brands: brands.keys,
    brandCodes: brands.codes,
    categoryPriors: priorsOf(categories.keys, priors, 'category'),
    brandPriors: priorsOf(brands.keys, priors, 'brand'),
    prices: Float64Array.from(sorted, (row) => Number(row.price)),
    tiers: Uint8Array.from(sorted, (row) => TIER_NUMBERS.get(row.product_tier) ?? 0),
    perishables: Uint8Array.from(sorted, (row) => Number(row.is_perishable)),
    quantitiesOnHand: Int32Array.from(sorted, (row) => row.quantity_on_hand),
    relativePrices: Float64Array.from(sorted, (row) => row.relative_price ?? 0),
    popularities: Float64Array.from(sorted, (row) => row.popularity ?? 0),
    viewPopularities: Float64Array.from(sorted, (row) => row.view_popularity ?? 0),
    rowOf: (productId) => rowByProductId.get(productId),
  };
}

function byProductId(a: SnapshotRow, b: SnapshotRow): number {
  const difference = BigInt(a.product_id) - BigInt(b.product_id);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function encode(values: readonly string[]): { keys: readonly string[]; codes: Uint16Array } {
  const keys = [...new Set(values)].sort();
  const codeByKey = new Map(keys.map((key, code) => [key, code]));
  return { keys, codes: Uint16Array.from(values, (value) => codeByKey.get(value) ?? 0) };
}

function priorsOf(
  keys: readonly string[],
  priors: readonly TastePriorRow[],
  kind: TastePriorRow['kind'],
): Float64Array {
  const shares = new Map(priors.filter((prior) => prior.kind === kind).map(({ key, share }) => [key, share]));
  return Float64Array.from(keys, (key) => Math.max(shares.get(key) ?? 1 / keys.length, PRIOR_MIN));
}
