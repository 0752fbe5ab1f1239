import { BRANDS, CATEGORIES } from './assortment.ts';
import { toCopyLine } from './copy-text.ts';
import type { Product } from './catalog.ts';
import { CustomerLife, type CustomerEvent } from './customer-life.ts';
import { createCustomer, HISTORY_DAYS, LOYALTY_TIERS, type Customer } from './customers.ts';
import { REGIONS } from './regions.ts';
import type { StockLevel } from './stock.ts';
import type { World } from './world.ts';

const MS_PER_DAY = 86_400_000;
/** Session ids are the customer id times this plus the number of the session. */
const SESSIONS_PER_CUSTOMER_MAX = 10_000;

/** A table to fill: its columns and its rows in COPY's text format, made while they are read. */
export interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly linesOf: () => Iterable<string>;
}

/** What rows are made from. */
export interface DemoData {
  readonly world: World;
  readonly customers: number;
  /** The moment right after the last day of the history. */
  readonly asOf: Date;
}

/** The tables whose rows are known at once, in an order that satisfies the foreign keys. */
export function baseTables({ world, customers, asOf }: DemoData): TableRows[] {
  return [
    {
      table: 'product_categories',
      columns: ['category_id', 'category_name', 'department'],
      linesOf: () => CATEGORIES.map(({ id, name, department }) => toCopyLine([id, name, department])),
    },
    {
      table: 'products',
      columns: ['product_id', 'product_name', 'brand', 'category_id', 'price', 'weight_lbs', 'is_perishable', 'product_tier'], // prettier-ignore
      linesOf: () => world.catalog.products.map(productLine),
    },
    {
      table: 'loyalty_tiers',
      columns: ['loyalty_tier', 'tier_rank', 'points_multiplier'],
      linesOf: () =>
        LOYALTY_TIERS.map(({ name, pointsMultiplier }, rank) => toCopyLine([name, rank, pointsMultiplier])),
    },
    {
      table: 'stores',
      columns: ['store_id', 'store_name', 'region', 'zip_code'],
      linesOf: () =>
        world.stores.map(({ id, name, region, zipCode }) => toCopyLine([id, name, regionNameOf(region), zipCode])),
    },
    {
      table: 'inventory',
      columns: ['region', 'product_id', 'warehouse_name', 'quantity_on_hand', 'estimated_delivery_days', 'updated_at'],
      linesOf: () => world.stock.levels.map((level) => stockLine(level, asOf)),
    },
    {
      table: 'customers',
      columns: ['customer_id', 'first_name', 'email', 'birth_date', 'joined_on', 'loyalty_tier', 'home_region', 'zip_code', 'preferred_store_id', 'has_app', 'email_opt_in', 'points_earned'], // prettier-ignore
      linesOf: () => customerLines({ world, customers, asOf }),
    },
  ];
}

/** The events of all customers: those of one customer follow each other in the order of time. */
export function eventTable(data: DemoData, onCustomerDone: () => void): TableRows {
  return {
    table: 'events',
    columns: ['event_id', 'customer_id', 'session_id', 'event_type', 'occurred_at', 'region', 'product_id', 'category_id', 'store_id', 'quantity', 'unit_price'], // prettier-ignore
    linesOf: () => eventLines(data, onCustomerDone),
  };
}

function productLine(product: Product): string {
  return toCopyLine([
    product.id,
    product.name,
    BRANDS[product.brand] ?? null,
    CATEGORIES[product.category]?.id ?? null,
    product.price.toFixed(2),
    product.weightLbs,
    product.isPerishable,
    product.tier,
  ]);
}

function stockLine({ region, productId, quantity, deliveryDays }: StockLevel, asOf: Date): string {
  const warehouse = REGIONS[region]?.warehouse ?? null;
  return toCopyLine([regionNameOf(region), productId, warehouse, quantity, deliveryDays, asOf.toISOString()]);
}

function* customerLines({ world, customers, asOf }: DemoData): Generator<string> {
  for (let index = 0; index < customers; index++) {
    const customer = createCustomer(world.seed, index, world.stores);
    yield toCopyLine([
      customer.id,
      customer.firstName,
      customer.email,
      customer.birthDay === null ? null : dateOf(customer.birthDay, asOf),
      dateOf(customer.joinDay, asOf),
      LOYALTY_TIERS[customer.tier]?.name ?? null,
      regionNameOf(customer.region),
      customer.zipCode,
      customer.preferredStoreId,
      customer.hasApp,
      customer.emailOptIn,
      customer.pointsEarned,
    ]);
  }
}

function* eventLines({ world, customers, asOf }: DemoData, onCustomerDone: () => void): Generator<string> {
  const startMs = asOf.getTime() - HISTORY_DAYS * MS_PER_DAY;
  const prices = world.catalog.products.map((product) => product.price.toFixed(2));
  for (let index = 0; index < customers; index++) {
    const customer = createCustomer(world.seed, index, world.stores);
    const events = new CustomerLife(world, customer).liveUntil(HISTORY_DAYS);
    let lines = '';
    for (const [number, event] of events.entries()) lines += eventLine(customer, event, number, startMs, prices);
    yield lines;
    onCustomerDone();
  }
}

/** Put together by hand: there are millions, and no value needs escaping. */
function eventLine(
  { id, region, preferredStoreId }: Customer,
  { type, second, session, productId, category, quantity }: CustomerEvent,
  number: number,
  startMs: number,
  prices: readonly string[],
): string {
  const occurredAt = new Date(startMs + second * 1000).toISOString();
  const product = productId === null ? '\\N' : String(productId);
  const price = productId === null ? '\\N' : (prices[productId] ?? '\\N');
  const categoryId = category === null ? '\\N' : (CATEGORIES[category]?.id ?? '\\N');
  const store = type === 'pos_purchase' ? String(preferredStoreId) : '\\N';
  const who = `${eventIdOf(id, number)}\t${String(id)}\t${String(id * SESSIONS_PER_CUSTOMER_MAX + session)}`;
  const what = `${product}\t${categoryId}\t${store}\t${String(quantity)}\t${price}`;
  return `${who}\t${type}\t${occurredAt}\t${regionNameOf(region)}\t${what}\n`;
}

/** A UUID of version 8 out of two counters; ascending, so that the index on it grows at its end only. */
function eventIdOf(customerId: number, number: number): string {
  const customer = customerId.toString(16).padStart(8, '0');
  return `${customer}-0000-8000-8000-${number.toString(16).padStart(12, '0')}`;
}

function regionNameOf(region: number): string {
  return REGIONS[region]?.name ?? '';
}

/** YYYY-MM-DD in UTC of a day counted from the beginning of the history. */
function dateOf(day: number, asOf: Date): string {
  return new Date(asOf.getTime() - (HISTORY_DAYS - day) * MS_PER_DAY).toISOString().slice(0, 10);
}
