import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { CategoryModel } from '../../ranking/category-model.ts';
import type { Statements } from '../../statements.ts';
import { announceDataset, DATASET_TABLES } from '../dataset.ts';
import type { Progress } from '../progress.ts';
import { refreshDerived } from '../refresh-derived.ts';
import { chunksOf } from './copy-text.ts';
import { baseTables, eventTable, type TableRows } from './demo-rows.ts';
import { createWorld } from './world.ts';

const CUSTOMERS_MAX = 1_000_000;
const SOURCE = 'demo';

export interface SeedOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  /** How many customers to make, 1 to 1,000,000. */
  readonly customers: number;
  /** A whole number of 32 bits: the same seed gives the same rows. */
  readonly seed: number;
  /** The moment that the data speaks for: all events lie in the 180 days before it. */
  readonly asOf: Date;
  readonly progress: Progress;
  /** Scores the propensities; without it they are shares of what customers did. */
  readonly propensityModel?: CategoryModel | null;
  /** Whether data that is not demo data may be thrown away. Default: false; demo data is always replaced. */
  readonly shouldReplace?: boolean;
}

/** What a seed has written. */
export interface SeedSummary {
  readonly customers: number;
  readonly products: number;
  readonly events: number;
  readonly durationMs: number;
}

/**
 * Replaces all data by demo data and computes everything derived from it, in one transaction: until it ends, others
 * wait or see what was there before, and if it is killed, what was there before stays. The row in `dataset` says what
 * was seeded.
 *
 * The same seed, customers and asOf give the same rows. Another asOf shifts all times by the difference. A greater
 * number of customers leaves the catalog, the stock and the customers of the smaller number as they are.
 * @throws OperatorError when `customers`, `seed` or `asOf` cannot be used, and when the database holds other data that
 * may not be replaced; then nothing has changed.
 */
export async function seedDemoData(options: SeedOptions): Promise<SeedSummary> {
  const startedAt = performance.now();
  assertUsable(options);
  const { database, statements, customers, seed, asOf, progress } = options;
  try {
    const counts = await database.transaction(async (session) => {
      if (options.shouldReplace !== true) await assertNoOtherData(session);
      await session.execute(`TRUNCATE ${DATASET_TABLES.join(', ')}`);
      const written = await writeTables(session, options);
      await refreshDerived(session, statements, asOf, progress, options.propensityModel);
      await session.execute(
        `INSERT INTO dataset (source, seed, customers, as_of, started_at, completed_at)
         VALUES ($1, $2, $3, $4, now(), clock_timestamp())`,
        [SOURCE, seed, customers, asOf],
      );
      await announceDataset(session);
      return written;
    });
    return { customers, ...counts, durationMs: performance.now() - startedAt };
  } finally {
    progress.finish();
  }
}

function assertUsable({ customers, seed, asOf }: SeedOptions): void {
  if (!Number.isInteger(customers) || customers < 1 || customers > CUSTOMERS_MAX) {
    throw new OperatorError(`The number of customers must be a whole number from 1 to ${String(CUSTOMERS_MAX)}.`);
  }
  if (!Number.isInteger(seed) || Math.abs(seed) > 2 ** 31 - 1) {
    throw new OperatorError('The seed must be a whole number from -2147483647 to 2147483647.');
  }
  if (Number.isNaN(asOf.getTime())) throw new OperatorError('The moment that the data speaks for is not a valid date.');
}

async function assertNoOtherData(session: PostgresSession): Promise<void> {
  const [found] = await session.execute<{ source: string | null; has_customers: boolean }>(
    `SELECT (SELECT source FROM dataset) AS source, EXISTS (SELECT FROM customers) AS has_customers`,
  );
  if (found?.source === SOURCE || (found?.source === null && !found.has_customers)) return;
  throw new OperatorError(
    'The database holds data that is not demo data. Seed another database, or say explicitly that it may be replaced.',
  );
}

async function writeTables(
  session: PostgresSession,
  { customers, seed, asOf, progress }: SeedOptions,
): Promise<Pick<SeedSummary, 'products' | 'events'>> {
  progress.step('Catalog, stores, stock and customers');
  const world = createWorld(seed);
  const data = { world, customers, asOf };
  for (const table of baseTables(data)) await copyTable(session, table);
  progress.step('Events', customers);
  const events = await copyTable(
    session,
    eventTable(data, () => {
      progress.advance(1);
    }),
  );
  return { products: world.catalog.products.length, events };
}

/** Rows are written frozen: the tables were emptied in this transaction, so no vacuum has to visit them later. */
function copyTable(session: PostgresSession, { table, columns, linesOf }: TableRows): Promise<number> {
  const statement = `COPY ${table} (${columns.join(', ')}) FROM STDIN WITH (FREEZE)`;
  return session.copyIn(statement, chunksOf(linesOf()));
}
