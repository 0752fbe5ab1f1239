import type { PostgresSession } from '../../clients/postgres.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { codesOf } from '../codes.ts';
import { customerPages } from '../customer-pages.ts';
import { estimateDemand } from './demand.ts';
import { RepeatPurchases } from './repeat-purchases.ts';

/** Demand is learned from so many customers; more of them add little. */
const CUSTOMERS_MAX = 20_000;
const ORDERED = 1;
const BOUGHT_IN_STORE = 2;
/** What was bought in a store counts as so many looks: nobody sees what was looked at there. */
const STORE_WEIGHT = 2;

interface ProductRow {
  readonly product_id: string;
  readonly category_id: string;
}

interface ShoppingRow {
  readonly customer_id: string;
  readonly home_region: string;
  readonly visits: readonly number[];
  readonly places: readonly number[];
  readonly days: readonly number[];
  readonly kinds: readonly number[];
}

/**
 * Fills in demand, repeat_chance and repeat_interval of product_statistics, which must be of `asOf`, from what 20,000
 * customers at most did in the 180 days before it; where they did nothing, the columns are left as they are. Memory
 * does not grow beyond theirs. Runs inside the session's transaction.
 */
export async function refreshDemand(session: PostgresSession, statements: Statements, asOf: Date): Promise<void> {
  const products = await session.execute<ProductRow>(
    'SELECT product_id, category_id FROM products ORDER BY product_id',
  );
  const regions: string[] = [];
  const looks = { regions: [] as number[], products: [] as number[], days: [] as number[], weights: [] as number[] };
  const repeats = new RepeatPurchases(products.length);
  for await (const row of shoppingRows(session, statementNamed(statements, 'shopping_days').text, asOf)) {
    if (!regions.includes(row.home_region)) regions.push(row.home_region);
    const region = regions.indexOf(row.home_region);
    row.places.forEach((place, index) => {
      looks.regions.push(region);
      looks.products.push(place);
      looks.days.push(row.days[index] as number);
      looks.weights.push(row.kinds[index] === BOUGHT_IN_STORE ? STORE_WEIGHT : 1);
    });
    repeats.add({ visits: row.visits, daysByProduct: purchaseDays(row) });
  }
  if (looks.products.length === 0) return;
  const categoryOf = codesOf(products.map((product) => product.category_id)).codes;
  const productIds = products.map((product) => product.product_id);
  const demand = estimateDemand(looks, categoryOf, regions.length);
  for (const [index, region] of regions.entries()) {
    const own = [...demand.subarray(index * products.length, (index + 1) * products.length)];
    await session.execute(statementNamed(statements, 'write_product_demand').text, [region, productIds, own]);
  }
  const { chances, intervals } = repeats.estimate(categoryOf);
  await session.execute(statementNamed(statements, 'write_product_repeats').text, [
    productIds,
    [...chances],
    Array.from(intervals, (value) => (Number.isNaN(value) ? null : value)),
  ]);
}

async function* shoppingRows(session: PostgresSession, text: string, asOf: Date): AsyncGenerator<ShoppingRow> {
  let count = 0;
  for await (const page of customerPages((after, limit) => session.execute<ShoppingRow>(text, [asOf, after, limit]))) {
    yield* page;
    count += page.length;
    if (count >= CUSTOMERS_MAX) return;
  }
}

function purchaseDays({ places, days, kinds }: ShoppingRow): Map<number, number[]> {
  const byProduct = new Map<number, number[]>();
  places.forEach((place, index) => {
    if ((kinds[index] as number) < ORDERED) return;
    const found = byProduct.get(place);
    if (found) found.push(days[index] as number);
    else byProduct.set(place, [days[index] as number]);
  });
  return byProduct;
}
