import type { PostgresSession } from '../../clients/postgres.ts';
import { LOYALTY_TIERS } from '../demo-data/customers.ts';
import { REGIONS } from '../demo-data/regions.ts';
import type { ImportMapping } from './mapping.ts';
import { STAGE_SCHEMA, stagedName } from './stage.ts';
import { REGION_NAMES, type TableName } from './tables.ts';

/** What a merge did to a table. */
export interface MergeCounts {
  readonly inserted: number;
  readonly updated: number;
}

/** What the rows of the stage are completed with. */
export interface MergeOptions {
  readonly mapping: ImportMapping;
  /** The moment that the data speaks for: ages count back from it. */
  readonly asOf: Date;
}

/** How a table takes the rows of the stage. */
interface Merge {
  readonly key: readonly string[];
  /** Query of whole rows: every column to write, under its name. Parameters as `parametersOf` has them. */
  readonly source: string;
  readonly values: readonly string[];
  /** SQL: whether the row t differs from the row s. Default: any value differs. */
  readonly isChanged?: string;
}

const UNLIMITED_QUANTITY = 1_000_000;
const PRODUCT_VALUES = ['product_name', 'brand', 'category_id', 'price', 'currency', 'weight_lbs', 'is_perishable', 'product_tier']; // prettier-ignore
const CUSTOMER_VALUES = ['first_name', 'email', 'birth_date', 'joined_on', 'loyalty_tier', 'home_region', 'zip_code', 'has_app', 'email_opt_in', 'points_earned']; // prettier-ignore
const EVENT_VALUES = ['customer_id', 'session_id', 'event_type', 'occurred_at', 'region', 'product_id', 'category_id', 'quantity', 'unit_price', 'currency', 'value']; // prettier-ignore

/** $1 currency · $2 region · $3 as of, of which each query takes what it needs. */
const SOURCES: Readonly<Record<'product_categories' | TableName, Merge>> = {
  product_categories: {
    key: ['category_id'],
    values: ['category_name', 'department'],
    source: `
      SELECT DISTINCT ON (category_id) category_id, coalesce(category_name, category_id) AS category_name,
        coalesce(department, 'General') AS department
      FROM ${stagedName('products')} ORDER BY category_id, line`,
  },
  products: {
    key: ['product_id'],
    values: PRODUCT_VALUES,
    source: `
      SELECT product_id, product_name, coalesce(brand, 'Unknown') AS brand, category_id, price,
        coalesce(currency, p.currency_default) AS currency, weight_lbs, coalesce(is_perishable, FALSE) AS is_perishable,
        coalesce(
          product_tier, CASE WHEN price < 50 THEN 'daily_staple' WHEN price < 150 THEN 'mid_range' ELSE 'premium' END
        ) AS product_tier
      FROM ${stagedName('products')} CROSS JOIN parameters AS p`,
  },
  customers: {
    key: ['customer_id'],
    values: CUSTOMER_VALUES,
    source: `
      SELECT ids.customer_id, coalesce(s.first_name, 'Customer ' || ids.customer_id) AS first_name,
        coalesce(s.email, 'customer-' || ids.customer_id || '@example.invalid') AS email,
        coalesce(s.birth_date, make_date(date_part('year', p.last_day)::integer - s.age, 1, 1)) AS birth_date,
        coalesce(s.joined_on, ids.first_day, p.last_day) AS joined_on,
        coalesce(s.loyalty_tier, 'Bronze') AS loyalty_tier,
        coalesce(s.home_region, r.region, p.region_default) AS home_region, coalesce(s.zip_code, '00000') AS zip_code,
        coalesce(s.has_app, FALSE) AS has_app, coalesce(s.email_opt_in, FALSE) AS email_opt_in,
        coalesce(s.points_earned, 0) AS points_earned
      FROM ${STAGE_SCHEMA}.customer_ids AS ids
      CROSS JOIN parameters AS p
      LEFT JOIN ${stagedName('customers')} AS s ON ids.customer_id = s.customer_id
      LEFT JOIN zip_regions AS r ON substr(s.zip_code, 1, 1) = r.digit AND s.zip_code ~ '^\\d{5}(-\\d{4})?$'`,
  },
  inventory: {
    key: ['region', 'product_id'],
    values: ['warehouse_name', 'quantity_on_hand', 'estimated_delivery_days', 'updated_at'],
    source: `
      SELECT region, product_id, coalesce(warehouse_name, 'Main') AS warehouse_name, quantity_on_hand,
        coalesce(estimated_delivery_days, 3) AS estimated_delivery_days, coalesce(updated_at, now()) AS updated_at,
        updated_at AS updated_at_told
      FROM ${stagedName('inventory')}`,
    isChanged: `(t.warehouse_name, t.quantity_on_hand, t.estimated_delivery_days, t.updated_at)
      IS DISTINCT FROM (s.warehouse_name, s.quantity_on_hand, s.estimated_delivery_days, coalesce(s.updated_at_told, t.updated_at))`,
  },
  events: {
    key: ['event_id'],
    values: EVENT_VALUES,
    source: `
      SELECT e.event_id, e.customer_id, e.session_id, e.event_type, e.occurred_at,
        coalesce(e.region, c.home_region) AS region, e.product_id, coalesce(e.category_id, g.category_id) AS category_id,
        coalesce(e.quantity, 1) AS quantity, coalesce(e.unit_price, g.price) AS unit_price,
        coalesce(e.currency, g.currency, p.currency_default) AS currency, e.value
      FROM ${stagedName('events')} AS e
      CROSS JOIN parameters AS p
      INNER JOIN customers AS c ON e.customer_id = c.customer_id
      LEFT JOIN products AS g ON e.product_id = g.product_id`,
  },
};

/** Puts the rows of the stage into a table: new ones, and those that differ. Takes part in the session's transaction. */
export async function mergeTable(
  session: PostgresSession,
  table: TableName,
  options: MergeOptions,
): Promise<MergeCounts> {
  await session.execute(`SET LOCAL work_mem = '128MB'; SET LOCAL jit = off`);
  if (table === 'products') await merge(session, 'product_categories', options);
  if (table === 'customers') await prepareCustomers(session, options.mapping);
  return merge(session, table, options);
}

/** Gives products that are kept nowhere plenty in every region. @returns the number of those products. */
export async function stockUnlimited(session: PostgresSession): Promise<number> {
  const [row] = await session.execute<{ products: string }>(
    `WITH stocked AS (
       INSERT INTO inventory (region, product_id, warehouse_name, quantity_on_hand, estimated_delivery_days)
       SELECT r.region, products.product_id, 'Unlimited', ${UNLIMITED_QUANTITY}, 0
       FROM products CROSS JOIN unnest($1::text[]) AS r (region)
       WHERE NOT EXISTS (SELECT FROM inventory AS i WHERE i.product_id = products.product_id)
       RETURNING product_id
     )
     SELECT count(DISTINCT product_id) AS products FROM stocked`,
    [REGION_NAMES],
  );
  return Number(row?.products);
}

async function merge(
  session: PostgresSession,
  table: keyof typeof SOURCES,
  options: MergeOptions,
): Promise<MergeCounts> {
  const { key, source, values, isChanged } = SOURCES[table];
  const list = (prefix: string, names: readonly string[]): string => names.map((name) => prefix + name).join(', ');
  const isSame = key.map((name) => `t.${name} = s.${name}`).join(' AND ');
  const differs = isChanged ?? `(${list('t.', values)}) IS DISTINCT FROM (${list('s.', values)})`;
  const updated = await countOf(
    session,
    options,
    source,
    `UPDATE ${table} AS t SET ${values.map((name) => `${name} = s.${name}`).join(', ')} FROM s WHERE ${isSame} AND ${differs}`,
  );
  // In the order of the key, so that indexes grow at their ends.
  const inserted = await countOf(
    session,
    options,
    source,
    `INSERT INTO ${table} (${list('', [...key, ...values])}) SELECT ${list('s.', [...key, ...values])} FROM s
     WHERE NOT EXISTS (SELECT FROM ${table} AS t WHERE ${isSame}) ORDER BY ${list('s.', key)}`,
  );
  return { inserted, updated };
}

async function countOf(
  session: PostgresSession,
  { mapping: { currency, region }, asOf }: MergeOptions,
  source: string,
  statement: string,
): Promise<number> {
  const zipRegions = REGIONS.flatMap(({ name, zipDigits }) => zipDigits.map((digit) => `('${digit}', '${name}')`));
  const [row] = await session.execute<{ rows: string }>(
    `WITH parameters (currency_default, region_default, last_day) AS (
       SELECT $1::text, $2::text, (($3::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date
     ),
     zip_regions (digit, region) AS (VALUES ${zipRegions.join(', ')}),
     s AS (${source}),
     changed AS (${statement} RETURNING 1)
     SELECT count(*) AS rows FROM changed`,
    [currency, region, asOf],
  );
  return Number(row?.rows);
}

/** The tiers that customers may have, and which customers the stage speaks of: their rows, or only their events. */
async function prepareCustomers(session: PostgresSession, { customersFromEvents }: ImportMapping): Promise<void> {
  for (const [rank, { name, pointsMultiplier }] of LOYALTY_TIERS.entries()) {
    await session.execute(
      'INSERT INTO loyalty_tiers (loyalty_tier, tier_rank, points_multiplier) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [name, rank, pointsMultiplier],
    );
  }
  // Customers who are known already stay as they are when only events speak of them.
  const fromEvents = `EXISTS (SELECT FROM ${stagedName('customers')} AS s WHERE s.customer_id = seen.customer_id)
    ${customersFromEvents ? 'OR NOT EXISTS (SELECT FROM customers AS t WHERE t.customer_id = seen.customer_id)' : ''}`;
  await session.execute(`
    DROP TABLE IF EXISTS ${STAGE_SCHEMA}.customer_ids;
    CREATE UNLOGGED TABLE ${STAGE_SCHEMA}.customer_ids AS
    SELECT seen.customer_id, (min(seen.occurred_at) AT TIME ZONE 'UTC')::date AS first_day
    FROM (
      SELECT customer_id, occurred_at FROM ${stagedName('events')}
      UNION ALL
      SELECT customer_id, occurred_at FROM events
      UNION ALL
      SELECT customer_id, NULL FROM ${stagedName('customers')}
    ) AS seen
    WHERE ${fromEvents}
    GROUP BY seen.customer_id;
    ANALYZE ${STAGE_SCHEMA}.customer_ids`);
}
