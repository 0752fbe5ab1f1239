import type { PostgresSession } from '../../clients/postgres.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyleHistory, type StyleModel } from './style-factors.ts';

/** Products' styles are learned from so many customers; more of them add little. */
const FITTED_CUSTOMERS_MAX = 20_000;
const CUSTOMERS_PER_READ = 2000;
const BEFORE_ALL_CUSTOMERS = '-9223372036854775808';
/** A style is written with so many digits: more would be noise. */
const DIGITS = 6;

interface ProductRow {
  readonly product_id: string;
  readonly category_id: string;
}

interface HistoryRow {
  readonly customer_id: string;
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

interface CustomerHistory extends StyleHistory {
  readonly customerId: string;
}

/**
 * Fills in the styles of product_statistics and customer_tastes, both of which must be of `asOf`, from the events before
 * it. The styles of products are learned from 20,000 customers at most, and memory does not grow beyond theirs. Runs
 * inside the session's transaction.
 */
export async function refreshStyles(session: PostgresSession, statements: Statements, asOf: Date): Promise<void> {
  const products = await session.execute<ProductRow>(
    'SELECT product_id, category_id FROM products ORDER BY product_id',
  );
  const pages = historyPages(session, statementNamed(statements, 'style_pairs').text, asOf);
  const fitted: CustomerHistory[][] = [];
  for (let count = 0; count < FITTED_CUSTOMERS_MAX; count += fitted.at(-1)?.length ?? 0) {
    const next = await pages.next();
    if (next.done === true) break;
    fitted.push(next.value);
  }
  const model = fitStyles(fitted.flat(), categoryCodes(products));
  await writeProductStyles(session, statements, products, model);
  const write = (page: readonly CustomerHistory[]): Promise<unknown> =>
    session.execute(statementNamed(statements, 'write_customer_styles').text, [
      page.map((history) => history.customerId),
      page.map((history) => toJson(model.styleOf(history))),
    ]);
  for (const page of fitted) await write(page);
  for await (const page of pages) await write(page);
}

function writeProductStyles(
  session: PostgresSession,
  statements: Statements,
  products: readonly ProductRow[],
  { products: styles }: StyleModel,
): Promise<unknown> {
  const styleAt = (place: number): ArrayLike<number> =>
    styles.subarray(place * STYLE_DIMENSIONS, (place + 1) * STYLE_DIMENSIONS);
  return session.execute(statementNamed(statements, 'write_product_styles').text, [
    products.map((product) => product.product_id),
    products.map((_, place) => toJson(styleAt(place))),
  ]);
}

async function* historyPages(session: PostgresSession, text: string, asOf: Date): AsyncGenerator<CustomerHistory[]> {
  let after: string | undefined = BEFORE_ALL_CUSTOMERS;
  while (after !== undefined) {
    const page: HistoryRow[] = await session.execute<HistoryRow>(text, [asOf, after, CUSTOMERS_PER_READ]);
    if (page.length > 0) yield page.map(toHistory);
    after = page.at(-1)?.customer_id;
  }
}

function toHistory({ customer_id: customerId, places, weights }: HistoryRow): CustomerHistory {
  return { customerId, products: Int32Array.from(places), weights: Float64Array.from(weights) };
}

function categoryCodes(products: readonly ProductRow[]): Int32Array {
  const codes = new Map<string, number>();
  return Int32Array.from(products, ({ category_id: id }) => {
    const code = codes.get(id) ?? codes.size;
    codes.set(id, code);
    return code;
  });
}

function toJson(style: ArrayLike<number>): string {
  const entries = Array.from(style, (value, dimension) => [dimension, Number(value.toPrecision(DIGITS))]);
  return JSON.stringify(Object.fromEntries(entries));
}
