import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { StatementName } from '../../generated/statement-names.ts';
import { scoreCategories, type CategoryModel } from '../../ranking/category-model.ts';
import { createFeatureContext } from '../../ranking/feature-context.ts';
import {
  coldFeatures,
  coldTastes,
  type CustomerFeaturesRow,
  type CustomerTastesRow,
  type SnapshotRow,
  type TastePriorRow,
} from '../../ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../../ranking/snapshot.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { BEFORE_ALL_CUSTOMERS } from '../customer-pages.ts';
import { announceDataset, whileLoadingAlone } from '../dataset.ts';
import { toCopyLine } from '../demo-data/copy-text.ts';
import type { Progress } from '../progress.ts';
import type { ScoreSummary } from './score-customers.ts';
import type { CustomerToScore } from './score-messages.ts';

/** With what to score. */
export interface ScorePropensitiesOptions {
  readonly statements: Statements;
  readonly model: CategoryModel;
  readonly progress: Progress;
}

const PAGE_SIZE = 200;
const COPY = 'COPY customer_propensities (customer_id, category_id, propensity_score, as_of) FROM STDIN';

/**
 * Replaces the propensities of all customers by the model's in one transaction, and tells gateways when it is done: readers
 * see all old ones or all new ones, and a run that fails leaves those that were there. Waits for a load that is under way.
 * @throws OperatorError when there is nobody to score.
 */
export function replacePropensities(
  database: PostgresClient,
  options: ScorePropensitiesOptions,
): Promise<ScoreSummary> {
  return whileLoadingAlone(database, options.progress, async (session) => {
    const summary = await scorePropensities(session, options);
    if (summary.customers === 0) {
      throw new OperatorError('There are no customers to score. Run `npm run seed` or `sync` first.');
    }
    await session.execute('UPDATE dataset SET completed_at = clock_timestamp() WHERE completed_at IS NOT NULL');
    await announceDataset(session);
    return summary;
  });
}

/**
 * Fills customer_propensities anew: a row for every customer and every category that the catalog has products of, of the
 * moment that the customer's features speak for. Features are those that training exports. Runs inside the session's
 * transaction; memory does not grow with customers.
 */
export async function scorePropensities(
  session: PostgresSession,
  options: ScorePropensitiesOptions,
): Promise<ScoreSummary> {
  const { statements, progress } = options;
  const read: Read = (statement, values) => session.execute(statementNamed(statements, statement).text, values);
  const catalog = await readCatalog(read);
  const [counted] = await session.execute<{ count: string }>('SELECT count(*) AS count FROM customers');
  progress.step('Category propensities', Number(counted?.count ?? 0));
  await session.execute('DELETE FROM customer_propensities');
  const summary = { customers: 0, rows: 0 };
  for await (const page of readPages(read, catalog.asOf)) {
    const copied = await session.copyIn(COPY, [page.map((customer) => linesOf(customer, catalog, options)).join('')]);
    if (copied !== page.length * catalog.categoryIds.length) throw new Error(`Postgres took ${copied} rows of a page`);
    summary.customers += page.length;
    summary.rows += copied;
    progress.advance(page.length);
  }
  await session.execute('ANALYZE customer_propensities');
  return summary;
}

type Read = <Row extends object>(statement: StatementName, values: readonly unknown[]) => Promise<Row[]>;

/** A customer, as far as categories depend on them. */
interface Known {
  readonly features: CustomerFeaturesRow;
  readonly tastes: CustomerTastesRow;
}

async function readCatalog(read: Read): Promise<RegionSnapshot> {
  const products = await read<SnapshotRow>('catalog_products', []);
  return createSnapshot('', products, await read<TastePriorRow>('taste_priors', []), new Date());
}

/** The next page is asked for before the one before it is handed out: Postgres reads while this process scores. */
async function* readPages(read: Read, now: Date): AsyncGenerator<Known[]> {
  let next = readPage(read, BEFORE_ALL_CUSTOMERS, now);
  for (;;) {
    const { page, last } = await next;
    if (last === undefined) return;
    next = readPage(read, last, now);
    // Whoever stops here does not wait for it any more.
    next.catch(() => undefined);
    yield page;
  }
}

async function readPage(read: Read, after: string, now: Date): Promise<{ page: Known[]; last: string | undefined }> {
  const customers = await read<CustomerToScore>('customers_to_score', [after, PAGE_SIZE]);
  const ids = customers.map(({ customer_id: id }) => id);
  const features = byCustomer(await read<CustomerFeaturesRow>('customer_features_by_ids', [ids]));
  const tastes = byCustomer(await read<CustomerTastesRow>('customer_tastes_by_ids', [ids]));
  const page = ids.map((id) => ({
    features: features.get(id) ?? coldFeatures(id, now),
    tastes: tastes.get(id) ?? coldTastes(id, now),
  }));
  return { page, last: ids.at(-1) };
}

function linesOf({ features, tastes }: Known, catalog: RegionSnapshot, { model }: ScorePropensitiesOptions): string {
  const probabilities = scoreCategories(model, createFeatureContext(catalog, features, tastes));
  const asOf = features.as_of.toISOString();
  return catalog.categoryIds.reduce(
    (lines, id, code) => lines + toCopyLine([features.customer_id, id, probabilities[code] as number, asOf]),
    '',
  );
}

function byCustomer<Row extends { readonly customer_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.customer_id, row]));
}
