/** A column: how Postgres and Snowflake are told its values, which are given as text or null. */
export type ContractColumn = 'plain' | 'moment' | 'json';

/** Rows of one table, the same for every store. Moments are ISO texts in UTC. */
export interface ContractTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, ContractColumn>>;
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The largest bigint of Postgres, far beyond what a JavaScript number holds. */
export const LARGEST_ID = '9223372036854775807';
/** 2^53 + 1: the first that a JavaScript number cannot hold. */
export const ODD_ID = '9007199254740993';
export const UNKNOWN_ID = '4040404040404040404';

/** Enough of them that a list of all their ids needs more than two statements. */
export const MANY_CUSTOMERS = 2600;
export const MANY_FIRST_ID = 5_000_000;

const MOMENT = '2026-10-31T23:59:59.123Z';
const REGIONS = ['Northeast', 'South'];

/** The tables in the order in which foreign keys allow them. */
export const CONTRACT_TABLES: readonly ContractTable[] = [
  table(
    'product_categories',
    ['category_id', 'category_name', 'department'],
    [
      ['CAT-1', 'Café & Thé', 'Grocery'],
      ['CAT-2', "Children's – Spielzeug 🧸", 'Home'],
    ],
  ),
  table(
    'products',
    ['product_id', 'product_name', 'brand', 'category_id', 'price', 'is_perishable', 'product_tier'],
    [
      ['1', 'Espresso', 'Müller', 'CAT-1', '12.50', 'true', 'premium'],
      ['2', 'espresso decaf', 'Müller', 'CAT-1', '0.00', 'false', 'daily_staple'],
      ['3', '100% Arabica_beans', 'O\'Neill "Best"', 'CAT-1', '12.50', 'true', 'mid_range'],
      ['4', 'Ünïcödé 日本茶', '茶屋', 'CAT-2', '9999999999.99', 'false', 'premium'],
      ['5', 'Back\\slash', 'Plain', 'CAT-2', '0.10', 'false', 'mid_range'],
      ['6', 'Teddy 🧸', 'Plain', 'CAT-2', '19.90', 'false', 'mid_range'],
      [ODD_ID, 'Odd one', 'Plain', 'CAT-2', '19.90', 'false', 'mid_range'],
      [LARGEST_ID, 'Largest one', 'Plain', 'CAT-2', '20.00', 'false', 'daily_staple'],
    ],
  ),
  table(
    'loyalty_tiers',
    ['loyalty_tier', 'tier_rank', 'points_multiplier'],
    [
      ['bronze', '1', '1.00'],
      ['gold', '3', '1.50'],
    ],
  ),
  table(
    'customers',
    [
      'customer_id',
      'first_name',
      'email',
      'joined_on',
      'loyalty_tier',
      'home_region',
      'zip_code',
      'has_app',
      'email_opt_in',
    ],
    [
      ['10', 'Zoë', 'zoe@example.org', '2024-02-29', 'gold', 'Northeast', '02134', 'true', 'false'],
      ['11', 'Łukasz 🚲', 'l@example.org', '1969-12-31', 'bronze', 'South', '73301', 'false', 'true'],
      ['12', '', "o'neill@example.org", '2026-01-01', 'bronze', 'South', '00501', 'false', 'false'],
      [ODD_ID, 'Odd', 'odd@example.org', '1999-12-31', 'gold', 'Northeast', '10001', 'true', 'true'],
      [LARGEST_ID, 'Largest', 'largest@example.org', '2000-01-01', 'gold', 'Northeast', '10001', 'true', 'true'],
      ...Array.from({ length: MANY_CUSTOMERS }, (_, index) => manyCustomer(index)),
    ],
  ),
  table(
    'inventory',
    ['region', 'product_id', 'warehouse_name', 'quantity_on_hand', 'estimated_delivery_days', 'updated_at:moment'],
    [
      ...REGIONS.map((region, index) => [region, '1', `${region} hub`, String(index * 7), '2', MOMENT]),
      ['South', '2', 'Entrepôt Süd', '0', '9', '1969-12-31T23:59:59.500Z'],
      ['South', ODD_ID, 'South hub', '2147483647', '0', MOMENT],
      ['South', LARGEST_ID, 'South hub', '1', '1', MOMENT],
    ],
  ),
  table(
    'events',
    [
      'event_id',
      'customer_id',
      'event_type',
      'occurred_at:moment',
      'region',
      'product_id',
      'category_id',
      'quantity',
      'unit_price',
    ],
    [
      purchase(1, '10', '2026-10-01T10:00:00.000001Z', '1', '12.50'),
      purchase(2, '10', '2026-10-01T10:00:00.000002Z', '2', '0.10'),
      purchase(3, '10', '2026-10-01T10:00:00.000002Z', null, null),
      purchase(4, '10', '2026-09-30T23:59:59.999999Z', ODD_ID, '19.90'),
      purchase(5, LARGEST_ID, '2026-10-02T00:00:00Z', '1', '1.00'),
      [eventId(6), '10', 'product_view', '2026-10-02T00:00:00Z', 'South', '1', 'CAT-1', '1', '12.50'],
    ],
  ),
  table(
    'customer_features',
    [
      ...[
        'customer_id',
        'age',
        'tenure_months',
        'loyalty_tier_num',
        'total_orders',
        'lifetime_spend',
        'avg_order_value',
      ],
      ...['days_since_purchase', 'categories_purchased', 'total_browse_events', 'total_sessions', 'avg_browsed_price'],
      ...[
        'add_to_cart_count',
        'cart_abandonment_rate',
        'store_ratio',
        'engagement_score',
        'rfm_segment',
        'as_of:moment',
      ],
    ],
    [
      features('10', '41', '0.1', 'Champion'),
      features('11', null, '123456.789', 'Dormant'),
      features(ODD_ID, '30', '5e-324', 'Loyal'),
      features(LARGEST_ID, '99', '0.30000000000000004', 'Loyal'),
    ],
  ),
  table(
    'customer_propensities',
    ['customer_id', 'category_id', 'propensity_score', 'as_of:moment'],
    [
      ['10', 'CAT-1', '0.25', MOMENT],
      ['10', 'CAT-2', '0.75', MOMENT],
      ['11', 'CAT-1', '0.5', MOMENT],
      ['11', 'CAT-2', '0.5', MOMENT],
      [LARGEST_ID, 'CAT-1', '1', MOMENT],
    ],
  ),
  table(
    'customer_tastes',
    [
      ...['customer_id', 'total_weight', 'category_weights:json', 'brand_weights:json', 'relative_price_mean'],
      ...['relative_price_mean_bought', 'recent_products:json', 'bought_products:json', 'recent_category_weights:json'],
      ...['viewed_products:json', 'carted_products:json', 'rated_products:json', 'style:json'],
      ...['category_likings:json', 'brand_likings:json', 'price_level', 'as_of:moment'],
    ],
    [
      [
        '10',
        '7.5',
        '{"CAT-1":4.25,"CAT-2":0.1}',
        '{"Müller":1,"茶屋":2.5}',
        '-0.5',
        '0',
        '{"1":3}',
        '{"1":12}',
        '{"CAT-1":1.5}',
        '{"2":0.25}',
        '{"3":7.5}',
        '{"5":4000}',
        '{"0":1.5,"1":-0.25}',
        '{"CAT-1":0.75,"CAT-2":-0.5}',
        '{"Müller":-0.5,"茶屋":1.25}',
        '-0.75',
        MOMENT,
      ],
      [
        LARGEST_ID,
        '0',
        '{}',
        '{}',
        '0',
        '0',
        `{"${ODD_ID}":1}`,
        '{}',
        '{}',
        '{}',
        '{}',
        '{}',
        '{}',
        '{}',
        '{}',
        '0',
        MOMENT,
      ],
    ],
  ),
  table(
    'taste_priors',
    ['kind', 'key', 'share', 'as_of:moment'],
    [
      ['category', 'CAT-1', '0.125', MOMENT],
      ['brand', 'Müller', '0.875', MOMENT],
    ],
  ),
  table(
    'product_statistics',
    [
      ...['region', 'product_id', 'relative_price', 'popularity', 'view_popularity', 'recent_popularity'],
      ...[
        'category_trend',
        'repeat_rate',
        'repeat_days',
        'repeat_chance',
        'repeat_interval',
        'demand',
        'style:json',
        'as_of:moment',
      ],
    ],
    [
      [
        'South',
        '1',
        '-1.25',
        '0.1',
        '1e-7',
        '0.5',
        '-0.25',
        '0.03',
        '28.5',
        '0.75',
        '27.25',
        '-1.5',
        '{"0":0.5,"1":-0.125}',
        MOMENT,
      ],
      ['South', LARGEST_ID, '0', '0', '0', '0', '0', '0', null, null, null, null, '{}', MOMENT],
    ],
  ),
  table(
    'product_neighbours',
    ['product_id', 'neighbour_id', 'similarity', 'as_of:moment'],
    [
      ['1', '2', '0.5', MOMENT],
      ['1', '3', '0.5', MOMENT],
      ['1', LARGEST_ID, '0.9', MOMENT],
      [LARGEST_ID, '1', '0.9', MOMENT],
    ],
  ),
  table(
    'recommendation_lists',
    ['customer_id', 'strategy', 'rank', 'product_id', 'score', 'region', 'model', 'as_of:moment'],
    [
      ['10', 'COLLABORATIVE', '2', ODD_ID, '0.1', 'South', 'ratings 1', MOMENT],
      ['10', 'COLLABORATIVE', '1', LARGEST_ID, '45', 'South', 'ratings 1', MOMENT],
      ['10', 'RANKED', '1', '1', '0.5', 'South', 'ranking 2', MOMENT],
      ['11', 'RANKED', '1', '2', '0.5', 'South', 'ranking 2', MOMENT],
      [LARGEST_ID, 'COLLABORATIVE', '1', '1', '4.5', 'West', 'neighbours 10', MOMENT],
    ],
  ),
];

/** The id of an event of `CONTRACT_TABLES`. */
export function eventId(number: number): string {
  return `0190a1b2-c3d4-7e5f-8a9b-${String(number).padStart(12, '0')}`;
}

/** Columns are written `name` or `name:kind`. */
function table(name: string, columns: readonly string[], rows: ContractTable['rows']): ContractTable {
  const kinds = columns.map((column) => {
    const [columnName = '', kind = 'plain'] = column.split(':');
    return [columnName, kind as ContractColumn] as const;
  });
  return { name, columns: Object.fromEntries(kinds), rows };
}

function manyCustomer(index: number): string[] {
  const id = String(MANY_FIRST_ID + index);
  return [id, `Customer ${id}`, `${id}@example.org`, '2025-06-15', 'bronze', 'South', '73301', 'false', 'true'];
}

function purchase(number: number, customerId: string, at: string, productId: string | null, price: string | null) {
  const category = productId === null ? null : 'CAT-1';
  return [eventId(number), customerId, 'order_complete', at, 'South', productId, category, '2', price];
}

function features(customerId: string, age: string | null, spend: string, segment: string): (string | null)[] {
  return [
    customerId,
    age,
    '0',
    '3',
    '7',
    spend,
    '1.5',
    '999',
    '2',
    '0',
    '1',
    '0',
    '3',
    '0.333',
    '1',
    '100',
    segment,
    MOMENT,
  ];
}
