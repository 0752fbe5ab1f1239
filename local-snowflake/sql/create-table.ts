import { parseDataType } from './data-types.ts';
import { parseObjectName } from './dml.ts';
import { parseProperties } from './properties.ts';
import type { ColumnDefinition, CreateTable, ForeignKey, IndexDefinition, TableKind } from './statement-syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** What a column list holds besides columns. */
interface TableBody {
  columns: ColumnDefinition[];
  primaryKey: string[];
  uniqueKeys: string[][];
  foreignKeys: ForeignKey[];
  indexes: IndexDefinition[];
}

/** Reads a CREATE TABLE behind its kind: `[IF NOT EXISTS] name …`. */
export function parseCreateTable(reader: TokenReader, tableKind: TableKind, isReplace: boolean): CreateTable {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const table = parseObjectName(reader);
  const body: TableBody = { columns: [], primaryKey: [], uniqueKeys: [], foreignKeys: [], indexes: [] };
  const copy = reader.acceptOneOf(['LIKE', 'CLONE']);
  const copyOf = copy ? { table: parseObjectName(reader), withRows: copy === 'CLONE' } : undefined;
  if (reader.at('(')) reader.list(() => parseElement(reader, body));
  const properties = parseProperties(reader, ['AS']);
  const start = reader.accept('AS') ? reader.peek().start : undefined;
  const query = start === undefined ? undefined : reader.grammar.query(reader);
  const queryText =
    start === undefined ? undefined : reader.sql.slice(start, reader.peek().start).replace(/;\s*$/, '').trim();
  return {
    kind: 'create table',
    table,
    tableKind,
    isReplace,
    ifNotExists,
    ...body,
    properties,
    query,
    queryText,
    copyOf,
  };
}

/** Reads `name (columns) [INCLUDE (columns)]`, as in INDEX and CREATE INDEX. */
export function parseIndexColumns(reader: TokenReader, name: string): IndexDefinition {
  const columns = reader.list(() => reader.name());
  const include = reader.accept('INCLUDE') ? reader.list(() => reader.name()) : [];
  return { name, columns, include };
}

/** Reads one column with its type and its constraints; those that name the table's keys go into `body`. */
export function parseColumn(reader: TokenReader, body: Pick<TableBody, 'primaryKey' | 'uniqueKeys'>): ColumnDefinition {
  const name = reader.name();
  const type = parseDataType(reader);
  const column = { name, type, isNotNull: false, isAutoIncrement: false };
  let extra: Pick<ColumnDefinition, 'defaultValue' | 'comment'> = {};
  for (;;) {
    if (reader.accept('NOT', 'NULL')) column.isNotNull = true;
    else if (reader.accept('NULL')) column.isNotNull = false;
    else if (reader.accept('PRIMARY', 'KEY')) body.primaryKey.push(name);
    else if (reader.accept('UNIQUE')) body.uniqueKeys.push([name]);
    else if (reader.accept('DEFAULT')) extra = { ...extra, defaultValue: reader.grammar.expression(reader) };
    else if (reader.accept('COMMENT')) extra = { ...extra, comment: reader.string() };
    else if (reader.acceptOneOf(['AUTOINCREMENT', 'IDENTITY'])) column.isAutoIncrement = parseIncrement(reader);
    else if (reader.at('REFERENCES') || reader.at('FOREIGN')) throw reader.unsupported('REFERENCES behind a column');
    else if (reader.at('COLLATE') || reader.at('MASKING')) throw reader.unsupported(reader.peek().text);
    else return { ...column, ...extra };
  }
}

function parseElement(reader: TokenReader, body: TableBody): void {
  if (reader.accept('CONSTRAINT')) reader.name();
  if (reader.accept('PRIMARY', 'KEY')) body.primaryKey.push(...reader.list(() => reader.name()));
  else if (reader.at('UNIQUE', '(')) {
    reader.expect('UNIQUE');
    body.uniqueKeys.push(reader.list(() => reader.name()));
  } else if (reader.accept('FOREIGN', 'KEY')) body.foreignKeys.push(parseForeignKey(reader));
  else if (reader.at('INDEX') && reader.peek(2).text === '(') {
    reader.expect('INDEX');
    body.indexes.push(parseIndexColumns(reader, reader.name()));
  } else body.columns.push(parseColumn(reader, body));
}

function parseForeignKey(reader: TokenReader): ForeignKey {
  const columns = reader.list(() => reader.name());
  reader.expect('REFERENCES');
  const parent = parseObjectName(reader);
  return { columns, parent, parentColumns: reader.at('(') ? reader.list(() => reader.name()) : [] };
}

function parseIncrement(reader: TokenReader): true {
  if (reader.at('(')) reader.list(() => reader.integer());
  if (reader.accept('START')) reader.integer();
  if (reader.accept('INCREMENT')) reader.integer();
  reader.acceptOneOf(['NOORDER', 'ORDER']);
  return true;
}
