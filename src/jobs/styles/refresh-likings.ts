import type { PostgresSession } from '../../clients/postgres.ts';
import { AGE_BANDS, ageBandOf } from '../../ranking/age-bands.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import type { CategoryDemand } from '../demand/category-demand.ts';
import { CategoryInterests, type Visitor } from '../interests/category-interests.ts';
import { categoryVisits } from '../interests/category-visits.ts';
import type { Shop } from '../shop.ts';
import type { ShoppingDays } from '../shopping-days.ts';
import { choicesOf, type Choices, type StyleHistory } from './choices.ts';
import { createLikingsSolver, type Likings } from './customer-likings.ts';
import { fitStyles, STYLE_DIMENSIONS } from './style-factors.ts';
import { WantedCounts } from './wanted-counts.ts';

/** A number is written with so many digits: more would be noise. */
const DIGITS = 6;
/** What people of an age are interested in is learned from so many customers; more of them add little. */
const INTERESTS_CUSTOMERS_MAX = 4000;
/** Customers written at a time. */
const PAGE_SIZE = 2000;

/** What likings are learned from, and for whom besides the shop's customers. */
export interface LikingsSource {
  readonly shop: Shop;
  readonly demand: CategoryDemand;
  readonly others: AsyncIterable<ShoppingDays[]>;
}

/** What one customer is known to have chosen, and from which categories. */
interface KnownCustomer extends StyleHistory, Choices {
  readonly customerId: string;
  readonly regionName: string;
  readonly categoryLikings: Float64Array;
}

/**
 * Fills in the styles of product_statistics and what customers like in customer_tastes. Runs inside the session's
 * transaction.
 */
export async function refreshLikings(
  session: PostgresSession,
  statements: Statements,
  { shop, demand, others }: LikingsSource,
): Promise<void> {
  const visitors = someOf(shop.customers).map((customer) => visitorOf(shop, customer));
  const interests = CategoryInterests.learn(demand, visitors, AGE_BANDS);
  const know = (customer: ShoppingDays): KnownCustomer => knownCustomer(shop, customer, interests);
  const known = shop.customers.map(know);
  const { categoryOf, relativePrices, regions } = shop;
  const styles = fitStyles(known, { categoryOf, relativePrices, regionCount: regions.length });
  await session.execute(statementNamed(statements, 'write_product_styles').text, [
    shop.productIds,
    shop.productIds.map((_, place) =>
      toJson(styles.subarray(place * STYLE_DIMENSIONS, (place + 1) * STYLE_DIMENSIONS)),
    ),
  ]);
  const likingsOf = likingsByRegion(shop, styles, known);
  const write = (page: readonly KnownCustomer[]): Promise<unknown> => {
    const likings = page.map(likingsOf);
    return session.execute(statementNamed(statements, 'write_customer_likings').text, [
      page.map(({ customerId }) => customerId),
      page.map(({ categoryLikings }) => toJson(categoryLikings, shop.categoryIds)),
      likings.map(({ style }) => toJson(style)),
      likings.map(({ brands }) =>
        toJson(
          [...brands.values()],
          [...brands.keys()].map((code) => shop.brands[code]),
        ),
      ),
      likings.map(({ priceLevel }) => rounded(priceLevel)),
    ]);
  };
  for (let start = 0; start < known.length; start += PAGE_SIZE) await write(known.slice(start, start + PAGE_SIZE));
  for await (const page of others) await write(page.map(know));
}

/** Evenly spread over all, at most INTERESTS_CUSTOMERS_MAX. */
function someOf(customers: readonly ShoppingDays[]): readonly ShoppingDays[] {
  const step = Math.max(1, Math.ceil(customers.length / INTERESTS_CUSTOMERS_MAX));
  return customers.filter((_, index) => index % step === 0);
}

function visitorOf({ categoryOf, categoryCode, regionCode }: Shop, customer: ShoppingDays): Visitor {
  return {
    region: regionCode(customer.region),
    ageBand: customer.age === null ? null : ageBandOf(customer.age),
    visits: categoryVisits(customer, categoryOf, categoryCode),
  };
}

function knownCustomer(shop: Shop, customer: ShoppingDays, interests: CategoryInterests): KnownCustomer {
  const visitor = visitorOf(shop, customer);
  const { likings, followed } = interests.of(visitor);
  const chances = new Map<number, number>();
  const keyOf = (day: number, category: number): number => day * likings.length + category;
  visitor.visits.forEach(({ day, looked }, visit) => {
    looked.forEach((category, place) => chances.set(keyOf(day, category), followed[visit]?.[place] as number));
  });
  return {
    customerId: customer.customerId,
    regionName: customer.region,
    region: visitor.region,
    categoryLikings: likings,
    ...choicesOf(customer, (place, day) => chances.get(keyOf(day, shop.categoryOf[place] as number)) as number),
  };
}

/** Likings against what the customer's region wants, as far as these customers tell. */
function likingsByRegion(
  { categoryOf, brandOf, relativePrices }: Shop,
  styles: Float64Array,
  customers: readonly KnownCustomer[],
): (customer: KnownCustomer) => Likings {
  const wanted = new WantedCounts(categoryOf.length);
  for (const customer of customers) wanted.add(customer.regionName, customer);
  const assortment = { styles, categoryOf, brandOf, relativePrices };
  const solverOf = wanted.byRegion((counts) => createLikingsSolver(assortment, counts));
  return (customer) => solverOf(customer.regionName)(customer);
}

/** An object by the keys, or by the places. */
function toJson(values: ArrayLike<number>, keys?: readonly (string | undefined)[]): string {
  const entries = Array.from(values, (value, place) => [keys?.[place] ?? place, rounded(value)]);
  return JSON.stringify(Object.fromEntries(entries));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
