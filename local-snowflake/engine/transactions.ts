import type { DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';
import { quoted } from '../duckdb/printing.ts';
import type { Table } from './catalog.ts';
import type { Session } from './session.ts';

/** Opens a transaction; inside one nothing happens. */
export async function begin(session: Session): Promise<void> {
  if (session.journal) return;
  await session.connection.run('BEGIN TRANSACTION');
  session.journal = [];
}

/** Makes the changes of the open transaction last. @throws SnowflakeError when they cannot: they are undone then. */
export async function commit(session: Session): Promise<void> {
  if (!session.journal) return;
  for (const { physicalName } of session.consumed) await session.connection.run(`DELETE FROM ${quoted(physicalName)}`);
  session.journal = undefined;
  session.consumed.clear();
  await session.connection.run('COMMIT');
  // Others see the rows only now.
  for (const table of session.changed) table.changes += 1;
  session.changed.clear();
}

/** Says that the rows of a table are others than before. */
export function markChanged(session: Session, table: Table): void {
  table.changes += 1;
  if (session.journal) session.changed.add(table);
}

export async function rollback(session: Session): Promise<void> {
  if (!session.journal) return;
  session.journal = undefined;
  session.consumed.clear();
  session.changed.clear();
  await session.connection.run('ROLLBACK');
}

/** Runs a statement that reads. */
export function read(session: Session, sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBResultReader> {
  return session.journal
    ? surviving(session, () => session.connection.run(sql, values))
    : session.connection.runPatiently(sql, values);
}

/** Runs a statement that changes rows. A failing one undoes itself, never the changes made before it. */
export async function change(
  session: Session,
  sql: string,
  values: readonly DuckDBValue[] = [],
): Promise<DuckDBResultReader> {
  const { journal } = session;
  if (!journal) return session.connection.runPatiently(sql, values);
  const result = await surviving(session, () => session.connection.run(sql, values));
  journal.push({ sql, values });
  return result;
}

/** Runs several changes as one. */
export async function atomically<T>(session: Session, work: () => Promise<T>): Promise<T> {
  if (session.journal) return work();
  await begin(session);
  try {
    const result = await work();
    await commit(session);
    return result;
  } catch (error) {
    await rollback(session);
    throw error;
  }
}

/** DuckDB gives a transaction up after any error: it is begun again and its changes are made again. */
async function surviving<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await session.connection.run('ROLLBACK');
    await session.connection.run('BEGIN TRANSACTION');
    for (const { sql, values } of session.journal ?? []) await session.connection.run(sql, values);
    throw error;
  }
}
