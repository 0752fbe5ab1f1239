import type { PostgresSession } from '../../clients/postgres.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { codesOf } from '../codes.ts';
import { customerPages } from '../customer-pages.ts';
import { createLikingsSolver, type Assortment, type Choices, type Likings } from './customer-likings.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyleHistory } from './style-factors.ts';
import { WantedCounts } from './wanted-counts.ts';

/** Products' styles are learned from so many customers; more of them add little. */
const FITTED_CUSTOMERS_MAX = 20_000;
/** A number is written with so many digits: more would be noise. */
const DIGITS = 6;

interface ProductRow {
  readonly product_id: string;
  readonly category_id: string;
  readonly brand: string;
  readonly relative_price: number;
}

interface HistoryRow {
  readonly customer_id: string;
  readonly home_region: string;
  readonly places: readonly number[];
  readonly weights: readonly number[];
  readonly counts: readonly number[];
}

interface CustomerHistory extends StyleHistory, Choices {
  readonly customerId: string;
  readonly region: string;
}

/**
 * Fills in the styles of product_statistics and what customers like in customer_tastes, both of which must be of `asOf`,
 * from the events before it. The styles of products, and how much everybody wants them, are learned from 20,000 customers
 * at most, and memory does not grow beyond theirs. Runs inside the session's transaction.
 */
export async function refreshStyles(session: PostgresSession, statements: Statements, asOf: Date): Promise<void> {
  const products = await session.execute<ProductRow>(
    `SELECT product_id, category_id, brand, min(relative_price) AS relative_price
     FROM products INNER JOIN product_statistics USING (product_id)
     GROUP BY product_id ORDER BY product_id`,
  );
  const pages = historyPages(session, statementNamed(statements, 'style_pairs').text, asOf);
  const fitted: CustomerHistory[][] = [];
  for (let count = 0; count < FITTED_CUSTOMERS_MAX; count += fitted.at(-1)?.length ?? 0) {
    const next = await pages.next();
    if (next.done === true) break;
    fitted.push(next.value);
  }
  const categoryOf = codesOf(products.map((product) => product.category_id)).codes;
  const styles = fitStyles(fitted.flat(), categoryOf);
  await session.execute(statementNamed(statements, 'write_product_styles').text, [
    products.map((product) => product.product_id),
    products.map((_, place) => toJson(styles.subarray(place * STYLE_DIMENSIONS, (place + 1) * STYLE_DIMENSIONS))),
  ]);
  const brands = codesOf(products.map((product) => product.brand));
  const relativePrices = products.map((product) => product.relative_price);
  const likingsOf = likingsByRegion({ styles, categoryOf, brandOf: brands.codes, relativePrices }, fitted.flat());
  const write = (page: readonly CustomerHistory[]): Promise<unknown> => {
    const likings = page.map(likingsOf);
    return session.execute(statementNamed(statements, 'write_customer_likings').text, [
      page.map(({ customerId }) => customerId),
      likings.map(({ style }) => toJson(style)),
      likings.map((found) => brandsToJson(found, brands.keys)),
      likings.map(({ priceLevel }) => rounded(priceLevel)),
    ]);
  };
  for (const page of fitted) await write(page);
  for await (const page of pages) await write(page);
}

/** Likings against what the customer's region wants, as far as these histories tell. */
function likingsByRegion(
  assortment: Assortment,
  histories: readonly CustomerHistory[],
): (history: CustomerHistory) => Likings {
  const wanted = new WantedCounts(assortment.categoryOf.length);
  for (const history of histories) wanted.add(history.region, history);
  const solverOf = wanted.byRegion((counts) => createLikingsSolver(assortment, counts));
  return (history) => solverOf(history.region)(history);
}

async function* historyPages(session: PostgresSession, text: string, asOf: Date): AsyncGenerator<CustomerHistory[]> {
  const pages = customerPages((after, limit) => session.execute<HistoryRow>(text, [asOf, after, limit]));
  for await (const page of pages) yield page.map(toHistory);
}

function toHistory(row: HistoryRow): CustomerHistory {
  return {
    customerId: row.customer_id,
    region: row.home_region,
    products: Int32Array.from(row.places),
    weights: Float64Array.from(row.weights),
    counts: Float64Array.from(row.counts),
  };
}

function toJson(style: ArrayLike<number>): string {
  return JSON.stringify(Object.fromEntries(Array.from(style, (value, dimension) => [dimension, rounded(value)])));
}

function brandsToJson({ brands }: Likings, names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries([...brands].map(([brand, liking]) => [names[brand], rounded(liking)])));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
