import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { contentSql, quoted, type Content } from './row-writer.ts';
import type { TablePlan } from './table-plan.ts';
import type { TableReader } from './table-reader.ts';

/** The schema that holds what was copied and does not serve yet, and what was synced last. */
export const STAGE_SCHEMA = 'snowgate_sync';

const INSUFFICIENT_PRIVILEGE = '42501';

/** Makes sure that there is a place to stage tables in. @throws OperatorError when the user may not create one. */
export async function createStageSchema(database: PostgresClient): Promise<void> {
  const facts = `table_name text PRIMARY KEY, location text NOT NULL, fingerprint text NOT NULL, columns text[] NOT NULL,
    row_count bigint NOT NULL, checksum numeric NOT NULL, moment text`;
  try {
    await database.transaction((session) =>
      session.execute(`
        CREATE SCHEMA IF NOT EXISTS ${STAGE_SCHEMA};
        CREATE TABLE IF NOT EXISTS ${STAGE_SCHEMA}.stages (${facts}, staged_at timestamptz NOT NULL DEFAULT now());
        ALTER TABLE ${STAGE_SCHEMA}.stages ADD COLUMN IF NOT EXISTS moment text;
        CREATE TABLE IF NOT EXISTS ${STAGE_SCHEMA}.synced (${facts}, synced_at timestamptz NOT NULL DEFAULT now())`),
    );
  } catch (cause) {
    if (codeOf(cause) !== INSUFFICIENT_PRIVILEGE) throw cause;
    throw new OperatorError(
      `The user of DATABASE_URL may not create the schema ${STAGE_SCHEMA}. Grant it CREATE on the database.`,
      { cause },
    );
  }
}

/** Creates an empty staged table of the form of the one that serves. */
export async function createStagedTable(session: PostgresSession, { table }: TablePlan): Promise<void> {
  const staged = stagedName(table.name);
  await session.execute(`
    DROP TABLE IF EXISTS ${staged};
    CREATE UNLOGGED TABLE ${staged} (LIKE ${quoted(table.name)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
}

/** Gives a staged table, all rows in it, its primary key and statistics. @throws as Postgres does for two rows of one key. */
export async function finishStagedTable(session: PostgresSession, { table, target }: TablePlan): Promise<void> {
  const staged = stagedName(table.name);
  await session.execute(
    `ALTER TABLE ${staged} ADD PRIMARY KEY (${target.key.map(quoted).join(', ')}); ANALYZE ${staged}`,
  );
}

/** What a staged table is, for the run that finishes what this one began. */
export interface StageRecord {
  /** Of the table at the source. */
  readonly fingerprint: string;
  readonly content: Content;
  readonly moment: string | null;
}

/** Says that a table is staged whole. */
export async function recordStage(
  session: PostgresSession,
  { location }: TableReader,
  plan: TablePlan,
  { fingerprint, content, moment }: StageRecord,
): Promise<void> {
  const names = plan.columns.map(({ name }) => name);
  await session.execute(
    `INSERT INTO ${STAGE_SCHEMA}.stages (table_name, location, fingerprint, columns, row_count, checksum, moment)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (table_name) DO UPDATE SET location = excluded.location, fingerprint = excluded.fingerprint,
       columns = excluded.columns, row_count = excluded.row_count, checksum = excluded.checksum,
       moment = excluded.moment, staged_at = now()`,
    [plan.table.name, location, fingerprint, names, content.rows, String(content.checksum), moment],
  );
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
    const found = await readStagedContent(session, plan);
    return String(found.rows) === stage.row_count && String(found.checksum) === stage.checksum;
  });
}

/** What a staged table holds. */
export async function readStagedContent(session: PostgresSession, plan: TablePlan): Promise<Content> {
  const [row] = await session.execute<{ rows: string; checksum: string }>(
    contentSql(stagedName(plan.table.name), plan.columns),
  );
  return { rows: Number(row?.rows), checksum: BigInt(row?.checksum ?? '0') };
}

/** The staged table of a name, as SQL has it. */
export function stagedName(table: string): string {
  return `${STAGE_SCHEMA}.${quoted(table)}`;
}

/** The SQLSTATE of an error of Postgres. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
