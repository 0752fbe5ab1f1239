import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { Progress } from '../progress.ts';
import { ValueError } from './column-type.ts';
import { contentSql, quoted, RowWriter, type Content } from './row-writer.ts';
import type { TablePlan } from './table-plan.ts';
import type { SourceRow, TableReader } from './table-reader.ts';

/** The schema that holds what was copied and does not serve yet. */
export const STAGE_SCHEMA = 'snowgate_sync';

/** Rejected rows that are told one by one; reading ends at the other number. */
const REJECTS_SHOWN_MAX = 10;
const REJECTS_READ_MAX = 1000;
const CHUNK_LENGTH = 65_536;
const UNIQUE_VIOLATION = '23505';

/** What staging one table needs. */
export interface StageOptions {
  readonly database: PostgresClient;
  readonly reader: TableReader;
  readonly plan: TablePlan;
  /** Fingerprint of the table at the source before it is read. */
  readonly fingerprint: string;
  /** The moment that rows speak for where the source does not say. */
  readonly asOf: Date;
  /** Rows that may be left out because they do not fit. */
  readonly rejectsMax: number;
  readonly progress: Progress;
}

/** Makes sure that there is a place to stage tables in. @throws OperatorError when the user may not create one. */
export async function createStageSchema(database: PostgresClient): Promise<void> {
  try {
    await database.transaction((session) =>
      session.execute(`
        CREATE SCHEMA IF NOT EXISTS ${STAGE_SCHEMA};
        CREATE TABLE IF NOT EXISTS ${STAGE_SCHEMA}.stages (
          table_name text PRIMARY KEY, location text NOT NULL, fingerprint text NOT NULL, columns text[] NOT NULL,
          row_count bigint NOT NULL, checksum numeric NOT NULL, staged_at timestamptz NOT NULL DEFAULT now())`),
    );
  } catch (cause) {
    if (codeOf(cause) !== '42501') throw cause;
    throw new OperatorError(
      `The user of DATABASE_URL may not create the schema ${STAGE_SCHEMA}. Grant it CREATE on the database.`,
      { cause },
    );
  }
}

/** Whether an earlier run has staged exactly this version of a table, whole and undamaged. */
export async function isStaged(
  database: PostgresClient,
  { location }: TableReader,
  plan: TablePlan,
  fingerprint: string,
): Promise<boolean> {
  return database.transaction(async (session) => {
    const names = plan.columns.map(({ name }) => name);
    const [stage] = await session.execute<{ row_count: string; checksum: string }>(
      `SELECT row_count, checksum FROM ${STAGE_SCHEMA}.stages
       WHERE table_name = $1 AND location = $2 AND fingerprint = $3 AND columns = $4`,
      [plan.table.name, location, fingerprint, names],
    );
    if (!stage) return false;
    // Staged tables are not logged: a crash of Postgres empties them.
    const found = await readContent(session, plan);
    return String(found.rows) === stage.row_count && String(found.checksum) === stage.checksum;
  });
}

/**
 * Copies one table into the stage, in one transaction: whole, or not at all.
 * @throws OperatorError when rows do not fit, when the counts or the fingerprint of the content differ from what was
 * read, or when rows break a rule of the table.
 */
export async function stageTable(options: StageOptions): Promise<Content> {
  const { database, plan, reader } = options;
  const expected = await reader.rowCount(plan.sourceTable);
  options.progress.step(`Reading ${plan.table.name}`, expected);
  try {
    return await database.transaction(async (session) => {
      await createStagedTable(session, plan);
      const content = await copyRows(session, options, expected);
      await finishStage(session, options, content);
      return content;
    });
  } catch (error) {
    throw explainBrokenRule(error, plan);
  }
}

async function createStagedTable(session: PostgresSession, { table }: TablePlan): Promise<void> {
  const staged = stagedName(table.name);
  await session.execute(`
    DROP TABLE IF EXISTS ${staged};
    CREATE UNLOGGED TABLE ${staged} (LIKE ${quoted(table.name)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
}

async function copyRows(session: PostgresSession, options: StageOptions, expected: number): Promise<Content> {
  const { plan, reader, rejectsMax } = options;
  const writer = new RowWriter(plan, options.asOf);
  const rejects = new Rejects(reader, plan.sourceTable);
  const columns = plan.columns.map(({ name }) => quoted(name)).join(', ');
  const statement = `COPY ${stagedName(plan.table.name)} (${columns}) FROM STDIN WITH (FREEZE)`;
  const taken = await session.copyIn(statement, chunksOf(options, writer, rejects));
  if (rejects.count > rejectsMax) throw new OperatorError(rejects.explain(rejectsMax));
  const { content } = writer;
  if (content.rows + rejects.count !== expected || taken !== content.rows) {
    throw new OperatorError(
      `${plan.table.name}: the source counts ${expected} rows, ${content.rows + rejects.count} were read, ` +
        `${taken} arrived. Nothing was changed. Run it again when the source is at rest.`,
    );
  }
  return content;
}

async function* chunksOf(
  { plan, reader, progress }: StageOptions,
  writer: RowWriter,
  rejects: Rejects,
): AsyncGenerator<string> {
  let chunk = '';
  for await (const rows of reader.stream(plan.sourceTable, plan.sourceColumns)) {
    for (const row of rows) chunk += lineOf(row, writer, rejects);
    progress.advance(rows.length);
    if (rejects.count >= REJECTS_READ_MAX) break;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk.length > 0) yield chunk;
}

function lineOf(row: SourceRow, writer: RowWriter, rejects: Rejects): string {
  try {
    if ('values' in row) return writer.write(row.values);
    rejects.add(row.line, row.problem);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    rejects.add(row.line, error.message);
  }
  return '';
}

async function finishStage(
  session: PostgresSession,
  { plan, reader, fingerprint }: StageOptions,
  content: Content,
): Promise<void> {
  const staged = stagedName(plan.table.name);
  const key = plan.target.key.map(quoted).join(', ');
  await session.execute(`ALTER TABLE ${staged} ADD PRIMARY KEY (${key}); ANALYZE ${staged}`);
  const found = await readContent(session, plan);
  if (found.rows !== content.rows || found.checksum !== content.checksum) {
    throw new OperatorError(
      `${plan.table.name}: what Postgres holds is not what was read (${found.rows} of ${content.rows} rows, ` +
        `fingerprint ${found.checksum} instead of ${content.checksum}). Nothing was changed.`,
    );
  }
  await session.execute(
    `INSERT INTO ${STAGE_SCHEMA}.stages (table_name, location, fingerprint, columns, row_count, checksum)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (table_name) DO UPDATE SET location = excluded.location, fingerprint = excluded.fingerprint,
       columns = excluded.columns, row_count = excluded.row_count, checksum = excluded.checksum, staged_at = now()`,
    [
      plan.table.name,
      reader.location,
      fingerprint,
      plan.columns.map(({ name }) => name),
      content.rows,
      String(content.checksum),
    ],
  );
}

async function readContent(session: PostgresSession, plan: TablePlan): Promise<Content> {
  const [row] = await session.execute<{ rows: string; checksum: string }>(
    contentSql(stagedName(plan.table.name), plan.columns),
  );
  return { rows: Number(row?.rows), checksum: BigInt(row?.checksum ?? '0') };
}

/** The staged table of a name, as SQL has it. */
export function stagedName(table: string): string {
  return `${STAGE_SCHEMA}.${quoted(table)}`;
}

/** Rows that do not fit. */
class Rejects {
  readonly #reader: TableReader;
  readonly #sourceTable: string;
  readonly #shown: string[] = [];
  count = 0;

  constructor(reader: TableReader, sourceTable: string) {
    this.#reader = reader;
    this.#sourceTable = sourceTable;
  }

  add(line: number, problem: string): void {
    this.count++;
    if (this.#shown.length < REJECTS_SHOWN_MAX)
      this.#shown.push(`  ${this.#reader.placeOf(this.#sourceTable, line)}: ${problem}`);
  }

  explain(rejectsMax: number): string {
    const more = this.count > this.#shown.length ? [`  … and ${this.count - this.#shown.length} more`] : [];
    const many = this.count >= REJECTS_READ_MAX ? `${this.count} rows or more` : `${this.count} rows`;
    return [
      `${many} of ${this.#sourceTable} do not fit (--rejects-max ${rejectsMax}). Nothing was changed. Mend them:`,
      ...this.#shown,
      ...more,
    ].join('\n');
  }
}

/** Says which row breaks which rule; every other error passes as it is. What else is in the row stays unsaid. */
function explainBrokenRule(error: unknown, { table }: TablePlan): unknown {
  const code = codeOf(error);
  if (code?.startsWith('23') !== true) return error;
  const {
    constraint = '',
    detail = '',
    where = '',
  } = error as { constraint?: string; detail?: string; where?: string };
  const [, row] = /COPY \w+, line (\d+)/.exec(where) ?? [];
  const text =
    code === UNIQUE_VIOLATION
      ? `${table.name} has two rows of the same key: ${detail}`
      : `${table.name}${row === undefined ? '' : `, row ${row}`} breaks the rule ${constraint}.`;
  return new OperatorError(`${text} Nothing was changed. Mend the source.`, { cause: error });
}

/** The SQLSTATE of an error of Postgres. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
