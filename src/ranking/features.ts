import type { CustomerFeaturesRow, CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

/**
 * What a feature depends on besides the customer: nothing, the product, its category, its brand, its price (on either
 * axis), a few products the customer touched (the others share one value), or all of it.
 */
export type FeatureKind = 'customer' | 'product' | 'category' | 'brand' | 'price' | 'pair' | 'dense';

/** One customer against one snapshot: what every feature is computed from. */
export interface FeatureContext {
  readonly snapshot: RegionSnapshot;
  readonly features: CustomerFeaturesRow;
  readonly tastes: CustomerTastesRow;
  /** By category code. */
  readonly categoryShares: Float64Array;
  readonly categoryLifts: Float64Array;
  /** By brand code. */
  readonly brandShares: Float64Array;
  readonly brandLifts: Float64Array;
}

/** The value of a feature for a row of the snapshot; NaN is a missing value. */
export type ReadFeature = (row: number) => number;

/** How one feature is computed. `prepare` does the work of a request once, so that reading a row is a lookup. */
export interface Feature {
  readonly kind: FeatureKind;
  readonly prepare: (context: FeatureContext) => ReadFeature;
}

/** Weight of the prior in a share: a customer with this much event weight is believed half. */
const PRIOR_WEIGHT = 6;
const PRICE_GAP_WEIGHT = 0.35;
const PRICE_GAP_SQUARED_MAX = 9;
const SPEND_MATCH_MAX = 5;
/** Days since a purchase that never was, or was too long ago to be kept. */
const NOT_BOUGHT_DAYS = 999;

/** Every feature that a manifest may name. Training and serving both compute with these functions. */
export const FEATURES: ReadonlyMap<string, Feature> = new Map([
  ['prior_score', { kind: 'dense', prepare: priorScore }],
  ['category_lift', category((context) => context.categoryLifts)],
  ['category_share', category((context) => context.categoryShares)],
  ['brand_lift', brand((context) => context.brandLifts)],
  ['brand_share', brand((context) => context.brandShares)],
  ['relative_price', product((snapshot) => snapshot.relativePrices)],
  ['popularity', product((snapshot) => snapshot.popularities)],
  ['view_popularity', product((snapshot) => snapshot.viewPopularities)],
  ['price', product((snapshot) => snapshot.prices)],
  ['product_tier', product((snapshot) => snapshot.tiers)],
  ['is_perishable', product((snapshot) => snapshot.perishables)],
  ['relative_price_gap', relativePriceGap((tastes) => tastes.relative_price_mean)],
  ['relative_price_gap_bought', relativePriceGap((tastes) => tastes.relative_price_mean_bought)],
  ['price_ratio', priceAgainst((features) => features.avg_browsed_price, Infinity)],
  ['spend_match', priceAgainst((features) => features.avg_order_value, SPEND_MATCH_MAX)],
  ['recent_weight', pair((tastes) => tastes.recent_products, 0)],
  ['days_since_bought', pair((tastes) => tastes.bought_products, NOT_BOUGHT_DAYS)],
  ['total_weight', customer((_, tastes) => tastes.total_weight)],
  ['age', customer((features) => features.age ?? NaN)],
  ['tenure_months', customer((features) => features.tenure_months)],
  ['loyalty_tier_num', customer((features) => features.loyalty_tier_num)],
  ['total_orders', customer((features) => features.total_orders)],
  ['lifetime_spend', customer((features) => features.lifetime_spend)],
  ['avg_order_value', customer((features) => features.avg_order_value)],
  ['days_since_purchase', customer((features) => features.days_since_purchase)],
  ['engagement_score', customer((features) => features.engagement_score)],
  ['avg_browsed_price', customer((features) => features.avg_browsed_price)],
]);

/** Does the work that several features and the reasons share. */
export function createFeatureContext(
  snapshot: RegionSnapshot,
  features: CustomerFeaturesRow,
  tastes: CustomerTastesRow,
): FeatureContext {
  const { categoryIds, categoryPriors, brands, brandPriors } = snapshot;
  const categoryShares = sharesOf(categoryIds, categoryPriors, tastes.category_weights, tastes.total_weight);
  const brandShares = sharesOf(brands, brandPriors, tastes.brand_weights, tastes.total_weight);
  return {
    snapshot,
    features,
    tastes,
    categoryShares,
    categoryLifts: liftsOf(categoryShares, categoryPriors),
    brandShares,
    brandLifts: liftsOf(brandShares, brandPriors),
  };
}

/**
 * Computes features for some rows of the snapshot into a row-major matrix: one row per element of `rows`, one column
 * per element of `features`.
 */
export function fillFeatures(
  features: readonly Feature[],
  context: FeatureContext,
  rows: Int32Array,
  matrix: Float32Array,
): void {
  const width = features.length;
  features.forEach((feature, column) => {
    const read = feature.prepare(context);
    for (let index = 0, cell = column; index < rows.length; index += 1, cell += width) {
      matrix[cell] = read(rows[index] as number);
    }
  });
}

/** What being away from the customer's usual relative price costs in the prior score, 0 or more. */
export function priceGapPenalty({ snapshot, tastes }: FeatureContext): ReadFeature {
  const { relativePrices } = snapshot;
  const usual = tastes.relative_price_mean;
  return (row) => {
    const gap = (relativePrices[row] as number) - usual;
    return PRICE_GAP_WEIGHT * Math.min(gap * gap, PRICE_GAP_SQUARED_MAX);
  };
}

/** The untrained score that trees find hard to add up by themselves. */
function priorScore(context: FeatureContext): ReadFeature {
  const { popularities, categoryCodes, brandCodes } = context.snapshot;
  const { categoryLifts, brandLifts } = context;
  const penalty = priceGapPenalty(context);
  return (row) =>
    (popularities[row] as number) +
    (categoryLifts[categoryCodes[row] as number] as number) +
    (brandLifts[brandCodes[row] as number] as number) -
    penalty(row);
}

/** Smoothed towards the prior, so that a customer of whom little is known has nearly everybody's shares. */
function sharesOf(
  keys: readonly string[],
  priors: Float64Array,
  weights: Readonly<Record<string, number>>,
  totalWeight: number,
): Float64Array {
  return priors.map(
    (prior, code) => ((weights[keys[code] as string] ?? 0) + PRIOR_WEIGHT * prior) / (totalWeight + PRIOR_WEIGHT),
  );
}

function liftsOf(shares: Float64Array, priors: Float64Array): Float64Array {
  return shares.map((share, code) => Math.log(share / (priors[code] as number)));
}

function customer(valueOf: (features: CustomerFeaturesRow, tastes: CustomerTastesRow) => number): Feature {
  return {
    kind: 'customer',
    prepare: ({ features, tastes }) => {
      const value = valueOf(features, tastes);
      return () => value;
    },
  };
}

function product(columnOf: (snapshot: RegionSnapshot) => Float64Array | Uint8Array): Feature {
  return {
    kind: 'product',
    prepare: ({ snapshot }) => {
      const column = columnOf(snapshot);
      return (row) => column[row] as number;
    },
  };
}

function category(tableOf: (context: FeatureContext) => Float64Array): Feature {
  return { kind: 'category', prepare: (context) => byCode(tableOf(context), context.snapshot.categoryCodes) };
}

function brand(tableOf: (context: FeatureContext) => Float64Array): Feature {
  return { kind: 'brand', prepare: (context) => byCode(tableOf(context), context.snapshot.brandCodes) };
}

function byCode(table: Float64Array, codes: Uint16Array): ReadFeature {
  return (row) => table[codes[row] as number] as number;
}

function relativePriceGap(usualOf: (tastes: CustomerTastesRow) => number): Feature {
  return {
    kind: 'price',
    prepare: ({ snapshot: { relativePrices }, tastes }) => {
      const usual = usualOf(tastes);
      return (row) => (relativePrices[row] as number) - usual;
    },
  };
}

/** The price over what the customer is used to; at least 1 is divided by, as in the reference. */
function priceAgainst(usualOf: (features: CustomerFeaturesRow) => number, max: number): Feature {
  return {
    kind: 'price',
    prepare: ({ snapshot: { prices }, features }) => {
      const usual = Math.max(usualOf(features), 1);
      return (row) => Math.min((prices[row] as number) / usual, max);
    },
  };
}

function pair(valuesOf: (tastes: CustomerTastesRow) => Readonly<Record<string, number>>, otherwise: number): Feature {
  return {
    kind: 'pair',
    prepare: ({ snapshot, tastes }) => {
      const column = new Float64Array(snapshot.productCount).fill(otherwise);
      for (const [productId, value] of Object.entries(valuesOf(tastes))) {
        const row = snapshot.rowOf(productId);
        if (row !== undefined) column[row] = value;
      }
      return (row) => column[row] as number;
    },
  };
}
