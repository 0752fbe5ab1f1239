import type { PostgresClient, PostgresSession } from '../clients/postgres.ts';
import type { Progress } from './progress.ts';

/** What a database holds: nothing yet, a load that began and did not end, or data to serve. */
export type DatasetState =
  | { readonly kind: 'none' }
  | { readonly kind: 'unfinished'; readonly source: string }
  | { readonly kind: 'complete'; readonly source: string; readonly customers: number | null; readonly asOf: Date };

interface DatasetRow {
  readonly source: string;
  readonly customers: number | null;
  readonly as_of: Date;
  readonly completed_at: Date | null;
}

/** Every table that a load fills or that is computed from what it fills: what goes when other data comes. */
export const DATASET_TABLES = [
  'dataset',
  'recommendation_lists',
  'product_neighbours',
  'product_statistics',
  'taste_priors',
  'customer_tastes',
  'customer_propensities',
  'customer_features',
  'events',
  'inventory',
  'customers',
  'stores',
  'loyalty_tiers',
  'products',
  'product_categories',
];

const LOAD_LOCK = 76_694_284;

/** Reads what a migrated database holds. */
export async function readDatasetState(database: PostgresClient): Promise<DatasetState> {
  const rows = await database.transaction((session) =>
    session.execute<DatasetRow>('SELECT source, customers, as_of, completed_at FROM dataset'),
  );
  const row = rows[0];
  if (row === undefined) return { kind: 'none' };
  if (row.completed_at === null) return { kind: 'unfinished', source: row.source };
  return { kind: 'complete', source: row.source, customers: row.customers, asOf: row.as_of };
}

/**
 * Runs `load` while no other process loads this database, or computes tables of it: it waits for one that does, and says
 * so. The right to load ends with this process's connection, so a killed load keeps nobody waiting. What is done in the
 * session that `load` is given is one transaction, committed when the right to load ends.
 */
export async function whileLoadingAlone<Result>(
  database: PostgresClient,
  progress: Progress,
  load: (session: PostgresSession) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (session) => {
    // All that while the session itself is idle, which a server may forbid.
    await session.execute('SET LOCAL idle_in_transaction_session_timeout = 0');
    const [free] = await session.execute<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS taken', [
      LOAD_LOCK,
    ]);
    if (free?.taken !== true) {
      progress.step('Waiting for another command that works on this database');
      await session.execute('SELECT pg_advisory_xact_lock($1)', [LOAD_LOCK]);
    }
    return load(session);
  });
}

/**
 * Tells gateways, when the transaction commits, that other data serves from then on: on `dataset_changed` the seconds
 * since 1970 at which it was completed, the name of its version.
 */
export async function announceDataset(session: PostgresSession): Promise<void> {
  await session.execute(
    `SELECT pg_notify('dataset_changed', coalesce((SELECT extract(epoch FROM completed_at)::text FROM dataset), ''))`,
  );
}
