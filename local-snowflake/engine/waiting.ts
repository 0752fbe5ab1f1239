import { setTimeout as sleep } from 'node:timers/promises';
import type { Statement } from '../sql/statement-syntax.ts';
import { type ResultSet, STATEMENT_TYPES, textColumn } from './result-set.ts';
import type { Session } from './session.ts';

/** The seconds of `SELECT SYSTEM$WAIT(n)`; undefined for any other statement. */
export function waitSeconds(statement: Statement): number | undefined {
  if (statement.kind !== 'query' || statement.query.body.kind !== 'select') return undefined;
  const [item, ...others] = statement.query.body.items;
  if (others.length > 0 || item?.expression.kind !== 'call' || item.expression.name !== 'SYSTEM$WAIT') return undefined;
  const amount = item.expression.args[0]?.value;
  return amount?.kind === 'number' ? Number(amount.text) : undefined;
}

/** Waits; aborting ends it with the signal's reason. */
export async function wait(seconds: number, signal: AbortSignal | undefined): Promise<ResultSet> {
  await sleep(seconds * 1000, undefined, signal ? { signal } : undefined).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
  return {
    columns: [textColumn('SYSTEM$WAIT')],
    rows: [[`waited ${seconds} seconds`]],
    statementTypeId: STATEMENT_TYPES.select,
  };
}

/** Runs work of a session; aborting interrupts it and makes it fail with the signal's reason. */
export async function interruptible<T>(
  session: Session,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const interrupt = () => session.connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    const result = await work();
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}
