import { duckDbType } from '../duckdb/data-types.ts';
import { quoted } from '../duckdb/printing.ts';
import { createTranslation } from '../duckdb/queries.ts';
import { resultColumn } from '../duckdb/result-cells.ts';
import { alreadyExists, compilationError, unsupported } from '../errors.ts';
import type { ColumnDefinition, CreateTable, CreateView } from '../sql/statement-syntax.ts';
import type { DataType, Query } from '../sql/syntax.ts';
import { type FullName, nameText, type Table } from './catalog.ts';
import { applyChangeTracking } from './changes.ts';
import { isClockDefault } from './clock-defaults.ts';
import type { Account } from './context.ts';
import { checkSources } from './dynamic-tables.ts';
import { targetLagMs } from './lag.ts';
import { type ResultSet, statusResult } from './result-set.ts';
import type { Session } from './session.ts';
import { statementContext } from './statement-context.ts';

/** CREATE TABLE of every kind. The rows are there before the name is: a failing CREATE leaves nothing behind. */
export async function createTable(account: Account, session: Session, statement: CreateTable): Promise<ResultSet> {
  const fullName = session.fullName(statement.table);
  const known = account.catalog.findTable(fullName);
  if (known && statement.ifNotExists) return statusResult(`${fullName.name} already exists, statement succeeded.`);
  if (known && !statement.isReplace) throw alreadyExists(nameText(fullName));
  account.catalog.schemasOf(fullName.database);
  const table = await newTable(account, session, statement, fullName);
  await createPhysicalTable(session, table, statement.table.parts.join('.'));
  try {
    await fill(account, session, statement, table);
  } catch (error) {
    await session.connection.run(`DROP TABLE ${quoted(table.physicalName)}`);
    throw error;
  }
  applyChangeTracking(table, account.clock.now(), true);
  account.catalog.putTable(fullName, table);
  if (known && known.kind !== 'VIEW') await session.connection.run(`DROP TABLE ${quoted(known.physicalName)}`);
  const kind = { TABLE: 'Table', TRANSIENT: 'Table', HYBRID: 'Table', DYNAMIC: 'Dynamic table' }[statement.tableKind];
  return statusResult(`${kind} ${fullName.name} successfully created.`);
}

/** CREATE VIEW: its query is kept as text and put in place of its name. */
export async function createView(account: Account, session: Session, statement: CreateView): Promise<ResultSet> {
  const fullName = session.fullName(statement.view);
  const known = account.catalog.findTable(fullName);
  if (known && statement.ifNotExists) return statusResult(`${fullName.name} already exists, statement succeeded.`);
  if (known && !statement.isReplace) throw alreadyExists(nameText(fullName));
  const described = await columnsOf(account, session, statement.query);
  const columns = described.map((column, place) => ({ ...column, name: statement.columns[place] ?? column.name }));
  const definition = { text: statement.queryText, database: fullName.database, schema: fullName.schema };
  account.catalog.putTable(fullName, {
    ...EMPTY_TABLE,
    kind: 'VIEW',
    physicalName: '',
    columns,
    definition,
    createdOn: account.clock.now(),
    properties: new Map(),
  });
  return statusResult(`View ${fullName.name} successfully created.`);
}

const EMPTY_TABLE = {
  primaryKey: [],
  uniqueKeys: [],
  foreignKeys: [],
  indexes: [],
  state: 'ACTIVE' as const,
  changes: 0,
};

/** The columns of a query with the types that Snowflake would show. */
async function columnsOf(account: Account, session: Session, query: Query): Promise<ColumnDefinition[]> {
  const { printing } = createTranslation(statementContext(account, session));
  const prepared = await session.connection.describe(printing.query(query));
  return Array.from({ length: prepared.columnCount }, (_, place) => {
    const { name, type, precision, scale } = resultColumn(prepared.columnName(place), prepared.columnType(place));
    return { name, type: snowflakeType(type, precision, scale), isNotNull: false, isAutoIncrement: false };
  });
}

/** Makes an empty DuckDB table like a table of the catalog; keys of standard tables are not enforced, as in Snowflake. */
async function createPhysicalTable(session: Session, table: Table, shownName: string): Promise<void> {
  const seen = new Set<string>();
  for (const { name } of table.columns) {
    if (seen.has(name.toLowerCase())) throw compilationError(`duplicate column name '${name}'`);
    seen.add(name.toLowerCase());
  }
  const parts: string[] = [];
  for (const column of table.columns) parts.push(await printColumn(session, column, table));
  if (table.kind === 'HYBRID') {
    if (table.primaryKey.length === 0) throw compilationError(`Hybrid table '${shownName}' must have a primary key.`);
    parts.push(`PRIMARY KEY (${table.primaryKey.map(quoted).join(', ')})`);
    parts.push(...table.uniqueKeys.map((columns) => `UNIQUE (${columns.map(quoted).join(', ')})`));
  }
  await session.connection.run(`CREATE TABLE ${quoted(table.physicalName)} (${parts.join(', ')})`);
}

async function newTable(
  account: Account,
  session: Session,
  statement: CreateTable,
  fullName: FullName,
): Promise<Table> {
  const { tableKind, copyOf, query, queryText, columns } = statement;
  if (tableKind === 'HYBRID' && statement.foreignKeys.length > 0) throw unsupported('FOREIGN KEY of a hybrid table');
  checkTableProperties(statement);
  if (tableKind === 'DYNAMIC') checkDynamic(account, session, statement);
  const base = {
    kind: tableKind,
    physicalName: account.catalog.nextPhysicalName(fullName),
    createdOn: account.clock.now(),
    state: 'ACTIVE' as const,
    changes: 0,
  };
  if (copyOf) {
    const source = account.catalog.table(session.fullName(copyOf.table), 'Table');
    if (source.kind === 'VIEW' || source.kind === 'STREAM') throw unsupported(`a copy of a ${source.kind}`);
    return { ...source, ...base, properties: statement.properties, definition: undefined };
  }
  const { primaryKey, uniqueKeys, foreignKeys, indexes, properties } = statement;
  const definition =
    tableKind === 'DYNAMIC'
      ? { text: queryText ?? '', database: fullName.database, schema: fullName.schema }
      : undefined;
  const described = query && columns.length === 0 ? await columnsOf(account, session, query) : columns;
  if (described.length === 0) throw compilationError(`Table '${fullName.name}' must have at least one column.`);
  return { ...base, columns: described, primaryKey, uniqueKeys, foreignKeys, indexes, properties, definition };
}

const TABLE_PROPERTIES =
  'COMMENT CLUSTER-BY COPY-GRANTS DATA_RETENTION_TIME_IN_DAYS MAX_DATA_EXTENSION_TIME_IN_DAYS CHANGE_TRACKING';
const DYNAMIC_PROPERTIES = 'TARGET_LAG WAREHOUSE REFRESH_MODE INITIALIZE';

function checkTableProperties({ tableKind, properties }: CreateTable): void {
  const known = `${TABLE_PROPERTIES} ${tableKind === 'DYNAMIC' ? DYNAMIC_PROPERTIES : ''}`.split(' ');
  const unknown = [...properties.keys()].find((key) => !known.includes(key.replace(' ', '-')));
  if (unknown !== undefined) throw compilationError(`invalid property '${unknown}' for 'TABLE'`);
}

function checkDynamic(account: Account, session: Session, { query, properties, columns }: CreateTable): void {
  if (!query) throw compilationError('A dynamic table needs AS and a query.');
  if (columns.length > 0) throw unsupported('a column list of a dynamic table');
  for (const property of ['TARGET_LAG', 'WAREHOUSE']) {
    if (!properties.has(property)) throw compilationError(`Missing option(s): [${property}].`);
  }
  targetLagMs(properties.get('TARGET_LAG') ?? '');
  checkSources(account, session, query);
}

async function fill(account: Account, session: Session, { query, copyOf }: CreateTable, table: Table): Promise<void> {
  const target = `INSERT INTO ${quoted(table.physicalName)}`;
  const isLater = table.kind === 'DYNAMIC' && table.properties.get('INITIALIZE')?.toUpperCase() === 'ON_SCHEDULE';
  if (query && !isLater) {
    const { printing } = createTranslation(statementContext(account, session));
    await session.connection.run(`${target} ${printing.query(query)}`);
    if (table.kind === 'DYNAMIC') table.refreshedOn = account.clock.now();
  }
  if (copyOf?.withRows) {
    const source = account.catalog.table(session.fullName(copyOf.table), 'Table');
    await session.connection.run(`${target} SELECT * FROM ${quoted(source.physicalName)}`);
  }
}

async function printColumn(session: Session, column: ColumnDefinition, table: Table): Promise<string> {
  const isKey = table.kind === 'HYBRID' && table.primaryKey.includes(column.name);
  const notNull = column.isNotNull || isKey ? ' NOT NULL' : '';
  const [length = 0] = column.type.args;
  const isShort = column.type.name === 'VARCHAR' && length < 16_777_216;
  const check = isShort ? ` CHECK (length(${quoted(column.name)}) <= ${length})` : '';
  return `${quoted(column.name)} ${duckDbType(column.type)}${await printDefault(session, column, table)}${notNull}${check}`;
}

async function printDefault(session: Session, column: ColumnDefinition, table: Table): Promise<string> {
  if (column.isAutoIncrement) {
    const sequence = `${table.physicalName}.${column.name}`;
    await session.connection.run(`CREATE SEQUENCE ${quoted(sequence)}`);
    return ` DEFAULT nextval('${quoted(sequence).replaceAll("'", "''")}')`;
  }
  if (!column.defaultValue || isClockDefault(column)) return '';
  const { printing } = createTranslation({
    tableName: () => {
      throw unsupported('a query in a default');
    },
    variantColumns: () => [],
    contextValue: () => undefined,
    variable: () => 'NULL',
    resultTable: () => '',
    streamTable: () => '',
    history: () => '',
    now: () => 0,
  });
  return ` DEFAULT (${printing.expression(column.defaultValue)})`;
}

const TYPES: Readonly<Record<string, DataType>> = {
  real: { name: 'FLOAT', args: [] },
  text: { name: 'VARCHAR', args: [16_777_216] },
  boolean: { name: 'BOOLEAN', args: [] },
  date: { name: 'DATE', args: [] },
  time: { name: 'TIME', args: [9] },
  timestamp_ntz: { name: 'TIMESTAMP_NTZ', args: [9] },
  timestamp_ltz: { name: 'TIMESTAMP_LTZ', args: [9] },
  variant: { name: 'VARIANT', args: [] },
  binary: { name: 'BINARY', args: [8_388_608] },
};

function snowflakeType(kind: string, precision: number | null, scale: number | null): DataType {
  if (kind === 'fixed') return { name: 'NUMBER', args: [precision ?? 38, scale ?? 0] };
  const type = TYPES[kind];
  if (!type) throw unsupported(`a column of type ${kind}`);
  return type;
}
