/** One row of `customer_features_by_ids`: Customer 360, the reference's 15 features and the RFM segment. */
export interface CustomerFeaturesRow {
  readonly customer_id: string;
  /** Null when the birth date is not known. */
  readonly age: number | null;
  readonly tenure_months: number;
  readonly loyalty_tier_num: number;
  readonly total_orders: number;
  readonly lifetime_spend: number;
  readonly avg_order_value: number;
  readonly days_since_purchase: number;
  readonly categories_purchased: number;
  readonly total_browse_events: number;
  readonly total_sessions: number;
  readonly avg_browsed_price: number;
  readonly add_to_cart_count: number;
  readonly cart_abandonment_rate: number;
  readonly store_ratio: number;
  readonly engagement_score: number;
  readonly rfm_segment: string;
  readonly as_of: Date;
}

/** One row of `customer_tastes_by_ids`. Weights are of events, halved every 90 days. */
export interface CustomerTastesRow {
  readonly customer_id: string;
  readonly total_weight: number;
  /** Category id to weight, touched categories only. */
  readonly category_weights: Readonly<Record<string, number>>;
  /** Brand to weight, touched brands only. */
  readonly brand_weights: Readonly<Record<string, number>>;
  /** In standard deviations of ln(price) within a category; 0 is an average price. */
  readonly relative_price_mean: number;
  readonly relative_price_mean_bought: number;
  /** Product id to weight, the heaviest only. */
  readonly recent_products: Readonly<Record<string, number>>;
  /** Product id to days between the last purchase and `as_of`. */
  readonly bought_products: Readonly<Record<string, number>>;
  /** Category id to weight halved every 30 days instead of 90. */
  readonly recent_category_weights: Readonly<Record<string, number>>;
  /** Product id to days between the last view and `as_of`, of the last 45 days only. */
  readonly viewed_products: Readonly<Record<string, number>>;
  /** Product id to days since it was put into the cart and not bought, of the last 45 days only. */
  readonly carted_products: Readonly<Record<string, number>>;
  /** Product id to days between the last rating and `as_of`, however many, of products that were never bought. */
  readonly rated_products: Readonly<Record<string, number>>;
  /** Dimension, from 0 on, to number. Compares with products whose statistics have the same `as_of`; empty when not known. */
  readonly style: Readonly<Record<string, number>>;
  /** Category id to how much more it is wanted than by others, as a logarithm; empty when not known. */
  readonly category_likings: Readonly<Record<string, number>>;
  /** Brand to how much more it is wanted than one that is not known, as a logarithm; empty when not known. */
  readonly brand_likings: Readonly<Record<string, number>>;
  /** The relative price that suits the customer; 0 is an average one. */
  readonly price_level: number;
  readonly as_of: Date;
}

/**
 * One row of `taste_priors`: the share of everybody's weight that falls on a category or brand, or of an age band's that
 * falls on a category; then the key is `<band>:<category id>`, bands from 0 (up to 29 years) to 3 (from 60 on).
 */
export interface TastePriorRow {
  readonly kind: 'category' | 'brand' | 'age_category';
  readonly key: string;
  readonly share: number;
}

/** One row of `product_neighbours_by_ids`. */
export interface NeighbourRow {
  readonly product_id: string;
  readonly neighbour_id: string;
  /** Cosine, 0 to 1. */
  readonly similarity: number;
}

/** One row of `collaborative_lists_by_customers`. */
export interface ListedProductRow {
  readonly customer_id: string;
  readonly product_id: string;
  /** Greater than 0. */
  readonly score: number;
  /** Name and version of what made the list, a space between them. */
  readonly model: string;
}

/** One row of `region_stock_snapshot`. Statistics are null for a product that has none yet. */
export interface SnapshotRow {
  readonly product_id: string;
  readonly category_id: string;
  readonly category_name: string;
  readonly brand: string;
  /** Exact decimal. */
  readonly price: string;
  readonly product_tier: string;
  readonly is_perishable: boolean;
  readonly quantity_on_hand: number;
  readonly relative_price: number | null;
  readonly popularity: number | null;
  readonly view_popularity: number | null;
  readonly recent_popularity: number | null;
  readonly category_trend: number | null;
  readonly repeat_rate: number | null;
  /** Null also where nobody bought it twice. */
  readonly repeat_days: number | null;
  /** These three are null also where no program estimated them. */
  readonly repeat_chance: number | null;
  readonly repeat_interval: number | null;
  readonly demand: number | null;
  readonly style: Readonly<Record<string, number>> | null;
  readonly statistics_as_of: Date | null;
}

/**
 * What is known of a customer when ranking. A part that could not be loaded is null or, for propensities, empty. A
 * customer of whom nothing is known yet has `coldFeatures` and `coldTastes` instead: that is knowledge, not a failure.
 */
export interface CustomerSignals {
  readonly features: CustomerFeaturesRow | null;
  readonly tastes: CustomerTastesRow | null;
  /** Category id to propensity, 0 to 1. */
  readonly propensities: ReadonlyMap<string, number>;
}

/** The tastes of a customer who has shown none: every feature made from them is neutral. */
export function coldTastes(customerId: string, asOf: Date): CustomerTastesRow {
  return {
    customer_id: customerId,
    total_weight: 0,
    category_weights: {},
    brand_weights: {},
    relative_price_mean: 0,
    relative_price_mean_bought: 0,
    recent_products: {},
    bought_products: {},
    recent_category_weights: {},
    viewed_products: {},
    carted_products: {},
    rated_products: {},
    style: {},
    category_likings: {},
    brand_likings: {},
    price_level: 0,
    as_of: asOf,
  };
}

/** Days since purchase of a customer who never bought, as Customer 360 writes it. */
const NEVER_BOUGHT_DAYS = 999;

/** The features of a customer who has done nothing yet, as Customer 360 would compute them. */
export function coldFeatures(customerId: string, asOf: Date): CustomerFeaturesRow {
  return {
    customer_id: customerId,
    age: null,
    tenure_months: 0,
    loyalty_tier_num: 0,
    total_orders: 0,
    lifetime_spend: 0,
    avg_order_value: 0,
    days_since_purchase: NEVER_BOUGHT_DAYS,
    categories_purchased: 0,
    total_browse_events: 0,
    total_sessions: 0,
    avg_browsed_price: 0,
    add_to_cart_count: 0,
    cart_abandonment_rate: 0,
    store_ratio: 0,
    engagement_score: 0,
    rfm_segment: 'Dormant',
    as_of: asOf,
  };
}
