import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { Progress } from '../progress.ts';
import { ValueError } from './column-type.ts';
import { quoted, RowWriter, type Content } from './row-writer.ts';
import { stageChanges } from './stage-changes.ts';
import {
  codeOf,
  createStagedTable,
  finishStagedTable,
  readStagedContent,
  recordStage,
  stagedName,
} from './stage-schema.ts';
import { readSyncedTable } from './synced-tables.ts';
import type { TablePlan } from './table-plan.ts';
import { ChangesUnknownError, type SourceRow, type TableReader } from './table-reader.ts';

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
  /** Whether to read everything, whatever has changed. */
  readonly readsWhole: boolean;
  readonly progress: Progress;
}

/** How a table was staged. */
export interface Staging {
  /** Rows that came from the source. */
  readonly rowsRead: number;
  /** Why rows were read that have not changed, where that was not to be expected. */
  readonly wholeBecause?: string;
}

/**
 * Stages a table, reading only what has changed since the last sync where that can be told, and everything otherwise.
 * @throws OperatorError as `stageTable` does.
 */
export async function stageBest(options: StageOptions): Promise<Staging> {
  const synced = options.readsWhole ? undefined : await readSyncedTable(options.database, options.reader, options.plan);
  try {
    if (synced) return { rowsRead: await stageChanges(options, synced) };
  } catch (error) {
    if (!(error instanceof ChangesUnknownError)) throw error;
    const { rows } = await stageTable(options);
    return { rowsRead: rows, wholeBecause: error.message };
  }
  const { rows } = await stageTable(options);
  return { rowsRead: rows };
}

/**
 * Copies one table into the stage, in one transaction: whole, or not at all.
 * @throws OperatorError when rows do not fit, when the counts or the fingerprint of the content differ from what was
 * read, or when rows break a rule of the table.
 */
async function stageTable(options: StageOptions): Promise<Content> {
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

async function finishStage(session: PostgresSession, options: StageOptions, content: Content): Promise<void> {
  const { plan, reader, fingerprint } = options;
  await finishStagedTable(session, plan);
  const found = await readStagedContent(session, plan);
  if (found.rows !== content.rows || found.checksum !== content.checksum) {
    throw new OperatorError(
      `${plan.table.name}: what Postgres holds is not what was read (${found.rows} of ${content.rows} rows, ` +
        `fingerprint ${found.checksum} instead of ${content.checksum}). Nothing was changed.`,
    );
  }
  const moment = (await reader.tracking?.moment()) ?? null;
  await recordStage(session, reader, plan, { fingerprint, content, moment });
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
