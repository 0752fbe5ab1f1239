import { customerPages } from './customer-pages.ts';

/** What a customer did with a product on a day; kinds add up. */
export const CARTED = 2;
export const ORDERED = 4;
export const BOUGHT_IN_STORE = 8;

/**
 * The last of the days that are counted; the first of the 180 last ones is 0, and older ones are below it.
 * @internal Exported for tests.
 */
export const LAST_DAY = 179;

/** One row of `shopping_days`. */
export interface ShoppingDaysRow {
  readonly customer_id: string;
  readonly home_region: string;
  readonly age: number | null;
  readonly visits: readonly number[];
  readonly places: readonly number[];
  readonly days: readonly number[];
  readonly kinds: readonly number[];
  readonly stars: readonly number[];
  readonly browsed: readonly string[];
  readonly browsed_days: readonly number[];
}

/** What one customer did, day by day. */
export interface ShoppingDays {
  readonly customerId: string;
  readonly region: string;
  /** Null when it is not known. */
  readonly age: number | null;
  /** Days with anything at all, ascending. */
  readonly visits: Int32Array;
  /** Places of products in the catalog, one entry per product and day, by place and day; the next three run in parallel. */
  readonly places: Int32Array;
  readonly days: Int32Array;
  readonly kinds: Uint8Array;
  /** Of a rating, 0 without one. */
  readonly stars: Float32Array;
  /** Categories looked through, and when. */
  readonly browsed: readonly string[];
  readonly browsedDays: Int32Array;
}

/**
 * All customers' days, a page of customers at a time, by customer id ascending.
 * @param read Answers the statement `shopping_days` for a customer id to go on after and a number of customers.
 */
export async function* shoppingDaysPages(
  read: (after: string, limit: number) => Promise<ShoppingDaysRow[]>,
): AsyncGenerator<ShoppingDays[], undefined> {
  for await (const page of customerPages(read)) yield page.map(toShoppingDays);
}

/** Days between an entry and the moment that the days count up to, taken in the middle of the day. */
export function ageOfDay(day: number): number {
  return LAST_DAY - day + 0.5;
}

function toShoppingDays(row: ShoppingDaysRow): ShoppingDays {
  return {
    customerId: row.customer_id,
    region: row.home_region,
    age: row.age,
    visits: Int32Array.from(row.visits),
    places: Int32Array.from(row.places),
    days: Int32Array.from(row.days),
    kinds: Uint8Array.from(row.kinds),
    stars: Float32Array.from(row.stars),
    browsed: row.browsed,
    browsedDays: Int32Array.from(row.browsed_days),
  };
}
