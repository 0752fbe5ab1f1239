import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { toCopyLine } from '../demo-data/copy-text.ts';
import type { Progress } from '../progress.ts';
import { readCsv, type CsvRecord } from './csv-records.ts';
import type { FileMapping } from './mapping.ts';
import type { RejectsFile } from './rejects.ts';
import { indexOfColumn, RowReader, type LandingRow } from './row-reader.ts';
import { FIELDS, REGION_NAMES, TABLE_NAMES, type TableName } from './tables.ts';

/** The schema of what was read and is not in the tables yet. */
export const STAGE_SCHEMA = 'snowgate_import';

/** What reading one file gave. */
export interface Staged {
  readonly table: TableName;
  /** Rows of the file that were read and fit. */
  readonly rows: number;
  /** Rows of the file that do not fit. */
  readonly rejected: number;
  /** The first rows, as they land. */
  readonly sample: readonly LandingRow[];
}

/** What reading one file needs. */
export interface StageOptions {
  readonly database: PostgresClient;
  readonly table: TableName;
  readonly mapping: FileMapping;
  readonly rejects: RejectsFile;
  readonly progress: Progress;
}

const SAMPLE_ROWS = 5;
const INSUFFICIENT_PRIVILEGE = '42501';

/** Makes an empty place for every table. @throws OperatorError when the user may not. */
export async function createStage(database: PostgresClient): Promise<void> {
  const tables = TABLE_NAMES.map((table) => {
    const columns = FIELDS[table].map(({ name, type }) => `${name} ${type}`);
    return `CREATE UNLOGGED TABLE ${stagedName(table)} (line bigint NOT NULL, ${columns.join(', ')})`;
  });
  try {
    await database.transaction((session) =>
      session.execute(`
        DROP SCHEMA IF EXISTS ${STAGE_SCHEMA} CASCADE;
        CREATE SCHEMA ${STAGE_SCHEMA};
        ${tables.join(';\n')};
        CREATE UNLOGGED TABLE ${STAGE_SCHEMA}.rejects (
          number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name text NOT NULL, line bigint NOT NULL,
          field text NOT NULL, problem text NOT NULL, landing jsonb NOT NULL
        )`),
    );
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === INSUFFICIENT_PRIVILEGE)) throw cause;
    throw new OperatorError(
      `The user of DATABASE_URL may not create the schema ${STAGE_SCHEMA}. Grant it CREATE on the database.`,
      { cause },
    );
  }
}

/** Removes what `createStage` made and whatever is in it. */
export async function dropStage(database: PostgresClient): Promise<void> {
  await database.transaction((session) => session.execute(`DROP SCHEMA IF EXISTS ${STAGE_SCHEMA} CASCADE`));
}

/** A table of the stage, as SQL has it. */
export function stagedName(table: TableName): string {
  return `${STAGE_SCHEMA}.${table}`;
}

/**
 * Reads a file into the stage, as a stream; rows that do not fit go into the file of rejects.
 * @throws OperatorError when the file cannot be read, is empty, lacks columns, or has not one row that fits.
 */
export async function stageFile(options: StageOptions): Promise<Staged> {
  const { database, table, mapping, progress } = options;
  progress.step(`Reading ${basename(mapping.path)}`, await sizeOf(mapping.path));
  const state = { rows: 0, rejected: 0, sample: [] as LandingRow[] };
  await database.transaction(async (session) => {
    const columns = ['line', ...FIELDS[table].map(({ name }) => name)].join(', ');
    await session.copyIn(`COPY ${stagedName(table)} (${columns}) FROM STDIN`, copyLines(options, state));
    await session.execute(`ANALYZE ${stagedName(table)}`);
  });
  if (state.rows === 0) {
    const found = state.rejected === 0 ? 'has no rows' : `has ${state.rejected} rows, and not one of them fits`;
    throw new OperatorError(`${mapping.path} ${found}. Nothing was changed.${seeRejects(options.rejects)}`);
  }
  return { table, ...state };
}

/** Where to read what was rejected; empty when nothing was. */
export function seeRejects(rejects: RejectsFile): string {
  return rejects.count > 0 ? ` Rejected rows and why: ${rejects.path}` : '';
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new OperatorError(`${path} is not a file.`);
    return found.size;
  } catch (cause) {
    throw cause instanceof OperatorError
      ? cause
      : new OperatorError(`${path} is missing or cannot be read.`, { cause });
  }
}

async function* copyLines(
  { table, mapping, rejects, progress }: StageOptions,
  state: { rows: number; rejected: number; readonly sample: LandingRow[] },
): AsyncGenerator<string> {
  let reader = mapping.hasHeader ? undefined : new RowReader(table, mapping, undefined);
  const file = basename(mapping.path);
  for await (const { records, bytes } of readCsv(mapping)) {
    let chunk = '';
    for (const record of records) {
      if (!reader) {
        reader = new RowReader(table, mapping, headerOf(record, mapping));
        continue;
      }
      const outcome =
        'problem' in record ? { problems: [{ column: '', problem: record.problem }] } : reader.read(record.cells);
      if ('row' in outcome) {
        state.rows++;
        if (state.sample.length < SAMPLE_ROWS) state.sample.push(outcome.row);
        chunk += linesOf(table, record.line, outcome.row);
        continue;
      }
      state.rejected++;
      for (const { column, problem } of outcome.problems) {
        await rejects.add({ file, line: record.line, column, problem, row: 'cells' in record ? record.cells : [] });
      }
    }
    progress.advance(bytes);
    if (chunk !== '') yield chunk;
  }
}

function headerOf(record: CsvRecord, { path, columns }: FileMapping): readonly string[] {
  if ('problem' in record) throw new OperatorError(`${path} line ${record.line}: ${record.problem}. Mend it.`);
  const wanted = Object.values(columns).flatMap(({ column }) => (column === undefined ? [] : [column]));
  const missing = wanted.filter((column) => {
    const index = indexOfColumn(column, record.cells);
    return index < 0 || index >= record.cells.length;
  });
  if (missing.length === 0) return record.cells;
  throw new OperatorError(
    `${path} line ${record.line} has no column ${missing.join(', ')}; it has ${record.cells.join(', ')}. Mend the mapping.`,
  );
}

/** Stock without a region is the stock of every region. */
function linesOf(table: TableName, line: number, row: LandingRow): string {
  const region = table === 'inventory' ? REGION_INDEX : -1;
  if (region < 0 || row[region] !== null) return toCopyLine([line, ...row]);
  return REGION_NAMES.map((name) => toCopyLine([line, ...row.with(region, name)])).join('');
}

const REGION_INDEX = FIELDS.inventory.findIndex(({ name }) => name === 'region');
