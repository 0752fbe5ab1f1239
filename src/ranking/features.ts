import type { FeatureContext } from './feature-context.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

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
  /** Terms times their weights, added up in their order, in float64. */
  | { readonly kind: 'sum'; readonly terms: readonly WeightedTerm[] };

/** What a feature depends on, as a manifest names it. */
export type FeatureKind = Feature['kind'];

/** A summand of a `sum`. */
export interface WeightedTerm {
  readonly weight: number;
  readonly term: Term;
  /** The feature whose it is what the term contributes. */
  readonly standsFor: string;
}

/** What a summand is computed from. */
export type Term =
  | Extract<Feature, { readonly kind: 'product' }>
  | KeyTerm
  | AxisTerm
  /** Both the customer and the product: a value by row. */
  | { readonly kind: 'match'; readonly valuesOf: (context: FeatureContext) => ArrayLike<number> };

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

/** What a price away from the customer's level costs in the prior score, by the square of the distance. */
const PRICE_GAP_WEIGHT = 0.37;
const PRICE_GAP_SQUARED_MAX = 9;
const SPEND_MATCH_MAX = 5;
/** Days since a purchase that never was, or was too long ago to be kept. */
const NOT_BOUGHT_DAYS = 999;
/** The same for a view and for a cart. */
const NOT_MET_DAYS = 999;

/** How well the customer's style and the product's go together. */
const STYLE_TERM: Term = { kind: 'match', valuesOf: (context) => context.styleMatches };

/**
 * What the region wants, this customer's category, brand and style, and their price: what trees find hard to add up by
 * themselves. The weights are those of a logistic regression on demo data, rounded.
 */
const PRIOR_TERMS: readonly WeightedTerm[] = [
  { weight: 0.94, term: product((snapshot) => snapshot.demands), standsFor: 'demand' },
  { weight: 1.24, term: key('category', (context) => context.categoryLikings), standsFor: 'category_liking' },
  { weight: 0.03, term: key('brand', (context) => context.brandLifts), standsFor: 'brand_lift' },
  { weight: 0.12, term: key('brand', (context) => context.brandPreferences), standsFor: 'brand_preference' },
  { weight: 1.71, term: key('brand', (context) => context.brandLikings), standsFor: 'brand_liking' },
  { weight: 1.2, term: STYLE_TERM, standsFor: 'style_match' },
  {
    weight: -1.18,
    term: { kind: 'axis', axis: 'relativePrice', functionOf: priceGapPenalty },
    standsFor: 'price_level_gap',
  },
];

/** Every feature that a manifest may name. Training and serving both compute with these functions. */
export const FEATURES: ReadonlyMap<string, Feature> = new Map<string, Feature>([
  ['prior_score', { kind: 'sum', terms: PRIOR_TERMS }],
  ['category_lift', key('category', (context) => context.categoryLifts)],
  ['recent_category_lift', key('category', (context) => context.recentCategoryLifts)],
  ['category_share', key('category', (context) => context.categoryShares)],
  ['category_liking', key('category', (context) => context.categoryLikings)],
  ['brand_lift', key('brand', (context) => context.brandLifts)],
  ['brand_share', key('brand', (context) => context.brandShares)],
  ['brand_preference', key('brand', (context) => context.brandPreferences)],
  ['brand_liking', key('brand', (context) => context.brandLikings)],
  ['style_match', { kind: 'sum', terms: [{ weight: 1, term: STYLE_TERM, standsFor: 'style_match' }] }],
  ['relative_price', product((snapshot) => snapshot.relativePrices)],
  ['popularity', product((snapshot) => snapshot.popularities)],
  ['view_popularity', product((snapshot) => snapshot.viewPopularities)],
  ['recent_popularity', product((snapshot) => snapshot.recentPopularities)],
  ['category_trend', product((snapshot) => snapshot.categoryTrends)],
  ['repeat_rate', product((snapshot) => snapshot.repeatRates)],
  ['repeat_chance', product((snapshot) => snapshot.repeatChances)],
  ['demand', product((snapshot) => snapshot.demands)],
  ['price', product((snapshot) => snapshot.prices)],
  ['product_tier', product((snapshot) => snapshot.tiers)],
  ['is_perishable', product((snapshot) => snapshot.perishables)],
  ['relative_price_gap', relativePriceGap((tastes) => tastes.relative_price_mean)],
  ['price_level_gap', relativePriceGap((tastes) => tastes.price_level)],
  ['relative_price_gap_bought', relativePriceGap((tastes) => tastes.relative_price_mean_bought)],
  ['price_ratio', priceAgainst((features) => features.avg_browsed_price, Infinity)],
  ['spend_match', priceAgainst((features) => features.avg_order_value, SPEND_MATCH_MAX)],
  ['recent_weight', sparse((tastes) => tastes.recent_products, 0)],
  ['days_since_bought', sparse((tastes) => tastes.bought_products, NOT_BOUGHT_DAYS)],
  ['due', { kind: 'sparse', otherwise: 0, valuesOf: dueProducts }],
  ['days_since_viewed', sparse((tastes) => tastes.viewed_products, NOT_MET_DAYS)],
  ['days_since_carted', sparse((tastes) => tastes.carted_products, NOT_MET_DAYS)],
  ['age_category_lift', key('category', (context) => context.ageCategoryLifts)],
  [
    'category_days_since_bought',
    key(
      'category',
      latestOf((tastes) => tastes.bought_products, NOT_BOUGHT_DAYS),
    ),
  ],
  [
    'category_days_since_carted',
    key(
      'category',
      latestOf((tastes) => tastes.carted_products, NOT_MET_DAYS),
    ),
  ],
  [
    'category_days_since_viewed',
    key(
      'category',
      latestOf((tastes) => tastes.viewed_products, NOT_MET_DAYS),
    ),
  ],
  ['category_bought_weight', key('category', boughtWeights)],
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

/** What a relative price away from the customer's usual one costs in the prior score, 0 or more. */
function priceGapPenalty({ tastes }: FeatureContext): (relativePrice: number) => number {
  const usual = tastes.price_level;
  return (relativePrice) => {
    const gap = relativePrice - usual;
    return PRICE_GAP_WEIGHT * Math.min(gap * gap, PRICE_GAP_SQUARED_MAX);
  };
}

/** Customers differ by so much of a product's interval in when they need it again. */
const DUE_WIDTH = 0.25;
/** Days ahead for which a list is made. */
const DAYS_AHEAD = [1, 3, 5, 7, 9, 11, 13];
/**
 * On the day itself it is wanted e to this times as much as long before or after it. (src/jobs/demand reads purchases by a
 * flatter curve, which explains them better.)
 */
const DUE_LOGIT = 3.2;

/**
 * By id of a product bought: ln of how much more it is wanted in the next two weeks than if it were not used up, 0 to
 * about 3: the mean over the days of exp(DUE_LOGIT exp(-((days since bought / usual interval - 1) / width)² / 2)), as far
 * as it is used up at all.
 */
function dueProducts({ snapshot, tastes }: FeatureContext): Record<string, number> {
  const due: Record<string, number> = {};
  for (const [productId, days] of Object.entries(tastes.bought_products)) {
    const row = snapshot.rowOf(productId);
    if (row === undefined) continue;
    const interval = snapshot.repeatDays[row] as number;
    const chance = snapshot.repeatChances[row] as number;
    if (chance === 0 || Number.isNaN(interval)) continue;
    const factors = DAYS_AHEAD.map((ahead) => Math.exp(DUE_LOGIT * nearness((days + ahead) / interval)));
    const mean = factors.reduce((sum, one) => sum + one, 0) / DAYS_AHEAD.length;
    due[productId] = Math.log1p(chance * (mean - 1));
  }
  return due;
}

/** 1 at the interval, 0 long before and after it. */
function nearness(share: number): number {
  return Math.exp(-0.5 * ((share - 1) / DUE_WIDTH) ** 2);
}

/** By category code: the fewest days of a product of the category. */
function latestOf(
  daysOf: (tastes: CustomerTastesRow) => Readonly<Record<string, number>>,
  otherwise: number,
): (context: FeatureContext) => Float64Array {
  return ({ snapshot, tastes }) => {
    const latest = new Float64Array(snapshot.categoryIds.length).fill(otherwise);
    for (const [productId, days] of Object.entries(daysOf(tastes))) {
      const row = snapshot.rowOf(productId);
      const category = row === undefined ? undefined : (snapshot.categoryCodes[row] as number);
      if (category !== undefined) latest[category] = Math.min(latest[category] as number, days);
    }
    return latest;
  };
}

/** By category code: products bought, each halved every 30 days. */
function boughtWeights({ snapshot, tastes }: FeatureContext): Float64Array {
  const weights = new Float64Array(snapshot.categoryIds.length);
  for (const [productId, days] of Object.entries(tastes.bought_products)) {
    const row = snapshot.rowOf(productId);
    const category = row === undefined ? undefined : (snapshot.categoryCodes[row] as number);
    if (category !== undefined) weights[category] = (weights[category] as number) + 2 ** (-days / 30);
  }
  return weights;
}

function customer(valueOf: (features: CustomerFeaturesRow, tastes: CustomerTastesRow) => number): Feature {
  return { kind: 'customer', valueOf: ({ features, tastes }) => valueOf(features, tastes) };
}

function product(columnOf: (snapshot: RegionSnapshot) => ArrayLike<number>): Feature & Term {
  return { kind: 'product', columnOf };
}

function key(name: ProductKey, tableOf: (context: FeatureContext) => ArrayLike<number>): Feature & Term {
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
