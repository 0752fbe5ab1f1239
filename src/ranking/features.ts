import type { CustomerFeaturesRow, CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

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

/**
 * How one feature is computed, by what it depends on besides the customer. Everything is a number; NaN is a missing value.
 * The kind decides how often a request computes it: a `customer` once, a `key` once a code, an `axis` a few times.
 */
export type Feature =
  | { readonly kind: 'customer'; readonly valueOf: (context: FeatureContext) => number }
  /** The product alone: nothing of the customer, so that it is computed once a snapshot. */
  | { readonly kind: 'product'; readonly columnOf: (snapshot: RegionSnapshot) => ArrayLike<number> }
  | KeyTerm
  | AxisTerm
  /** Products that the customer touched, by id; all others share one value. */
  | {
      readonly kind: 'sparse';
      readonly otherwise: number;
      readonly valuesOf: (context: FeatureContext) => Readonly<Record<string, number>>;
    }
  /** Terms added up in their order, in float64. Each stands for a feature: whose it is what the term contributes. */
  | { readonly kind: 'sum'; readonly terms: readonly Term[]; readonly standFor: readonly string[] };

/** What a feature depends on, as a manifest names it. */
export type FeatureKind = Feature['kind'];

/** A summand of a `sum`. */
export type Term = Extract<Feature, { readonly kind: 'product' }> | KeyTerm | AxisTerm;

/** A code that products share, such as their category: a table by code. */
interface KeyTerm {
  readonly kind: 'key';
  readonly key: ProductKey;
  readonly tableOf: (context: FeatureContext) => ArrayLike<number>;
}

/** A number of the product, such as its price. As a feature it only rises or only falls; as a summand it need not. */
interface AxisTerm {
  readonly kind: 'axis';
  readonly axis: ProductAxis;
  readonly functionOf: (context: FeatureContext) => (value: number) => number;
}

/** Codes that products share; a feature of kind `key` depends on one of them. */
export const PRODUCT_KEYS = {
  category: (snapshot) => snapshot.categoryCodes,
  brand: (snapshot) => snapshot.brandCodes,
} as const satisfies Readonly<Record<string, (snapshot: RegionSnapshot) => Uint16Array>>;

/** Name of a code. */
export type ProductKey = keyof typeof PRODUCT_KEYS;

/** Numbers of the product that customers have an opinion of; a feature of kind `axis` depends on one of them. */
export const PRODUCT_AXES = {
  price: (snapshot) => snapshot.prices,
  relativePrice: (snapshot) => snapshot.relativePrices,
} as const satisfies Readonly<Record<string, (snapshot: RegionSnapshot) => Float64Array>>;

/** Name of such a number. */
export type ProductAxis = keyof typeof PRODUCT_AXES;

/** Weight of the prior in a share: a customer with this much event weight is believed half. */
const PRIOR_WEIGHT = 6;
const PRICE_GAP_WEIGHT = 0.35;
const PRICE_GAP_SQUARED_MAX = 9;
const SPEND_MATCH_MAX = 5;
/** Days since a purchase that never was, or was too long ago to be kept. */
const NOT_BOUGHT_DAYS = 999;

/** What everybody likes, this customer's category and brand, and their price: what trees find hard to add up by themselves. */
const PRIOR_TERMS: readonly Term[] = [
  product((snapshot) => snapshot.popularities),
  key('category', (context) => context.categoryLifts),
  key('brand', (context) => context.brandLifts),
  {
    kind: 'axis',
    axis: 'relativePrice',
    functionOf: (context) => {
      const penalty = priceGapPenalty(context);
      return (relativePrice) => -penalty(relativePrice);
    },
  },
];

/** Every feature that a manifest may name. Training and serving both compute with these functions. */
export const FEATURES: ReadonlyMap<string, Feature> = new Map<string, Feature>([
  [
    'prior_score',
    {
      kind: 'sum',
      terms: PRIOR_TERMS,
      standFor: ['popularity', 'category_lift', 'brand_lift', 'relative_price_gap'],
    },
  ],
  ['category_lift', key('category', (context) => context.categoryLifts)],
  ['category_share', key('category', (context) => context.categoryShares)],
  ['brand_lift', key('brand', (context) => context.brandLifts)],
  ['brand_share', key('brand', (context) => context.brandShares)],
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
  ['recent_weight', sparse((tastes) => tastes.recent_products, 0)],
  ['days_since_bought', sparse((tastes) => tastes.bought_products, NOT_BOUGHT_DAYS)],
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

/** What a relative price away from the customer's usual one costs in the prior score, 0 or more. */
function priceGapPenalty({ tastes }: FeatureContext): (relativePrice: number) => number {
  const usual = tastes.relative_price_mean;
  return (relativePrice) => {
    const gap = relativePrice - usual;
    return PRICE_GAP_WEIGHT * Math.min(gap * gap, PRICE_GAP_SQUARED_MAX);
  };
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
  return { kind: 'customer', valueOf: ({ features, tastes }) => valueOf(features, tastes) };
}

function product(columnOf: (snapshot: RegionSnapshot) => ArrayLike<number>): Term {
  return { kind: 'product', columnOf };
}

function key(name: ProductKey, tableOf: (context: FeatureContext) => ArrayLike<number>): Term {
  return { kind: 'key', key: name, tableOf };
}

function relativePriceGap(usualOf: (tastes: CustomerTastesRow) => number): Feature {
  return {
    kind: 'axis',
    axis: 'relativePrice',
    functionOf: ({ tastes }) => {
      const usual = usualOf(tastes);
      return (relativePrice) => relativePrice - usual;
    },
  };
}

/** The price over what the customer is used to; at least 1 is divided by, as in the reference. */
function priceAgainst(usualOf: (features: CustomerFeaturesRow) => number, max: number): Feature {
  return {
    kind: 'axis',
    axis: 'price',
    functionOf: ({ features }) => {
      const usual = Math.max(usualOf(features), 1);
      return (price) => Math.min(price / usual, max);
    },
  };
}

function sparse(valuesOf: (tastes: CustomerTastesRow) => Readonly<Record<string, number>>, otherwise: number): Feature {
  return { kind: 'sparse', otherwise, valuesOf: ({ tastes }) => valuesOf(tastes) };
}
