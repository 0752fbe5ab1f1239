import type { PostgresSession } from '../../clients/postgres.ts';
import { ValueError } from './column-type.ts';
import { quoted, RowWriter, type Content } from './row-writer.ts';
import {
  codeOf,
  createStagedTable,
  finishStagedTable,
  readStagedContent,
  recordStage,
  stagedName,
  type StageRecord,
} from './stage-schema.ts';
import type { StageOptions } from './stage.ts';
import type { SyncedTable } from './synced-tables.ts';
import { ChangesUnknownError, type ChangeTracking, type SourceChange } from './table-reader.ts';

/** Rows that came and went, counted and added up as they passed. */
interface ChangeSum {
  readonly rowsRead: number;
  readonly came: Content;
  readonly gone: Content;
  /** By which the fingerprint's sum of hashes has grown. */
  readonly hash: bigint;
}

const CHUNK_LENGTH = 65_536;

/**
 * Stages a table as what serves with the changes of the source since the last sync: only rows that changed are read.
 * The changes must lead from the fingerprint of then to the one of now, and what is staged must hold what was known
 * then, less the rows that went, plus those that came.
 * @returns how many rows were read.
 * @throws ChangesUnknownError when the changes cannot be told or do not add up; then nothing is staged.
 */
export async function stageChanges(options: StageOptions, synced: SyncedTable): Promise<number> {
  const { database, plan, reader, progress } = options;
  progress.step(`Reading changes of ${plan.table.name}`);
  const staging = database.transaction(async (session) => {
    const { sum, ...now } = await readChanges(session, options, synced);
    await applyChanges(session, options, sum !== undefined);
    const content = contentAfter(synced.content, sum);
    const found = await readStagedContent(session, plan);
    if (found.rows !== content.rows || found.checksum !== content.checksum)
      throw new ChangesUnknownError('what serves was changed here since the last sync');
    await finishStagedTable(session, plan);
    await recordStage(session, reader, plan, { ...now, content });
    return sum?.rowsRead ?? 0;
  });
  return staging.catch((error: unknown) => {
    // Reading the table whole says which rows do not fit, and leaves out as many as it may.
    const doesNotFit = error instanceof ValueError || codeOf(error)?.startsWith('23') === true;
    throw doesNotFit ? new ChangesUnknownError('a changed row does not fit') : error;
  });
}

type ReadChanges = Pick<StageRecord, 'fingerprint' | 'moment'> & { readonly sum?: ChangeSum };

async function readChanges(session: PostgresSession, options: StageOptions, synced: SyncedTable): Promise<ReadChanges> {
  const { plan, reader, fingerprint } = options;
  const { tracking } = reader;
  // The same content: whatever happened in between has led back to it.
  if (fingerprint === synced.fingerprint) return { fingerprint, moment: (await tracking?.moment()) ?? null };
  if (!tracking || synced.moment === null) throw new ChangesUnknownError('the source does not keep track of changes');
  const sum = await copyChanges(session, options, tracking, synced.moment);
  const expected = tracking.fingerprintAfter(synced.fingerprint, sum.came.rows - sum.gone.rows, sum.hash);
  const moment = await tracking.moment();
  // It may have changed once more before the changes were read.
  const now = expected === fingerprint ? fingerprint : await reader.fingerprint(plan.sourceTable, plan.sourceColumns);
  if (expected !== now) throw new ChangesUnknownError('the changes do not lead to what the source holds');
  return { fingerprint: now, moment, sum };
}

async function copyChanges(
  session: PostgresSession,
  options: StageOptions,
  tracking: ChangeTracking,
  since: string,
): Promise<ChangeSum> {
  const { plan } = options;
  const changes = changesName(plan.table.name);
  await session.execute(`
    CREATE TEMPORARY TABLE ${changes} (LIKE ${quoted(plan.table.name)}) ON COMMIT DROP;
    ALTER TABLE ${changes} ADD COLUMN is_gone boolean NOT NULL`);
  const sum = { rowsRead: 0, hash: 0n };
  const came = new RowWriter(plan, options.asOf);
  const gone = new RowWriter(plan, options.asOf);
  const lineOf = ({ isGone, hash, values }: SourceChange): string => {
    sum.rowsRead++;
    sum.hash += isGone ? -hash : hash;
    return `${isGone ? 't' : 'f'}\t${(isGone ? gone : came).write(values)}`;
  };
  const columns = plan.columns.map(({ name }) => quoted(name)).join(', ');
  await session.copyIn(
    `COPY ${changes} (is_gone, ${columns}) FROM STDIN`,
    chunksOf(tracking.stream(plan.sourceTable, plan.sourceColumns, since), lineOf, options),
  );
  return { ...sum, came: came.content, gone: gone.content };
}

async function* chunksOf(
  batches: AsyncIterable<readonly SourceChange[]>,
  lineOf: (change: SourceChange) => string,
  { progress }: StageOptions,
): AsyncGenerator<string> {
  let chunk = '';
  for await (const batch of batches) {
    for (const change of batch) chunk += lineOf(change);
    progress.advance(batch.length);
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk.length > 0) yield chunk;
}

/** Fills the staged table with what serves, less the rows that went, plus those that came. */
async function applyChanges(session: PostgresSession, { plan }: StageOptions, hasChanges: boolean): Promise<void> {
  const staged = stagedName(plan.table.name);
  const changes = changesName(plan.table.name);
  const columns = plan.columns.map(({ name }) => quoted(name)).join(', ');
  const key = plan.target.key.map((name) => `c.${quoted(name)} = t.${quoted(name)}`).join(' AND ');
  await createStagedTable(session, plan);
  const unchanged = hasChanges ? `WHERE NOT EXISTS (SELECT FROM ${changes} AS c WHERE ${key})` : '';
  await session.execute(
    `INSERT INTO ${staged} (${columns}) SELECT ${columns} FROM ${quoted(plan.table.name)} AS t ${unchanged}`,
  );
  if (hasChanges)
    await session.execute(`INSERT INTO ${staged} (${columns}) SELECT ${columns} FROM ${changes} WHERE NOT is_gone`);
}

function contentAfter(content: Content, sum: ChangeSum | undefined): Content {
  if (!sum) return content;
  return {
    rows: content.rows - sum.gone.rows + sum.came.rows,
    checksum: content.checksum - sum.gone.checksum + sum.came.checksum,
  };
}

function changesName(table: string): string {
  return quoted(`changes of ${table}`);
}
