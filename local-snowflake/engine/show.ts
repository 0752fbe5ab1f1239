import { doesNotExist, unsupported } from '../errors.ts';
import { typeText } from '../sql/data-types.ts';
import type { ObjectName, Show, Statement } from '../sql/statement-syntax.ts';
import { nameText, type Table } from './catalog.ts';
import type { Account } from './context.ts';
import { recordedObject } from './execute-objects.ts';
import { type ResultSet, textResult } from './result-set.ts';
import type { Session } from './session.ts';
import { showEndpoints, showGrants, showServices } from './show-account.ts';
import { describeObject, schemaOrDatabase, showObjects } from './show-objects.ts';

type Row = readonly (string | null)[];

/** SHOW: column names in lower case, rows by name. Only the columns that scripts read are served. */
export function show(account: Account, session: Session, statement: Show): ResultSet {
  const result = shownRows(account, session, statement);
  const place = result.columns.findIndex(({ name }) => name === 'name');
  const nameOf = (row: Row) => row[place] ?? '';
  const like = statement.like === undefined ? undefined : likePattern(statement.like);
  const rows = result.rows
    .filter(
      (row) => (like === undefined || like.test(nameOf(row))) && nameOf(row).startsWith(statement.startsWith ?? ''),
    )
    .slice(0, statement.limit);
  return { ...result, rows };
}

/** DESCRIBE TABLE, VIEW or a recorded object. */
export function describe(
  account: Account,
  session: Session,
  { objectKind, object }: Extract<Statement, { kind: 'describe' }>,
): ResultSet {
  if (objectKind === 'STREAM') throw unsupported('DESCRIBE STREAM');
  if (objectKind !== 'TABLE' && objectKind !== 'VIEW')
    return describeObject(recordedObject(account, session, objectKind, object));
  const table = account.catalog.table(session.fullName(object), objectKind === 'VIEW' ? 'View' : 'Table');
  const names = [
    'name',
    'type',
    'kind',
    'null?',
    'default',
    'primary key',
    'unique key',
    'check',
    'expression',
    'comment',
  ];
  const rows = table.columns.map((column): Row => {
    const isUnique = table.uniqueKeys.some((key) => key.length === 1 && key[0] === column.name);
    const isKey = table.primaryKey.includes(column.name);
    return [
      column.name,
      typeText(column.type),
      'COLUMN',
      yes(!column.isNotNull && !isKey),
      null,
      yes(isKey),
      yes(isUnique),
      null,
      null,
      column.comment ?? null,
    ];
  });
  return textResult(names, rows);
}

function shownRows(account: Account, session: Session, statement: Show): ResultSet {
  const { objectKind } = statement;
  switch (objectKind) {
    case 'DATABASE':
      return textResult(
        ['created_on', 'name'],
        account.catalog.databases().map(([name, createdOn]) => [moment(createdOn), name]),
      );
    case 'SCHEMA':
      return showSchemas(account, session, statement);
    case 'TABLE':
    case 'HYBRID TABLE':
    case 'DYNAMIC TABLE':
    case 'VIEW':
    case 'STREAM':
      return showTables(account, session, statement);
    case 'COLUMN':
      return showColumns(account, session, statement);
    case 'INDEX':
      return showIndexes(account, session, statement);
    case 'PRIMARY KEY':
      return showPrimaryKeys(account, session, statement);
    case 'GRANT':
      return showGrants(account, session, statement);
    case 'PARAMETER':
      return textResult(['key', 'value'], [...session.parameters]);
    case 'SERVICE':
      return showServices(account);
    case 'ENDPOINT':
      return showEndpoints(account, session, statement);
    default:
      return showObjects(account, session, statement);
  }
}

function showSchemas({ catalog }: Account, session: Session, { scope }: Show): ResultSet {
  const database = scope?.name?.parts[0] ?? session.database;
  const databases =
    scope?.kind === 'ACCOUNT' || database === null ? catalog.databases().map(([name]) => name) : [database];
  const rows = databases.flatMap((each) =>
    catalog.schemasOf(each).map(([name, createdOn]): Row => [moment(createdOn), name, each]),
  );
  return textResult(['created_on', 'name', 'database_name'], rows);
}

const TABLE_COLUMNS = [
  'created_on',
  'name',
  'database_name',
  'schema_name',
  'kind',
  'comment',
  'is_hybrid',
  'is_dynamic',
  'target_lag',
  'warehouse',
  'refresh_mode',
  'scheduling_state',
  'last_completed_refresh',
];

function showTables(account: Account, session: Session, statement: Show): ResultSet {
  const rows = tablesInScope(account, session, statement)
    .filter(({ table }) => isOfKind(table, statement.objectKind))
    .map(tableRow);
  return textResult(TABLE_COLUMNS, rows);
}

function isOfKind({ kind }: Table, objectKind: string): boolean {
  const isTable = kind !== 'VIEW' && kind !== 'STREAM';
  if (objectKind === 'TABLE') return isTable;
  return objectKind === (isTable ? `${kind} TABLE` : kind);
}

function tableRow({ database, schema, name, table }: NamedTable): Row {
  const { kind, createdOn, properties, state, refreshedOn } = table;
  const property = (key: string) => properties.get(key) ?? null;
  return [
    moment(createdOn),
    name,
    database,
    schema,
    kind === 'TRANSIENT' ? 'TRANSIENT' : 'TABLE',
    property('COMMENT') ?? '',
    yes(kind === 'HYBRID'),
    yes(kind === 'DYNAMIC'),
    property('TARGET_LAG'),
    property('WAREHOUSE'),
    property('REFRESH_MODE'),
    state,
    refreshedOn === undefined ? null : moment(refreshedOn),
  ];
}

function showColumns(account: Account, session: Session, statement: Show): ResultSet {
  const tables =
    statement.scope?.kind === 'TABLE' && statement.scope.name
      ? [namedTable(account, session, statement.scope.name)]
      : tablesInScope(account, session, statement);
  const rows = tables.flatMap(({ schema, name, table }) =>
    table.columns.map((column): Row => [name, schema, column.name, typeText(column.type), yes(!column.isNotNull)]),
  );
  return textResult(['table_name', 'schema_name', 'column_name', 'data_type', 'null?'], rows);
}

function showIndexes(account: Account, session: Session, statement: Show): ResultSet {
  const tables =
    statement.scope?.kind === 'TABLE' && statement.scope.name
      ? [namedTable(account, session, statement.scope.name)]
      : tablesInScope(account, session, statement);
  const rows = tables.flatMap(({ database, schema, name, table }) =>
    table.indexes.map((index): Row => [
      index.name,
      name,
      database,
      schema,
      'N',
      `[${index.columns.join(', ')}]`,
      `[${index.include.join(', ')}]`,
      'ACTIVE',
    ]),
  );
  return textResult(
    ['name', 'table', 'database_name', 'schema_name', 'is_unique', 'columns', 'included_columns', 'status'],
    rows,
  );
}

function showPrimaryKeys(account: Account, session: Session, { scope }: Show): ResultSet {
  if (!scope?.name) throw unsupported('SHOW PRIMARY KEYS without IN TABLE');
  const { database, schema, name, table } = namedTable(account, session, scope.name);
  const rows = table.primaryKey.map((column, place): Row => [database, schema, name, column, String(place + 1)]);
  return textResult(['database_name', 'schema_name', 'table_name', 'column_name', 'key_sequence'], rows);
}

interface NamedTable {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly table: Table;
}

function namedTable(account: Account, session: Session, name: ObjectName): NamedTable {
  const fullName = session.fullName(name);
  return { ...fullName, table: account.catalog.table(fullName, 'Table') };
}

function tablesInScope({ catalog }: Account, session: Session, { scope }: Show): NamedTable[] {
  const named = scope?.name ? schemaOrDatabase(session, scope.kind, scope.name) : undefined;
  const database = named?.database ?? (scope?.kind === 'ACCOUNT' ? undefined : (session.database ?? undefined));
  const schema = named
    ? named.schema
    : scope?.kind === 'ACCOUNT' || scope?.kind === 'DATABASE'
      ? undefined
      : (session.schema ?? undefined);
  if (database !== undefined && schema !== undefined && !catalog.hasSchema(database, schema))
    throw doesNotExist('Schema', `${database}.${schema}`);
  const databases = database === undefined ? catalog.databases().map(([name]) => name) : [database];
  return databases
    .flatMap((each) => catalog.schemasOf(each).map(([name]) => ({ database: each, schema: name })))
    .filter((each) => schema === undefined || each.schema === schema)
    .flatMap((each) => catalog.tablesOf(each.database, each.schema).map(([name, table]) => ({ ...each, name, table })))
    .sort((one, other) => (nameText(one) < nameText(other) ? -1 : 1));
}

/** A LIKE pattern of SHOW: letters of either case. */
function likePattern(pattern: string): RegExp {
  const body = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${body}$`, 'is');
}

const yes = (is: boolean) => (is ? 'Y' : 'N');
const moment = (ms: number) => new Date(ms).toISOString();
