import { LOYALTY_TIERS } from '../demo-data/customers.ts';
import { REGIONS } from '../demo-data/regions.ts';

/** The tables that an import fills, in the order of dependency. */
export const TABLE_NAMES = ['products', 'customers', 'inventory', 'events'] as const;

export type TableName = (typeof TABLE_NAMES)[number];

/** A field of a row that an import brings. */
export interface Field {
  readonly name: string;
  /** The type of its values, as Postgres names it. */
  readonly type: string;
  /** Whether every row must bring it. Others are filled as `merge.ts` says. */
  readonly isRequired: boolean;
  /** Whether text may stand for it, which is turned into a number or a UUID. */
  readonly isId: boolean;
  /** What is wrong with a value of the right type, if anything; it goes on after the field's name. */
  readonly check?: (text: string) => string | undefined;
}

/** Kinds of events, as the database writes them. */
const EVENT_TYPES = [
  'product_view',
  'category_browse',
  'search',
  'add_to_cart',
  'cart_abandon',
  'order_complete',
  'pos_purchase',
  'rating',
];
/** Events that make no sense without a product. */
const ABOUT_A_PRODUCT = new Set(['product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating']);
const AGE_MAX = 130;
const STARS_MAX = 5;

/** What each table can be told. */
export const FIELDS: Readonly<Record<TableName, readonly Field[]>> = {
  products: [
    required('product_id', 'bigint', { isId: true }),
    required('product_name', 'text'),
    optional('brand', 'text'),
    required('category_id', 'text'),
    optional('category_name', 'text'),
    optional('department', 'text'),
    required('price', 'numeric(12,2)', { check: atLeast(0) }),
    optional('currency', 'text', { check: currency }),
    optional('weight_lbs', 'numeric(8,2)', { check: atLeast(0) }),
    optional('is_perishable', 'boolean'),
    optional('product_tier', 'text', { check: oneOf(['daily_staple', 'mid_range', 'premium']) }),
  ],
  customers: [
    required('customer_id', 'bigint', { isId: true }),
    optional('first_name', 'text'),
    optional('email', 'text'),
    optional('birth_date', 'date'),
    optional('age', 'integer', { check: (text) => atLeast(0)(text) ?? atMost(AGE_MAX)(text) }),
    optional('joined_on', 'date'),
    optional('loyalty_tier', 'text', { check: oneOf(LOYALTY_TIERS.map(({ name }) => name)) }),
    optional('home_region', 'text', { check: region }),
    optional('zip_code', 'text'),
    optional('has_app', 'boolean'),
    optional('email_opt_in', 'boolean'),
    optional('points_earned', 'integer', { check: atLeast(0) }),
  ],
  inventory: [
    required('product_id', 'bigint', { isId: true }),
    optional('region', 'text', { check: region }),
    optional('warehouse_name', 'text'),
    required('quantity_on_hand', 'integer', { check: atLeast(0) }),
    optional('estimated_delivery_days', 'smallint', { check: atLeast(0) }),
    optional('updated_at', 'timestamp with time zone'),
  ],
  events: [
    required('customer_id', 'bigint', { isId: true }),
    required('event_type', 'text', { check: oneOf(EVENT_TYPES) }),
    required('occurred_at', 'timestamp with time zone'),
    optional('product_id', 'bigint', { isId: true }),
    optional('session_id', 'bigint', { isId: true }),
    optional('region', 'text', { check: region }),
    optional('category_id', 'text'),
    optional('quantity', 'integer', { check: atLeast(1) }),
    optional('unit_price', 'numeric(12,2)', { check: atLeast(0) }),
    optional('currency', 'text', { check: currency }),
    optional('value', 'double precision', { check: stars }),
    optional('event_id', 'uuid', { isId: true }),
  ],
};

/** What is wrong with a row as a whole, by field; nothing for most. Fields are read by name; null is no value. */
export function checkRow(
  table: TableName,
  valueOf: (field: string) => string | null,
): readonly { readonly field: string; readonly problem: string }[] {
  if (table !== 'events') return [];
  const type = valueOf('event_type');
  const problems: { field: string; problem: string }[] = [];
  if (type !== null && ABOUT_A_PRODUCT.has(type) && valueOf('product_id') === null)
    problems.push({ field: 'product_id', problem: `must not be empty in an event ${type}` });
  if (type === 'rating' && valueOf('value') === null)
    problems.push({ field: 'value', problem: 'must not be empty in a rating' });
  if (type !== 'rating' && valueOf('value') !== null)
    problems.push({ field: 'value', problem: 'belongs to a rating only' });
  return problems;
}

/** A row in the order of the fields of its table, for people; fields without a value are left out. */
export function describeRow(table: TableName, row: readonly (string | null)[]): string {
  const parts = FIELDS[table].map(({ name }, index) => ({ name, text: row[index] ?? null }));
  return parts.flatMap(({ name, text }) => (text === null ? [] : [`${name}=${JSON.stringify(text)}`])).join(' ');
}

/** The delivery regions, as the database writes them. */
export const REGION_NAMES: readonly string[] = REGIONS.map(({ name }) => name);

type Extras = Partial<Pick<Field, 'isId' | 'check'>>;

function required(name: string, type: string, extras: Extras = {}): Field {
  return { name, type, isRequired: true, isId: false, ...extras };
}

function optional(name: string, type: string, extras: Extras = {}): Field {
  return { name, type, isRequired: false, isId: false, ...extras };
}

function oneOf(values: readonly string[]): (text: string) => string | undefined {
  return (text) => (values.includes(text) ? undefined : `must be one of ${values.join(', ')}`);
}

function atLeast(least: number): (text: string) => string | undefined {
  return (text) => (Number(text) >= least ? undefined : `must not be below ${least}`);
}

function atMost(most: number): (text: string) => string | undefined {
  return (text) => (Number(text) <= most ? undefined : `must not be above ${most}`);
}

function currency(text: string): string | undefined {
  return /^[A-Z]{3}$/.test(text) ? undefined : 'must be three capitals such as USD';
}

function stars(text: string): string | undefined {
  const value = Number(text);
  return value > 0 && value <= STARS_MAX ? undefined : `must be above 0 and at most ${STARS_MAX}`;
}

function region(text: string): string | undefined {
  return oneOf(REGION_NAMES)(text);
}
