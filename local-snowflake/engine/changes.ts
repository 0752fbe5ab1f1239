import { quoted } from '../duckdb/printing.ts';
import { SnowflakeError, unsupported } from '../errors.ts';
import type { ObjectName } from '../sql/statement-syntax.ts';
import { type FullName, nameText, type Table } from './catalog.ts';
import type { Account } from './context.ts';
import type { Session } from './session.ts';
import { atomically } from './transactions.ts';

/** What a table with CHANGE_TRACKING was like before. Moments are milliseconds since 1970. */
export interface TrackedChanges {
  since: number;
  /** The rows as they were until a moment, in the order of time: DuckDB tables of their own. */
  readonly states: { readonly until: number; readonly physicalName: string }[];
}

/** States that are kept of a table: what lies further back can no longer be asked for. */
const STATES_MAX = 200;
const DAY_MS = 86_400_000;

/** Begins or ends the tracking of a table as its property says; `restart` forgets what was tracked. */
export function applyChangeTracking(table: Table, now: number, restart = false): void {
  const isOn = table.properties.get('CHANGE_TRACKING')?.toUpperCase() === 'TRUE';
  if (isOn && (restart || !table.tracked)) table.tracked = { since: now, states: [] };
  if (!isOn) table.tracked = undefined;
}

/** Runs a statement that changes a table; what it was like before is kept when its changes are tracked. */
export async function keepingChanges<T>(
  account: Account,
  session: Session,
  name: ObjectName,
  work: () => Promise<T>,
): Promise<T> {
  const table = account.catalog.findTable(session.fullName(name));
  const tracked = table?.tracked;
  if (!table || !tracked) return work();
  if (session.journal) throw unsupported('changing a table with CHANGE_TRACKING inside a transaction');
  const physicalName = `${table.physicalName} before change ${tracked.states.length + 1} since ${tracked.since}`;
  const result = await atomically(session, async () => {
    await session.connection.run(`CREATE TABLE ${quoted(physicalName)} AS SELECT * FROM ${quoted(table.physicalName)}`);
    return work();
  });
  tracked.states.push({ until: account.clock.now(), physicalName });
  if (tracked.states.length > STATES_MAX) tracked.since = tracked.states.shift()?.until ?? tracked.since;
  return result;
}

/**
 * A derived table of what came into a table and went from it since a moment, by value, with METADATA$ACTION; a row that
 * changed is there twice, as it was and as it is. METADATA$ISUPDATE and METADATA$ROW_ID are not served.
 * @throws SnowflakeError when changes were not tracked then, or were not kept that long.
 */
export function changesSince(account: Account, table: Table, fullName: FullName, moment: number): string {
  if (table.kind === 'DYNAMIC' || table.kind === 'VIEW') throw unsupported(`CHANGES of a ${table.kind} object`);
  const { tracked } = table;
  if (!tracked || moment < tracked.since) {
    throw new SnowflakeError(
      '091930',
      '2F003',
      `SQL compilation error:\nChange tracking is not enabled or has been missing for the time range requested on table '${nameText(fullName)}'.`,
    );
  }
  const days = Number(table.properties.get('DATA_RETENTION_TIME_IN_DAYS') ?? 1);
  if (moment < account.clock.now() - days * DAY_MS) {
    throw new SnowflakeError(
      '000707',
      '02000',
      `Time travel data is not available for table ${fullName.name}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
    );
  }
  const now = `SELECT * FROM ${quoted(table.physicalName)}`;
  const before = tracked.states.find(({ until }) => until > moment)?.physicalName ?? table.physicalName;
  const then = `SELECT * FROM ${quoted(before)}`;
  const part = (rows: string, others: string, action: string) =>
    `SELECT *, '${action}' AS "METADATA$ACTION" FROM (${rows} EXCEPT ALL ${others})`;
  return `(${part(now, then, 'INSERT')} UNION ALL ${part(then, now, 'DELETE')})`;
}
