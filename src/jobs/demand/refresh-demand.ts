import type { PostgresSession } from '../../clients/postgres.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import type { Shop } from '../shop.ts';
import { BOUGHT_IN_STORE, ORDERED, type ShoppingDays } from '../shopping-days.ts';
import { CategoryDemand } from './category-demand.ts';
import { estimateDemand, type Looks } from './demand.ts';
import { RepeatPurchases } from './repeat-purchases.ts';

/** What was bought in a store counts as so many looks: nobody sees what was looked at there. */
const STORE_WEIGHT = 2;

/**
 * Fills in demand, repeat_chance and repeat_interval of product_statistics from the last 180 days of the shop's
 * customers; where they did nothing, the columns are left as they are. Runs inside the session's transaction.
 * @returns What is wanted of the categories.
 */
export async function refreshDemand(
  session: PostgresSession,
  statements: Statements,
  shop: Shop,
): Promise<CategoryDemand> {
  const looks = looksOf(shop);
  const categories = new CategoryDemand(looks, shop.categoryOf, shop.regions.length);
  if (looks.products.length === 0) return categories;
  const products = shop.productIds.length;
  const demand = estimateDemand(looks, shop.categoryOf, categories);
  for (const [index, region] of shop.regions.entries()) {
    const own = [...demand.subarray(index * products, (index + 1) * products)];
    await session.execute(statementNamed(statements, 'write_product_demand').text, [region, shop.productIds, own]);
  }
  const { chances, intervals } = repeatsOf(shop);
  await session.execute(statementNamed(statements, 'write_product_repeats').text, [
    shop.productIds,
    [...chances],
    Array.from(intervals, (value) => (Number.isNaN(value) ? null : value)),
  ]);
  return categories;
}

function looksOf(shop: Shop): Looks {
  const looks = { regions: [] as number[], products: [] as number[], days: [] as number[], weights: [] as number[] };
  for (const { region, places, days, kinds } of shop.customers) {
    const code = shop.regionCode(region);
    places.forEach((place, index) => {
      const day = days[index] as number;
      if (day < 0) return;
      looks.regions.push(code);
      looks.products.push(place);
      looks.days.push(day);
      looks.weights.push((kinds[index] as number) & BOUGHT_IN_STORE ? STORE_WEIGHT : 1);
    });
  }
  return looks;
}

function repeatsOf({ productIds, categoryOf, customers }: Shop): ReturnType<RepeatPurchases['estimate']> {
  const repeats = new RepeatPurchases(productIds.length);
  for (const customer of customers) {
    const visits = [...customer.visits].filter((day) => day >= 0);
    repeats.add({ visits, daysByProduct: purchaseDays(customer) });
  }
  return repeats.estimate(categoryOf);
}

function purchaseDays({ places, days, kinds }: ShoppingDays): Map<number, number[]> {
  const byProduct = new Map<number, number[]>();
  places.forEach((place, index) => {
    const day = days[index] as number;
    if (day < 0 || ((kinds[index] as number) & (ORDERED | BOUGHT_IN_STORE)) === 0) return;
    const found = byProduct.get(place);
    if (found) found.push(day);
    else byProduct.set(place, [day]);
  });
  return byProduct;
}
