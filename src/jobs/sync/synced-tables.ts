import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import type { Content } from './row-writer.ts';
import { STAGE_SCHEMA } from './stage-schema.ts';
import type { TablePlan } from './table-plan.ts';
import type { TableReader } from './table-reader.ts';

/** What a table was when it was synced last. */
export interface SyncedTable {
  /** Of the table at the source. */
  readonly fingerprint: string;
  /** What serves since then, unless somebody has changed it here. */
  readonly content: Content;
  /** By the source's clock; null where it does not keep track of changes. */
  readonly moment: string | null;
}

/**
 * What a table was when it was synced last from this place with these columns; undefined when it was not, or when some
 * of its values do not come from the source, so that they cannot be known again.
 */
export async function readSyncedTable(
  database: PostgresClient,
  { location }: TableReader,
  plan: TablePlan,
): Promise<SyncedTable | undefined> {
  if (plan.defaulted.length > 0 || plan.columns.some((column) => 'fill' in column)) return undefined;
  const names = plan.columns.map(({ name }) => name);
  const [row] = await database.transaction((session) =>
    session.execute<{ fingerprint: string; row_count: string; checksum: string; moment: string | null }>(
      `SELECT fingerprint, row_count, checksum, moment FROM ${STAGE_SCHEMA}.synced
       WHERE table_name = $1 AND location = $2 AND columns = $3`,
      [plan.table.name, location, names],
    ),
  );
  if (!row) return undefined;
  const { fingerprint, moment } = row;
  return { fingerprint, content: { rows: Number(row.row_count), checksum: BigInt(row.checksum) }, moment };
}

/** Says that what is staged of these tables serves from now on, in the transaction that makes it serve. */
export async function recordSyncedTables(session: PostgresSession, tables: readonly string[]): Promise<void> {
  const columns = 'location, fingerprint, columns, row_count, checksum, moment';
  await session.execute(
    `INSERT INTO ${STAGE_SCHEMA}.synced (table_name, ${columns})
     SELECT table_name, ${columns} FROM ${STAGE_SCHEMA}.stages WHERE table_name = ANY ($1)
     ON CONFLICT (table_name) DO UPDATE SET location = excluded.location, fingerprint = excluded.fingerprint,
       columns = excluded.columns, row_count = excluded.row_count, checksum = excluded.checksum,
       moment = excluded.moment, synced_at = now()`,
    [tables],
  );
  await session.execute(`DELETE FROM ${STAGE_SCHEMA}.stages WHERE table_name = ANY ($1)`, [tables]);
}
