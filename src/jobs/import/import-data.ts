import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { Statements } from '../../statements.ts';
import { announceDataset, DATASET_TABLES, readDatasetState, whileLoadingAlone, type DatasetState } from '../dataset.ts';
import type { Progress } from '../progress.ts';
import { refreshDerived } from '../refresh-derived.ts';
import { rejectContradictions } from './checks.ts';
import type { ImportMapping } from './mapping.ts';
import { mergeTable, stockUnlimited } from './merge.ts';
import { RejectsFile, type Reject } from './rejects.ts';
import { createStage, dropStage, seeRejects, stageFile, stagedName, type Staged } from './stage.ts';
import { TABLE_NAMES, type TableName } from './tables.ts';

/** What an import needs. */
export interface ImportOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  readonly mapping: ImportMapping;
  /** Where rejected rows are written; an older file of that name goes away. */
  readonly rejectsPath: string;
  /** The moment that the data speaks for. Undefined: the midnight after the newest event, at most now. */
  readonly asOf: Date | undefined;
  /** Whether everything that the database holds is deleted first. */
  readonly replaces: boolean;
  readonly progress: Progress;
}

/** What an import did to a table. All but `rejected` count rows of the table; `rejected` counts lines of the file. */
export interface TableReport {
  readonly table: TableName;
  readonly inserted: number;
  readonly updated: number;
  readonly rejected: number;
}

/** What an import did. */
export interface ImportReport {
  readonly tables: readonly TableReport[];
  /** Products that got unlimited stock. */
  readonly stocked: number;
  /** Products that no region keeps, so that nobody will see them. */
  readonly unstocked: number;
  readonly asOf: Date;
  /** The file of rejected rows, null when there are none. */
  readonly rejectsPath: string | null;
}

/** What an import would do. */
export interface ImportPreview {
  readonly tables: readonly Staged[];
  /** The first problems, in the order of tables and lines. */
  readonly problems: readonly Omit<Reject, 'row'>[];
  readonly problemCount: number;
  /** Source of the data that would have to go, null where none is in the way. */
  readonly inTheWay: string | null;
}

const DAY_MS = 86_400_000;

/**
 * Reads files into the database. They are read and checked as a whole before anything changes; then each table changes
 * in one transaction, and what is computed from them in another. The same files again change nothing. Killed in
 * between, the dataset counts as unfinished and the same call completes it. At the end gateways are told on
 * `inventory_changed` and `dataset_changed`.
 * @throws OperatorError that says what to mend; and, before anything is read, when the database holds other data.
 */
export async function importData(options: ImportOptions): Promise<ImportReport> {
  const { database, mapping, replaces } = options;
  return whileReading(options, async (rejects) => {
    const state = await readDatasetState(database);
    const inTheWay = sourceInTheWay(state, mapping);
    if (inTheWay !== null && !replaces) throw new OperatorError(explainInTheWay(inTheWay, mapping));
    const staged = await stageFiles(options, rejects, replaces);
    const asOf = options.asOf ?? (await momentOf(database, replaces));
    const completedAt = await beginLoad(options, asOf);
    const tables = await mergeTables(options, staged, asOf);
    const stocked = mapping.unlimitedStock ? await database.transaction(stockUnlimited) : 0;
    const isSame = state.kind === 'complete' && state.asOf.getTime() === asOf.getTime();
    const isChanged = stocked > 0 || tables.some(({ inserted, updated }) => inserted + updated > 0);
    await (isSame && !isChanged && completedAt !== null ? endUnchanged(database, completedAt) : endLoad(options, asOf));
    const unstocked = await countUnstocked(database);
    return { tables, stocked, unstocked, asOf, rejectsPath: rejects.count > 0 ? rejects.path : null };
  });
}

/**
 * Reads and checks files as `importData` does and changes no table.
 * @throws OperatorError when files cannot be read at all.
 */
export async function previewImport(options: ImportOptions): Promise<ImportPreview> {
  return whileReading(options, async (rejects) => {
    const inTheWay = sourceInTheWay(await readDatasetState(options.database), options.mapping);
    const tables = await stageFiles(options, rejects, options.replaces || inTheWay !== null);
    return { tables, problems: rejects.shown, problemCount: rejects.count, inTheWay };
  });
}

async function whileReading<Result>(
  { database, rejectsPath, progress }: ImportOptions,
  work: (rejects: RejectsFile) => Promise<Result>,
): Promise<Result> {
  return whileLoadingAlone(database, progress, async () => {
    const rejects = new RejectsFile(rejectsPath);
    await createStage(database);
    try {
      return await work(rejects);
    } finally {
      progress.finish();
      await rejects.close();
      // When the database has gone there is nothing to remove, and the next import removes it anyway.
      await dropStage(database).catch(() => undefined);
    }
  });
}

function sourceInTheWay(state: DatasetState, { source }: ImportMapping): string | null {
  return state.kind === 'none' || state.source === source ? null : state.source;
}

function explainInTheWay(inTheWay: string, { source }: ImportMapping): string {
  return (
    `The database holds data from ${inTheWay}, which does not go together with data from ${source}. Add --replace to ` +
    'delete all of it first (customers, products, stock, events and everything computed from them), or point ' +
    'DATABASE_URL or DATA_FOLDER to another database.'
  );
}

async function stageFiles(options: ImportOptions, rejects: RejectsFile, replaces: boolean): Promise<readonly Staged[]> {
  const { database, mapping, progress } = options;
  const staged: Staged[] = [];
  for (const table of TABLE_NAMES) {
    const file = mapping.files[table];
    if (file) staged.push(await stageFile({ database, table, mapping: file, rejects, progress }));
  }
  progress.step('Checking references and duplicates');
  const contradictions = await rejectContradictions({ database, mapping, replaces, rejects });
  return staged.map((table) => {
    const rejected = contradictions.get(table.table) ?? 0;
    if (rejected === table.rows) {
      const path = mapping.files[table.table]?.path ?? '';
      throw new OperatorError(`Not one row of ${path} fits to the others. Nothing was changed.${seeRejects(rejects)}`);
    }
    return { ...table, rows: table.rows - rejected, rejected: table.rejected + rejected };
  });
}

async function momentOf(database: PostgresClient, replaces: boolean): Promise<Date> {
  const sources = [stagedName('events'), ...(replaces ? [] : ['events'])];
  const [row] = await database.transaction((session) =>
    session.execute<{ newest: Date | null }>(
      `SELECT greatest(${sources.map((table) => `(SELECT max(occurred_at) FROM ${table})`).join(', ')}) AS newest`,
    ),
  );
  const now = Date.now();
  const midnightAfter = (ms: number): number => (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
  return new Date(row?.newest ? Math.min(midnightAfter(row.newest.getTime()), now) : midnightAfter(now) - DAY_MS);
}

/** Marks the dataset as unfinished, so that no gateway starts on half of it. @returns when it was finished last. */
async function beginLoad({ database, mapping, replaces }: ImportOptions, asOf: Date): Promise<string | null> {
  return database.transaction(async (session) => {
    const [before] = await session.execute<{ completed: string | null }>(
      'SELECT completed_at::text AS completed FROM dataset',
    );
    if (replaces) await session.execute(`TRUNCATE ${DATASET_TABLES.join(', ')}`);
    await session.execute(
      `INSERT INTO dataset (source, as_of) VALUES ($1, $2) ON CONFLICT (singleton) DO UPDATE SET completed_at = NULL`,
      [mapping.source, asOf],
    );
    return before?.completed ?? null;
  });
}

async function mergeTables(
  { database, mapping, progress }: ImportOptions,
  staged: readonly Staged[],
  asOf: Date,
): Promise<readonly TableReport[]> {
  const reports: TableReport[] = [];
  for (const table of TABLE_NAMES) {
    const isMade = table === 'customers' && mapping.customersFromEvents;
    if (!mapping.files[table] && !isMade) continue;
    progress.step(`Writing ${table}`);
    const counts = await database.transaction((session) => mergeTable(session, table, { mapping, asOf }));
    reports.push({ table, ...counts, rejected: staged.find((file) => file.table === table)?.rejected ?? 0 });
  }
  return reports;
}

async function endUnchanged(database: PostgresClient, completedAt: string): Promise<void> {
  await database.transaction((session) => session.execute('UPDATE dataset SET completed_at = $1', [completedAt]));
}

async function endLoad({ database, statements, mapping, progress }: ImportOptions, asOf: Date): Promise<void> {
  await database.transaction(async (session) => {
    await refreshDerived(session, statements, asOf, progress);
    await session.execute(
      `UPDATE dataset SET source = $1, seed = NULL, customers = (SELECT count(*)::integer FROM customers), as_of = $2,
         completed_at = clock_timestamp()`,
      [mapping.source, asOf],
    );
    await announce(session);
  });
}

/** Sent when the transaction commits, and not before. */
async function announce(session: PostgresSession): Promise<void> {
  await session.execute(
    `SELECT pg_notify('inventory_changed', stocked.region) FROM (SELECT DISTINCT region FROM inventory) AS stocked`,
  );
  await announceDataset(session);
}

async function countUnstocked(database: PostgresClient): Promise<number> {
  const [row] = await database.transaction((session) =>
    session.execute<{ products: string }>(
      `SELECT count(*) AS products FROM products AS p
       WHERE NOT EXISTS (SELECT FROM inventory AS i WHERE i.product_id = p.product_id)`,
    ),
  );
  return Number(row?.products);
}
