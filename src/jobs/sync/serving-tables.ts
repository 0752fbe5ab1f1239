import { OperatorError } from '../../errors.ts';

/** What a missing column of a row is filled with, from the values of the columns that are there. */
export type Fill = (valueOf: (column: string) => unknown, asOf: Date) => unknown;

/** A table that sync copies. */
export interface ServingTable {
  readonly name: string;
  /** Names that a source may give it, the best first. */
  readonly sourceNames: readonly string[];
  /** Other names of columns: theirs -> ours. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Columns that may be missing in a source although the table needs them. */
  readonly fills: Readonly<Record<string, Fill>>;
  /** Orders in which arrays of the reference's files list the columns. */
  readonly arrayOrders: readonly (readonly string[])[];
  /** Whether snapshots of stock are made of it. */
  readonly isInSnapshots: boolean;
}

const AS_OF: Fill = (_valueOf, asOf) => asOf;

const FEATURES = [
  'customer_id',
  'age',
  'tenure_months',
  'loyalty_tier_num',
  'total_orders',
  'lifetime_spend',
  'avg_order_value',
  'days_since_purchase',
  'categories_purchased',
  'total_browse_events',
  'total_sessions',
  'avg_browsed_price',
  'add_to_cart_count',
  'cart_abandonment_rate',
  'store_ratio',
  'engagement_score',
] as const;

const WAREHOUSES: Readonly<Record<string, string>> = {
  Northeast: 'WH-NE-01',
  Southeast: 'WH-SE-01',
  Midwest: 'WH-MW-01',
  South: 'WH-SO-01',
  West: 'WH-WE-01',
};

/** In the order of dependency: a table refers only to tables before it. */
export const SERVING_TABLES: readonly ServingTable[] = [
  servingTable('product_categories', { isInSnapshots: true }),
  servingTable('products', {
    sourceNames: ['product_catalog'],
    aliases: { product_type: 'product_tier' },
    isInSnapshots: true,
  }),
  servingTable('loyalty_tiers'),
  servingTable('stores'),
  servingTable('customers'),
  servingTable('inventory', {
    aliases: { qty_on_hand: 'quantity_on_hand', est_delivery_days: 'estimated_delivery_days' },
    fills: { warehouse_name: (valueOf) => WAREHOUSES[String(valueOf('region'))] },
    arrayOrders: [
      ['product_id', 'region', 'quantity_on_hand', 'estimated_delivery_days'],
      ['product_id', 'region', 'warehouse_name', 'quantity_on_hand', 'estimated_delivery_days'],
    ],
    isInSnapshots: true,
  }),
  servingTable('events', { sourceNames: ['event_stream'], fills: { value: () => null } }),
  servingTable('customer_features', {
    sourceNames: ['customer_360', 'features'],
    fills: { rfm_segment: segmentOf, as_of: AS_OF },
    arrayOrders: [FEATURES],
  }),
  servingTable('customer_propensities', {
    sourceNames: ['customer_propensity', 'propensity'],
    fills: { as_of: AS_OF },
    arrayOrders: [['customer_id', 'category_id', 'propensity_score']],
  }),
  servingTable('customer_tastes', { fills: { as_of: AS_OF } }),
  servingTable('taste_priors', { fills: { as_of: AS_OF }, isInSnapshots: true }),
  servingTable('product_statistics', { fills: { as_of: AS_OF }, isInSnapshots: true }),
  servingTable('product_neighbours', { fills: { as_of: AS_OF } }),
];

/** Copied only when it is asked for: serving needs it for purchases alone, and it is the largest by far. */
export const OPTIONAL_TABLE = 'events';

/** The tables of these names; undefined stands for all but events. @throws OperatorError for a name that is none. */
export function wantedTables(names: readonly string[] | undefined): readonly ServingTable[] {
  if (!names) return SERVING_TABLES.filter(({ name }) => name !== OPTIONAL_TABLE);
  const known = SERVING_TABLES.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new OperatorError(`--tables does not know ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  return SERVING_TABLES.filter(({ name }) => names.includes(name));
}

function servingTable(name: string, changes: Partial<Omit<ServingTable, 'name'>> = {}): ServingTable {
  const { sourceNames = [], aliases = {}, fills = {}, arrayOrders = [], isInSnapshots = false } = changes;
  return { name, sourceNames: [name, ...sourceNames], aliases, fills, arrayOrders, isInSnapshots };
}

/** The segment by the reference's thresholds, the first that fits. */
function segmentOf(valueOf: (column: string) => unknown): unknown {
  const days = Number(valueOf('days_since_purchase') ?? Infinity);
  const orders = Number(valueOf('total_orders'));
  const spend = Number(valueOf('lifetime_spend'));
  if (days <= 30 && orders >= 5 && spend >= 500) return 'Champion';
  if (orders >= 3 && spend >= 200) return 'Loyal';
  if (days <= 60) return 'Active';
  return days <= 180 ? 'At_Risk' : 'Dormant';
}
