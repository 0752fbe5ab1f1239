import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { announceDataset } from '../dataset.ts';
import type { Progress } from '../progress.ts';
import { quoted } from './row-writer.ts';
import { OPTIONAL_TABLE } from './serving-tables.ts';
import { codeOf, stagedName } from './stage-schema.ts';
import { recordSyncedTables } from './synced-tables.ts';
import type { TablePlan } from './table-plan.ts';

/** What is swapped in. */
export interface SwapOptions {
  readonly database: PostgresClient;
  /** Staged tables in the order of dependency. */
  readonly plans: readonly TablePlan[];
  /** Rows that each staged table must have. */
  readonly rowsByTable: ReadonlyMap<string, number>;
  readonly source: string;
  /** Whether the run brings all tables, so that the dataset is from then on of this source. */
  readonly isWhole: boolean;
  /** Whether what is left of another source has to go. */
  readonly replacesSource: boolean;
  readonly startedAt: Date;
  /** The moment that the data speaks for, where no row says it. */
  readonly asOf: Date;
  readonly progress: Progress;
}

/** What a swap did to a table. */
export interface TableChange {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

const LOCK_TIMEOUT_MS = 30_000;
const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes the staged tables the ones that serve, in one transaction that writes only the rows that differ. Readers never
 * wait: they see the old version until it ends and the new one from then on; those who write to the tables wait. When
 * it ends gateways are told: on `inventory_changed` each region whose snapshot is old, on `dataset_changed` the seconds
 * since 1970 at which the dataset was completed, a name for the version that serves from then on. The stage is empty.
 * @throws OperatorError when a count is not what was staged, when tables that were left out contradict the new ones, or
 * when somebody holds the tables; then nothing has changed.
 */
export async function swapTables(options: SwapOptions): Promise<readonly TableChange[]> {
  const { database, plans, progress } = options;
  progress.step('Swapping all tables at once', plans.length * 2);
  try {
    const changes = await database.transaction((session) => swap(session, options));
    progress.step('Statistics');
    for (const { table } of plans)
      await database.transaction((session) => session.execute(`ANALYZE ${quoted(table.name)}`));
    return changes;
  } catch (error) {
    throw explainSwap(error);
  }
}

async function swap(session: PostgresSession, options: SwapOptions): Promise<TableChange[]> {
  const { plans, rowsByTable, progress } = options;
  const names = plans.map(({ table }) => quoted(table.name));
  // Readers pass this lock; writers wait, so that what is compared stays what it is.
  await session.execute(`
    SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off;
    LOCK TABLE dataset, ${names.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  for (const { table } of plans) await assertRows(session, stagedName(table.name), rowsByTable.get(table.name));
  const written = new Map<string, { inserted: number; updated: number }>();
  for (const plan of plans) {
    for (const column of plan.target.unique) await makeRoom(session, plan, quoted(column));
    written.set(plan.table.name, await writeChanges(session, plan));
    progress.advance(1);
  }
  const changes: TableChange[] = [];
  for (const plan of plans.toReversed()) {
    const { name } = plan.table;
    const deleted = await deleteGone(session, plan);
    changes.unshift({ table: name, inserted: 0, updated: 0, ...written.get(name), deleted });
    progress.advance(1);
  }
  // Events of other customers would show up as purchases of these.
  if (options.replacesSource && !written.has(OPTIONAL_TABLE)) await session.execute(`DELETE FROM ${OPTIONAL_TABLE}`);
  for (const { table } of plans) await assertRows(session, quoted(table.name), rowsByTable.get(table.name));
  await recordDataset(session, options);
  await announce(session, plans, changes);
  await session.execute(`DROP TABLE ${plans.map(({ table }) => stagedName(table.name)).join(', ')}`);
  await recordSyncedTables(
    session,
    plans.map(({ table }) => table.name),
  );
  return changes;
}

async function assertRows(session: PostgresSession, table: string, expected: number | undefined): Promise<void> {
  const [found] = await session.execute<{ rows: string }>(`SELECT count(*) AS rows FROM ${table}`);
  if (Number(found?.rows) === expected) return;
  throw new OperatorError(
    `${table} has ${found?.rows ?? 'no'} rows where ${String(expected)} were staged. Nothing was changed. Run it again.`,
  );
}

async function writeChanges(session: PostgresSession, plan: TablePlan): Promise<{ inserted: number; updated: number }> {
  const table = quoted(plan.table.name);
  const staged = stagedName(plan.table.name);
  const columns = plan.columns.map(({ name }) => quoted(name));
  const values = plan.columns.filter(({ name }) => !plan.target.key.includes(name)).map(({ name }) => quoted(name));
  const list = (prefix: string, names: readonly string[]): string => names.map((name) => prefix + name).join(', ');
  const updated =
    values.length === 0
      ? 0
      : await countOf(
          session,
          `UPDATE ${table} AS t SET ${values.map((name) => `${name} = s.${name}`).join(', ')} FROM ${staged} AS s
           WHERE ${isSameKey(plan)} AND (${list('t.', values)}) IS DISTINCT FROM (${list('s.', values)})`,
        );
  const inserted = await countOf(
    session,
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${list('s.', columns)} FROM ${staged} AS s
     WHERE NOT EXISTS (SELECT FROM ${table} AS t WHERE ${isSameKey(plan)})`,
  );
  return { inserted, updated };
}

/**
 * Moves the rows that change or go below every value of a unique column: two rows may exchange theirs, and a new row may
 * take that of one that goes only after everything refers to the new one.
 */
async function makeRoom(session: PostgresSession, plan: TablePlan, column: string): Promise<void> {
  const table = quoted(plan.table.name);
  const staged = stagedName(plan.table.name);
  const key = plan.target.key.map((name) => quoted(name));
  await session.execute(`
    UPDATE ${table} AS t
    SET ${column} = least((SELECT min(${column}) FROM ${table}), (SELECT min(${column}) FROM ${staged})) - moved.place
    FROM (
      SELECT ${key.map((name) => `t.${name}`).join(', ')}, row_number() OVER ()::integer AS place FROM ${table} AS t
      WHERE NOT EXISTS (SELECT FROM ${staged} AS s WHERE ${isSameKey(plan)} AND s.${column} = t.${column})
    ) AS moved
    WHERE ${key.map((name) => `t.${name} = moved.${name}`).join(' AND ')}`);
}

function deleteGone(session: PostgresSession, plan: TablePlan): Promise<number> {
  return countOf(
    session,
    `DELETE FROM ${quoted(plan.table.name)} AS t
     WHERE NOT EXISTS (SELECT FROM ${stagedName(plan.table.name)} AS s WHERE ${isSameKey(plan)})`,
  );
}

function isSameKey({ target }: TablePlan): string {
  return target.key.map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
}

async function countOf(session: PostgresSession, statement: string): Promise<number> {
  const [row] = await session.execute<{ rows: string }>(
    `WITH changed AS (${statement} RETURNING 1) SELECT count(*) AS rows FROM changed`,
  );
  return Number(row?.rows);
}

/** What the data speaks for is what its features speak for. A part of the tables leaves that as it was. */
async function recordDataset(session: PostgresSession, options: SwapOptions): Promise<void> {
  const { isWhole, source, asOf, startedAt } = options;
  await session.execute(
    isWhole
      ? `INSERT INTO dataset (source, seed, customers, as_of, started_at, completed_at)
         SELECT $1, NULL, (SELECT count(*)::integer FROM customers),
           coalesce((SELECT max(as_of) FROM customer_features), $2), $3, clock_timestamp()
         ON CONFLICT (singleton) DO UPDATE SET source = excluded.source, seed = NULL, customers = excluded.customers,
           as_of = excluded.as_of, started_at = excluded.started_at, completed_at = excluded.completed_at`
      : `UPDATE dataset SET customers = (SELECT count(*)::integer FROM customers), completed_at = clock_timestamp()`,
    isWhole ? [source, asOf, startedAt] : [],
  );
}

/** Sent when the transaction commits, and not before. */
async function announce(
  session: PostgresSession,
  plans: readonly TablePlan[],
  changes: readonly TableChange[],
): Promise<void> {
  const changed = changes.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
  const inSnapshots = plans.filter(({ table }) => table.isInSnapshots).map(({ table }) => table.name);
  if (changed.some(({ table }) => inSnapshots.includes(table)))
    await session.execute(
      `SELECT pg_notify('inventory_changed', stocked.region) FROM (SELECT DISTINCT region FROM inventory) AS stocked`,
    );
  await announceDataset(session);
}

function explainSwap(error: unknown): unknown {
  const { detail = '', table = '' } = error instanceof Error ? (error as { detail?: string; table?: string }) : {};
  switch (codeOf(error)) {
    case FOREIGN_KEY_VIOLATION:
      return new OperatorError(
        `The tables contradict each other: ${detail} Nothing was changed. Copy both tables in one run, or mend the source.`,
        { cause: error },
      );
    case UNIQUE_VIOLATION:
      return new OperatorError(`${table} has two rows of the same value: ${detail} Nothing was changed.`, {
        cause: error,
      });
    case LOCK_NOT_AVAILABLE:
      return new OperatorError('Somebody holds the tables. Nothing was changed. Run it again; what was read is kept.', {
        cause: error,
      });
    case undefined:
    default:
      return error;
  }
}
