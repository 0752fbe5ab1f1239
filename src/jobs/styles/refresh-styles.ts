import type { PostgresSession } from '../../clients/postgres.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { fitStyles, STYLE_DIMENSIONS, type StyleHistory } from './style-factors.ts';

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

/**
 * Fills in the styles of product_statistics and customer_tastes, both of which must be of `asOf`, from the events before
 * it. The styles of products are learned from 20,000 customers at most, and memory does not grow beyond theirs. Runs
 * inside the session's transaction.
 */
export async function refreshStyles(session: PostgresSession, statements: Statements, asOf: Date): Promise<void> {
  const products = await session.execute<ProductRow>(
    'SELECT product_id, category_id FROM products ORDER BY product_id',
  );
  const pages = (): AsyncGenerator<HistoryRow[]> =>
    historyPages(session, statementNamed(statements, 'style_pairs').text, asOf);
  const model = fitStyles(await firstHistories(pages()), categoryCodes(products));
  const styleAt = (place: number): ArrayLike<number> =>
    model.products.subarray(place * STYLE_DIMENSIONS, (place + 1) * STYLE_DIMENSIONS);
  await session.execute(statementNamed(statements, 'write_product_styles').text, [
    products.map((product) => product.product_id),
    products.map((_, place) => toJson(styleAt(place))),
  ]);
  for await (const page of pages()) {
    await session.execute(statementNamed(statements, 'write_customer_styles').text, [
      page.map((row) => row.customer_id),
      page.map((row) => toJson(model.styleOf(toHistory(row)))),
    ]);
  }
}

async function firstHistories(pages: AsyncIterable<HistoryRow[]>): Promise<StyleHistory[]> {
  const histories: StyleHistory[] = [];
  for await (const page of pages) {
    for (const row of page) histories.push(toHistory(row));
    if (histories.length >= FITTED_CUSTOMERS_MAX) break;
  }
  return histories;
}

async function* historyPages(session: PostgresSession, text: string, asOf: Date): AsyncGenerator<HistoryRow[]> {
  let after: string | undefined = BEFORE_ALL_CUSTOMERS;
  while (after !== undefined) {
    const page: HistoryRow[] = await session.execute<HistoryRow>(text, [asOf, after, CUSTOMERS_PER_READ]);
    if (page.length > 0) yield page;
    after = page.at(-1)?.customer_id;
  }
}

function toHistory({ places, weights }: HistoryRow): StyleHistory {
  return { products: Int32Array.from(places), weights: Float64Array.from(weights) };
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
