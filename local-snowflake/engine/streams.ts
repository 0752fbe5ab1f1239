import { printDelete, printInsert, printMerge, printUpdate } from '../duckdb/dml.ts';
import { duckDbType } from '../duckdb/data-types.ts';
import { quoted } from '../duckdb/printing.ts';
import { createTranslation } from '../duckdb/queries.ts';
import { alreadyExists, compilationError } from '../errors.ts';
import type { CreateStream, Delete, Insert, Merge, Update } from '../sql/statement-syntax.ts';
import type { DataType } from '../sql/syntax.ts';
import { nameText, type Table } from './catalog.ts';
import type { Account } from './context.ts';
import { type ResultSet, statusResult } from './result-set.ts';
import type { Session } from './session.ts';
import { statementContext } from './statement-context.ts';
import { atomically, change } from './transactions.ts';

const METADATA: readonly (readonly [name: string, type: DataType])[] = [
  ['METADATA$ACTION', { name: 'VARCHAR', args: [16_777_216] }],
  ['METADATA$ISUPDATE', { name: 'BOOLEAN', args: [] }],
  ['METADATA$ROW_ID', { name: 'VARCHAR', args: [16_777_216] }],
];

/** CREATE STREAM: a table of its own collects the rows that come into the table that it follows. */
export async function createStream(account: Account, session: Session, statement: CreateStream): Promise<ResultSet> {
  const { catalog, clock } = account;
  const fullName = session.fullName(statement.stream);
  const known = catalog.findTable(fullName);
  if (known && statement.ifNotExists) return statusResult(`${fullName.name} already exists, statement succeeded.`);
  if (known && !statement.isReplace) throw alreadyExists(nameText(fullName));
  const follows = catalog.table(session.fullName(statement.table), 'Table');
  if (follows.kind !== 'TABLE' && follows.kind !== 'TRANSIENT')
    throw compilationError(
      `An append-only stream follows a standard table, not a ${follows.kind.toLowerCase()}${follows.kind === 'HYBRID' || follows.kind === 'DYNAMIC' ? ' table' : ''}.`,
    );
  const physicalName = catalog.nextPhysicalName(fullName);
  const added = METADATA.map(([name, type]) => ({ name, type, isNotNull: false, isAutoIncrement: false }));
  const columns = [...follows.columns.map((column) => ({ ...column, isNotNull: false })), ...added];
  const list = columns.map(({ name, type }) => `${quoted(name)} ${duckDbType(type)}`).join(', ');
  await session.connection.run(`CREATE TABLE ${quoted(physicalName)} (${list})`);
  const none = { primaryKey: [], uniqueKeys: [], foreignKeys: [], indexes: [], state: 'ACTIVE' as const, changes: 0 };
  const { properties } = statement;
  catalog.putTable(fullName, {
    ...none,
    kind: 'STREAM',
    physicalName,
    columns,
    follows,
    properties,
    createdOn: clock.now(),
  });
  if (known && known.kind !== 'VIEW') await session.connection.run(`DROP TABLE ${quoted(known.physicalName)}`);
  return statusResult(`Stream ${fullName.name} successfully created.`);
}

/** Runs an INSERT; the rows that it adds also go into the streams that follow the table. */
export async function collectInserted(
  { catalog }: Account,
  session: Session,
  table: Table,
  insert: () => Promise<number>,
): Promise<number> {
  const streams = catalog.streams().filter(({ follows }) => follows === table);
  if (streams.length === 0) return insert();
  return atomically(session, async () => {
    const source = quoted(table.physicalName);
    const reader = await session.connection.run(`SELECT CAST(coalesce(max(rowid), -1) AS VARCHAR) FROM ${source}`);
    const last = reader.getRowsJS()[0]?.[0] as string;
    const count = await insert();
    const names = table.columns.map(({ name }) => quoted(name)).join(', ');
    const added = METADATA.map(([name]) => quoted(name)).join(', ');
    for (const stream of streams) {
      await change(
        session,
        `INSERT INTO ${quoted(stream.physicalName)} (${names}, ${added}) SELECT ${names}, 'INSERT', FALSE, CAST(gen_random_uuid() AS VARCHAR) FROM ${source} WHERE rowid > ${last}`,
      );
    }
    return count;
  });
}

/** The streams that a statement reads. */
export function streamsRead(
  account: Account,
  session: Session,
  statement: Insert | Update | Delete | Merge,
): readonly Table[] {
  if (account.catalog.streams().length === 0) return [];
  const streams = new Set<Table>();
  const context = statementContext(account, session);
  const { printing } = createTranslation({
    ...context,
    tableName: (name, since) => {
      const table = account.catalog.findTable(session.fullName(name));
      if (table?.kind === 'STREAM') streams.add(table);
      return context.tableName(name, since);
    },
  });
  switch (statement.kind) {
    case 'insert':
      printInsert(statement, printing);
      break;
    case 'update':
      printUpdate(statement, printing);
      break;
    case 'delete':
      printDelete(statement, printing);
      break;
    case 'merge':
      printMerge(statement, printing);
  }
  return [...streams];
}

/** Runs a change; the rows of the streams that it read are gone when it commits, those that came meanwhile are not. */
export function withConsumed<T>(session: Session, streams: readonly Table[], work: () => Promise<T>): Promise<T> {
  if (streams.length === 0) return work();
  return atomically(session, async () => {
    const result = await work();
    for (const stream of streams) session.consumed.add(stream);
    return result;
  });
}
