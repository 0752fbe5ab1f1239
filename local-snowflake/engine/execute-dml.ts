import type { DuckDBValue } from '@duckdb/node-api';
import { printDelete, printInsert, printMerge, printUpdate } from '../duckdb/dml.ts';
import { type Printing, quoted } from '../duckdb/printing.ts';
import { createTranslation, printAlias, printSource } from '../duckdb/queries.ts';
import { compilationError, SnowflakeError, unsupported } from '../errors.ts';
import type { Delete, Insert, Merge, ObjectName, Update } from '../sql/statement-syntax.ts';
import type { BoundRows } from './bindings.ts';
import type { Table } from './catalog.ts';
import { withClockDefaults } from './clock-defaults.ts';
import type { Account } from './context.ts';
import { countsResult, type ResultSet, STATEMENT_TYPES, statusResult } from './result-set.ts';
import type { Session } from './session.ts';
import { statementContext } from './statement-context.ts';
import { collectInserted, streamsRead, withConsumed } from './streams.ts';
import { atomically, change, markChanged, read } from './transactions.ts';

/** Executes a statement that changes rows; with array binding once per row of binds, all or nothing. */
export async function executeDml(
  account: Account,
  session: Session,
  statement: Insert | Update | Delete | Merge,
  bound: BoundRows,
): Promise<ResultSet> {
  const table = writableTable(account, session, statement.table);
  const streams = streamsRead(account, session, statement);
  const result = await withConsumed(session, streams, () => executeOn(table, account, session, statement, bound));
  markChanged(session, table);
  return result;
}

async function executeOn(
  table: Table,
  account: Account,
  session: Session,
  statement: Insert | Update | Delete | Merge,
  bound: BoundRows,
): Promise<ResultSet> {
  const { printing } = createTranslation(statementContext(account, session));
  switch (statement.kind) {
    case 'insert': {
      const completed = withClockDefaults(statement, table);
      const count = await collectInserted(account, session, table, () => insert(session, completed, printing, bound));
      return countsResult({ 'number of rows inserted': count }, STATEMENT_TYPES.insert);
    }
    case 'update': {
      const count = await changedRows(session, printUpdate(statement, printing), bound);
      return countsResult(
        { 'number of rows updated': count, 'number of multi-joined rows updated': 0 },
        STATEMENT_TYPES.update,
      );
    }
    case 'delete': {
      const count = await changedRows(session, printDelete(statement, printing), bound);
      return countsResult({ 'number of rows deleted': count }, STATEMENT_TYPES.delete);
    }
    case 'merge':
      if (account.catalog.streams().some(({ follows }) => follows === table))
        throw unsupported('MERGE into a table that a stream follows');
      return merge(session, statement, printing, bound.rows[0] ?? []);
  }
}

/** TRUNCATE TABLE. */
export async function executeTruncate(
  account: Account,
  session: Session,
  name: ObjectName,
  ifExists: boolean,
): Promise<ResultSet> {
  if (!ifExists || account.catalog.findTable(session.fullName(name))) {
    const table = writableTable(account, session, name);
    await change(session, `DELETE FROM ${quoted(table.physicalName)}`);
    markChanged(session, table);
  }
  return statusResult('Statement executed successfully.');
}

/** @throws SnowflakeError for a view or a dynamic table. */
function writableTable(account: Account, session: Session, name: ObjectName): Table {
  const table = account.catalog.table(session.fullName(name));
  if (table.kind === 'VIEW' || table.kind === 'STREAM')
    throw compilationError(`Object '${name.parts.join('.')}' is a ${table.kind.toLowerCase()} and cannot be changed.`);
  if (table.kind === 'DYNAMIC') {
    throw new SnowflakeError(
      '002003',
      '42601',
      `SQL compilation error:\nDML operation on Dynamic Table ${name.parts.join('.')} is not supported.`,
    );
  }
  return table;
}

async function insert(session: Session, statement: Insert, printing: Printing, bound: BoundRows): Promise<number> {
  const sql = printInsert(statement, printing);
  if (!statement.isOverwrite) return changedRows(session, sql, bound);
  return atomically(session, async () => {
    await change(session, `DELETE FROM ${printing.context.tableName(statement.table)}`);
    return changedRows(session, sql, bound);
  });
}

async function changedRows(session: Session, sql: string, { isArray, rows }: BoundRows): Promise<number> {
  const runAll = async () => {
    let count = 0;
    for (const row of rows) count += (await change(session, sql, row)).rowsChanged;
    return count;
  };
  return isArray ? atomically(session, runAll) : runAll();
}

async function merge(
  session: Session,
  statement: Merge,
  printing: Printing,
  values: readonly DuckDBValue[],
): Promise<ResultSet> {
  if (statement.whens.some(({ matched }) => matched)) await refuseDoubleMatches(session, statement, printing, values);
  const result = await change(session, printMerge(statement, printing), values);
  const actions = result.getRowsJS().map(([action]) => action);
  const countOf = (action: string) => actions.filter((each) => each === action).length;
  const has = (kind: string) => statement.whens.some(({ action }) => action.kind === kind);
  return countsResult(
    {
      ...(has('insert') && { 'number of rows inserted': countOf('INSERT') }),
      ...(has('update') && { 'number of rows updated': countOf('UPDATE') }),
      ...(has('delete') && { 'number of rows deleted': countOf('DELETE') }),
    },
    STATEMENT_TYPES.merge,
  );
}

/** DuckDB takes one of several source rows that match a row; Snowflake refuses to choose. */
async function refuseDoubleMatches(
  session: Session,
  { table, alias, using, on, whens }: Merge,
  printing: Printing,
  values: readonly DuckDBValue[],
): Promise<void> {
  const target = alias ?? { name: table.parts.at(-1) ?? '', columns: [] };
  const conditions = whens
    .filter(({ matched }) => matched)
    .map(({ condition }) => (condition ? printing.expression(condition) : 'TRUE'));
  const source = `${printing.context.tableName(table)}${printAlias(target)} INNER JOIN ${printSource(using, printing)}`;
  const matches = `SELECT ${quoted(target.name)}.rowid FROM ${source} ON ${printing.expression(on)} WHERE ${conditions.join(' OR ')}`;
  const used = new Set([...matches.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
  // Binds of the INSERT branch do not occur here.
  const reader = await read(
    session,
    `${matches} GROUP BY ALL HAVING count(*) > 1 LIMIT 1`,
    used.size === 0 ? [] : values.slice(0, Math.max(...used)),
  );
  if (reader.currentRowCount > 0)
    throw new SnowflakeError('100090', '42P18', 'Duplicate row detected during DML action');
}
