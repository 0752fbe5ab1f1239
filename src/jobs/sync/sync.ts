import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { readDatasetState, whileLoadingAlone, type DatasetState } from '../dataset.ts';
import type { Progress } from '../progress.ts';
import { OPTIONAL_TABLE, SERVING_TABLES, wantedTables, type ServingTable } from './serving-tables.ts';
import { createStageSchema, isStaged } from './stage-schema.ts';
import { stageBest, type Staging } from './stage.ts';
import { swapTables, type TableChange } from './swap.ts';
import { planTable, type TablePlan } from './table-plan.ts';
import type { TableReader } from './table-reader.ts';
import { readTargetTables } from './target-table.ts';

/** How to sync. */
export interface SyncOptions {
  readonly database: PostgresClient;
  readonly reader: TableReader;
  /** Names of the tables to copy; undefined copies all but events. */
  readonly tables?: readonly string[] | undefined;
  /** The moment that rows speak for where the source does not say. */
  readonly asOf: Date;
  readonly rejectsMax: number;
  /** Whether a part of the tables may be put beside tables of another source. */
  readonly mayMix: boolean;
  /** Whether to read everything, whatever has changed. Default: false. */
  readonly readsWhole?: boolean;
  readonly progress: Progress;
}

/** What a sync would do with a table. */
export interface TablePreview {
  readonly table: string;
  readonly sourceTable: string;
  readonly sourceRows: number;
  readonly servedRows: number;
  /** Columns that are filled by rule or default because the source lacks them. */
  readonly filled: readonly string[];
  readonly ignored: readonly string[];
}

/** What a sync did with a table; a table that an earlier run has staged was not read at all. */
export type TableSync = TableChange & Staging;

/** The source changed while it was read: read again this often before giving up. */
const ROUNDS_MAX = 3;

/**
 * Says what `syncTables` would copy and changes nothing.
 * @throws OperatorError as `syncTables` does for tables and columns.
 */
export async function previewSync(options: SyncOptions): Promise<readonly TablePreview[]> {
  const { database, reader } = options;
  const plans = await planTables(options);
  assertMayMix(options, plans, await readDatasetState(database));
  const previews: TablePreview[] = [];
  for (const { table, sourceTable, columns, defaulted, ignored } of plans) {
    const [served] = await database.transaction((session) =>
      session.execute<{ rows: string }>(`SELECT count(*) AS rows FROM ${table.name}`),
    );
    const filled = [...columns.filter((column) => 'fill' in column).map(({ name }) => name), ...defaulted];
    const sourceRows = await reader.rowCount(sourceTable);
    previews.push({ table: table.name, sourceTable, sourceRows, servedRows: Number(served?.rows), filled, ignored });
  }
  return previews;
}

/**
 * Copies tables of a source into the database: all of them become visible in one moment, and until then, or if it is
 * killed, what was there before serves. Tables that an earlier run has staged in the same version are not read again, and
 * of tables that were synced before only what has changed, where the source can tell.
 * @throws OperatorError that says what to mend; then what serves has not changed.
 */
export async function syncTables(options: SyncOptions): Promise<readonly TableSync[]> {
  const { database, reader, asOf, progress } = options;
  const startedAt = new Date();
  progress.step('Comparing columns');
  const plans = await planTables(options);
  try {
    return await whileLoadingAlone(database, progress, async () => {
      const state = await readDatasetState(database);
      assertMayMix(options, plans, state);
      await createStageSchema(database);
      const stagings = await stageConsistently(options, plans);
      const changes = await swapTables({
        database,
        plans,
        rowsByTable: await readStagedRows(database),
        source: reader.source,
        isWhole: isWhole(plans),
        replacesSource: isWhole(plans) && state.kind !== 'none' && state.source !== reader.source,
        startedAt,
        asOf,
        progress,
      });
      return changes.map((change) => ({ ...change, ...(stagings.get(change.table) ?? { rowsRead: 0 }) }));
    });
  } finally {
    progress.finish();
  }
}

async function planTables({ database, reader, tables }: SyncOptions): Promise<readonly TablePlan[]> {
  const wanted = wantedTables(tables);
  const available = new Set(await reader.tables());
  const targets = await readTargetTables(
    database,
    wanted.map(({ name }) => name),
  );
  const missing = wanted.filter(({ sourceNames }) => !sourceNames.some((name) => available.has(name)));
  if (missing.length > 0) throw new OperatorError(explainMissing(reader, wanted, missing));
  const plans: TablePlan[] = [];
  for (const table of wanted) {
    const sourceTable = table.sourceNames.find((name) => available.has(name)) ?? table.name;
    const target = targets.get(table.name);
    if (target) plans.push(await planTable(reader, table, sourceTable, target));
  }
  return plans;
}

function explainMissing(
  { location }: TableReader,
  wanted: readonly ServingTable[],
  missing: readonly ServingTable[],
): string {
  const there = wanted.filter((table) => !missing.includes(table)).map(({ name }) => name);
  const advice =
    there.length === 0 ? 'Check the place' : `Add them, or copy what is there: --tables ${there.join(',')}`;
  return `${location} has no ${missing.map(({ sourceNames }) => sourceNames.join(' or ')).join(', no ')}. ${advice}.`;
}

function isWhole(plans: readonly TablePlan[]): boolean {
  return SERVING_TABLES.every(({ name }) => name === OPTIONAL_TABLE || plans.some(({ table }) => table.name === name));
}

/** Half of the tables from one source and half from another fit together only by intention. */
function assertMayMix({ mayMix, reader }: SyncOptions, plans: readonly TablePlan[], state: DatasetState): void {
  if (isWhole(plans) || mayMix) return;
  if (state.kind === 'complete' && state.source === reader.source) return;
  const holds = state.kind === 'complete' ? `data from ${state.source}` : 'no complete data';
  throw new OperatorError(
    `The database holds ${holds}; a part of the tables would be mixed with it. ` +
      'Copy all tables (leave out --tables), or add --allow-mixed when they belong together.',
  );
}

/** Stages every table so that all of them are of one moment: none has changed since it was read. */
async function stageConsistently(
  options: SyncOptions,
  plans: readonly TablePlan[],
): Promise<ReadonlyMap<string, Staging>> {
  const { database, reader, progress, readsWhole = false } = options;
  const stagings = new Map<string, Staging>();
  let stale = plans;
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    for (const plan of stale) {
      progress.step(`Looking at ${plan.table.name}`);
      const fingerprint = await reader.fingerprint(plan.sourceTable, plan.sourceColumns);
      if (await isStaged(database, reader, plan, fingerprint)) continue;
      stagings.set(plan.table.name, await stageBest({ ...options, readsWhole, plan, fingerprint }));
    }
    progress.step('Checking that the source has not changed');
    stale = await changedSince(options, plans);
    if (stale.length === 0) return stagings;
  }
  throw new OperatorError(
    `${stale.map(({ sourceTable }) => sourceTable).join(', ')} in ${reader.location} kept changing while it was read. ` +
      'Nothing was changed. Run it again when the source is at rest; what was read is kept.',
  );
}

async function changedSince({ database, reader }: SyncOptions, plans: readonly TablePlan[]): Promise<TablePlan[]> {
  const changed: TablePlan[] = [];
  for (const plan of plans) {
    const fingerprint = await reader.fingerprint(plan.sourceTable, plan.sourceColumns);
    const [stage] = await database.transaction((session) =>
      session.execute<{ fingerprint: string }>(
        'SELECT fingerprint FROM snowgate_sync.stages WHERE table_name = $1 AND location = $2',
        [plan.table.name, reader.location],
      ),
    );
    if (stage?.fingerprint !== fingerprint) changed.push(plan);
  }
  return changed;
}

async function readStagedRows(database: PostgresClient): Promise<ReadonlyMap<string, number>> {
  const rows = await database.transaction((session) =>
    session.execute<{ table_name: string; row_count: string }>(
      'SELECT table_name, row_count FROM snowgate_sync.stages',
    ),
  );
  return new Map(rows.map((row) => [row.table_name, Number(row.row_count)]));
}
