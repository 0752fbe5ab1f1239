import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { Factorization } from '../../ranking/factorization.ts';
import type { Statements } from '../../statements.ts';
import { whileLoadingAlone } from '../dataset.ts';
import { toCopyLine } from '../demo-data/copy-text.ts';
import type { Progress } from '../progress.ts';
import { countCustomers, type RatingCustomer } from '../rating-pages.ts';
import { neighbourLists } from './neighbour-lists.ts';
import { ratingLists } from './rating-lists.ts';

/** Who makes the lists: the published method of nearest neighbours, or a model of ratings. */
export type ListMethod =
  | { readonly kind: 'neighbours'; readonly neighbours: number }
  | { readonly kind: 'ratings'; readonly model: Factorization };

/** What to make lists from, and how. */
export interface MakeListsOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  readonly method: ListMethod;
  /** Length of a list. */
  readonly first: number;
  readonly progress: Progress;
}

/** What a run wrote. */
export interface ListsSummary {
  /** Customers with a list. */
  readonly customers: number;
  readonly rows: number;
}

/** One customer's list: product ids with what they are ordered by, best first. */
export interface MadeList {
  readonly customer: RatingCustomer;
  readonly products: readonly { readonly productId: string; readonly score: number }[];
}

/** What makers of lists get: the catalog is ordered by product id. */
export interface ListSource extends MakeListsOptions {
  readonly productIds: readonly string[];
  readonly customerCount: number;
}

const NOTHING_MADE: Readonly<Record<ListMethod['kind'], string>> = {
  neighbours: 'There are no ratings to make lists from. `npm run snowgate -- import --help` brings some in.',
  ratings: 'The model knows none of the customers. Train it on their ratings: `npm run models:ratings`.',
};
const STATEMENT_DEADLINE_MS = 60_000;
const COPY =
  'COPY recommendation_lists (strategy, customer_id, rank, product_id, score, region, model, as_of) FROM STDIN';

/**
 * Makes everybody's list of products that they have not rated, out of ratings, and replaces the COLLABORATIVE lists by them
 * in one transaction: readers see the lists of one run, whole, and a run that fails leaves those that were there. Lists
 * stream into the table. Waits for a load that is under way.
 * @throws OperatorError when there are no ratings to make lists from.
 */
export async function makeCollaborativeLists(options: MakeListsOptions): Promise<ListsSummary> {
  try {
    return await whileLoadingAlone(options.database, options.progress, (session) => replaceLists(session, options));
  } finally {
    options.progress.finish();
  }
}

async function replaceLists(session: PostgresSession, options: MakeListsOptions): Promise<ListsSummary> {
  const { database, method } = options;
  const summary = { customers: 0, rows: 0 };
  const source = {
    ...options,
    productIds: await readProductIds(database),
    customerCount: await countCustomers(database),
  };
  const lists = method.kind === 'neighbours' ? neighbourLists(source, method) : ratingLists(source, method.model);
  await session.execute(`DELETE FROM recommendation_lists WHERE strategy = 'COLLABORATIVE'`);
  const copied = await session.copyIn(COPY, linesOf(lists, modelText(method), summary));
  if (copied !== summary.rows) throw new Error(`Postgres took ${copied} of ${summary.rows} rows`);
  if (summary.customers === 0) throw new OperatorError(NOTHING_MADE[method.kind]);
  return summary;
}

/** As answers name it: the name and, after a space, the version. */
function modelText(method: ListMethod): string {
  if (method.kind === 'ratings') return `${method.model.name} ${method.model.version}`;
  return `neighbours ${String(method.neighbours)}`;
}

async function* linesOf(
  pages: AsyncIterable<readonly MadeList[]>,
  model: string,
  summary: { customers: number; rows: number },
): AsyncGenerator<string> {
  const asOf = new Date().toISOString();
  for await (const page of pages) {
    let lines = '';
    for (const { customer, products } of page) {
      products.forEach(({ productId, score }, index) => {
        const { customer_id: id, home_region: region } = customer;
        lines += toCopyLine(['COLLABORATIVE', id, index + 1, productId, score, region, model, asOf]);
      });
      summary.customers += products.length > 0 ? 1 : 0;
      summary.rows += products.length;
    }
    yield lines;
  }
}

async function readProductIds(database: PostgresClient): Promise<readonly string[]> {
  const query = { name: 'product_ids', text: 'SELECT product_id FROM products ORDER BY product_id', values: [] };
  const rows = await database.query<{ readonly product_id: string }>(query, STATEMENT_DEADLINE_MS);
  return rows.map((row) => row.product_id);
}
