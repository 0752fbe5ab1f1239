import { duckDbType } from '../duckdb/data-types.ts';
import { quoted } from '../duckdb/printing.ts';
import { alreadyExists, compilationError, doesNotExist, invalidIdentifier, unsupported } from '../errors.ts';
import type { AlterAction, ObjectName, Statement } from '../sql/statement-syntax.ts';
import { nameText, type Table } from './catalog.ts';
import { applyChangeTracking } from './changes.ts';
import { isClockDefault } from './clock-defaults.ts';
import type { Account } from './context.ts';
import { type ResultSet, statusResult } from './result-set.ts';
import type { Session } from './session.ts';
import { refreshDynamicTable } from './dynamic-tables.ts';

const DONE = 'Statement executed successfully.';

/** ALTER TABLE, also of hybrid and dynamic tables. SWAP WITH and RENAME exchange names at one moment. */
export async function alterTable(
  account: Account,
  session: Session,
  { table: name, ifExists, action }: { table: ObjectName; ifExists: boolean; action: AlterAction },
): Promise<ResultSet> {
  const { catalog } = account;
  const fullName = session.fullName(name);
  if (ifExists && !catalog.findTable(fullName)) return statusResult(DONE);
  const table = catalog.table(fullName, 'Table');
  if (table.kind === 'STREAM') throw doesNotExist('Table', nameText(fullName));
  switch (action.kind) {
    case 'rename': {
      const to = session.fullName(action.to);
      if (catalog.findTable(to)) throw alreadyExists(nameText(to));
      catalog.dropTable(fullName);
      catalog.putTable(to, table);
      return statusResult(DONE);
    }
    case 'swap': {
      const other = session.fullName(action.with);
      const otherTable = catalog.table(other, 'Table');
      catalog.putTable(fullName, otherTable);
      catalog.putTable(other, table);
      return statusResult(DONE);
    }
    case 'set':
      table.properties = new Map([...table.properties, ...action.properties]);
      applyChangeTracking(table, account.clock.now());
      return statusResult(DONE);
    case 'unset':
      table.properties = new Map([...table.properties].filter(([key]) => !action.names.includes(key)));
      applyChangeTracking(table, account.clock.now());
      return statusResult(DONE);
    case 'refresh':
      await refreshDynamicTable(account, session, table);
      return statusResult(DONE);
    case 'suspend':
    case 'resume':
      table.state = action.kind === 'suspend' ? 'SUSPENDED' : 'ACTIVE';
      return statusResult(DONE);
    case 'add column':
    case 'drop column':
    case 'rename column':
      await alterColumns(session, table, action);
      applyChangeTracking(table, account.clock.now(), true);
      catalog.touch();
      return statusResult(DONE);
  }
}

/** CREATE INDEX: kept in the catalog; DuckDB finds rows without it. */
export function createIndex(
  account: Account,
  session: Session,
  { table: name, index, ifNotExists }: Extract<Statement, { kind: 'create index' }>,
): ResultSet {
  const table = account.catalog.table(session.fullName(name), 'Table');
  if (table.kind !== 'HYBRID') throw compilationError('Indexes are supported on hybrid tables only.');
  for (const column of [...index.columns, ...index.include]) columnNamed(table, column);
  if (table.indexes.some((known) => known.name === index.name)) {
    if (ifNotExists) return statusResult(`${index.name} already exists, statement succeeded.`);
    throw alreadyExists(index.name);
  }
  table.indexes = [...table.indexes, index];
  return statusResult('Statement executed successfully.');
}

type ColumnAction = Extract<AlterAction, { kind: 'add column' | 'drop column' | 'rename column' }>;

async function alterColumns(session: Session, table: Table, action: ColumnAction): Promise<void> {
  const target = `ALTER TABLE ${quoted(table.physicalName)}`;
  switch (action.kind) {
    case 'add column': {
      const { column, ifNotExists } = action;
      if (table.columns.some(({ name }) => name === column.name)) {
        if (ifNotExists) return;
        throw compilationError(`column '${column.name}' already exists`);
      }
      if (column.isAutoIncrement || isClockDefault(column) || column.defaultValue)
        throw unsupported('ADD COLUMN with a default');
      await session.connection.run(`${target} ADD COLUMN ${quoted(column.name)} ${duckDbType(column.type)}`);
      table.columns = [...table.columns, column];
      return;
    }
    case 'drop column':
      for (const name of action.columns) {
        if (action.ifExists && !table.columns.some((column) => column.name === name)) continue;
        columnNamed(table, name);
        await session.connection.run(`${target} DROP COLUMN ${quoted(name)}`);
        table.columns = table.columns.filter((column) => column.name !== name);
      }
      return;
    case 'rename column':
      columnNamed(table, action.from);
      await session.connection.run(`${target} RENAME COLUMN ${quoted(action.from)} TO ${quoted(action.to)}`);
      table.columns = table.columns.map((column) =>
        column.name === action.from ? { ...column, name: action.to } : column,
      );
  }
}

function columnNamed(table: Table, name: string): void {
  if (!table.columns.some((column) => column.name === name)) throw invalidIdentifier(name);
}
