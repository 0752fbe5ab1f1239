import { parseColumn, parseCreateTable, parseIndexColumns } from './create-table.ts';
import { parseObjectName } from './dml.ts';
import { acceptObjectKind } from './object-kinds.ts';
import { parseProperties } from './properties.ts';
import type { AlterAction, CreateObject, CreateView, Statement, TableKind } from './statement-syntax.ts';
import type { TokenReader } from './token-reader.ts';

const TABLE_KINDS: readonly (readonly [words: readonly string[], kind: TableKind])[] = [
  [['TABLE'], 'TABLE'],
  [['TRANSIENT', 'TABLE'], 'TRANSIENT'],
  [['HYBRID', 'TABLE'], 'HYBRID'],
  [['DYNAMIC', 'TABLE'], 'DYNAMIC'],
];

/** Reads a CREATE statement. */
export function parseCreate(reader: TokenReader): Statement {
  reader.expect('CREATE');
  const isReplace = reader.accept('OR', 'REPLACE');
  const tableKind = TABLE_KINDS.find(([words]) => reader.accept(...words))?.[1];
  if (tableKind) return parseCreateTable(reader, tableKind, isReplace);
  if (reader.accept('VIEW') || reader.accept('SECURE', 'VIEW')) return parseCreateView(reader, isReplace);
  if (reader.accept('INDEX')) {
    const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
    const name = reader.name();
    reader.expect('ON');
    return {
      kind: 'create index',
      ifNotExists,
      table: parseObjectName(reader),
      index: parseIndexColumns(reader, name),
    };
  }
  return parseCreateObject(reader, isReplace);
}

function parseCreateView(reader: TokenReader, isReplace: boolean): CreateView {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const view = parseObjectName(reader);
  const columns = reader.at('(') ? reader.list(() => reader.name()) : [];
  parseProperties(reader, ['AS']);
  reader.expect('AS');
  const start = reader.peek().start;
  const query = reader.grammar.query(reader);
  const queryText = reader.sql.slice(start, reader.peek().start).trim();
  return { kind: 'create view', view, isReplace, ifNotExists, columns, query, queryText };
}

function parseCreateObject(reader: TokenReader, isReplace: boolean): CreateObject {
  const objectKind = acceptObjectKind(reader);
  if (!objectKind) throw reader.unsupported(`CREATE ${reader.peek().text}`);
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const object = parseObjectName(reader);
  if (objectKind === 'SERVICE') {
    // A service's clauses come in a grammar of their own, its specification in dollars: all of it is only recorded.
    return {
      kind: 'create object',
      objectKind,
      object,
      isReplace,
      ifNotExists,
      properties: new Map(),
      body: reader.rest(),
    };
  }
  const properties = parseProperties(reader, ['AS', 'WHEN']);
  if (reader.accept('WHEN')) throw reader.unsupported('WHEN of a task');
  const body = reader.accept('AS') ? reader.rest() : undefined;
  return { kind: 'create object', objectKind, object, isReplace, ifNotExists, properties, body };
}

export function parseDrop(reader: TokenReader): Statement {
  reader.expect('DROP');
  const objectKind = TABLE_KINDS.some(([words]) => reader.accept(...words)) ? 'TABLE' : dropKind(reader);
  const ifExists = reader.accept('IF', 'EXISTS');
  const object = parseObjectName(reader);
  reader.acceptOneOf(['CASCADE', 'RESTRICT', 'FORCE']);
  return { kind: 'drop', objectKind, object, ifExists };
}

function dropKind(reader: TokenReader): string {
  const kind = reader.acceptOneOf(['VIEW', 'INDEX']) ?? acceptObjectKind(reader);
  if (!kind) throw reader.unsupported(`DROP ${reader.peek().text}`);
  return kind;
}

/** Reads ALTER, besides ALTER SESSION. */
export function parseAlter(reader: TokenReader): Statement {
  reader.expect('ALTER');
  if (TABLE_KINDS.some(([words]) => reader.accept(...words))) {
    const ifExists = reader.accept('IF', 'EXISTS');
    return { kind: 'alter table', ifExists, table: parseObjectName(reader), action: parseAlterAction(reader) };
  }
  const objectKind = acceptObjectKind(reader);
  if (!objectKind) throw reader.unsupported(`ALTER ${reader.peek().text}`);
  const ifExists = reader.accept('IF', 'EXISTS');
  const object = parseObjectName(reader);
  const mark = reader.mark();
  const properties = reader.accept('SET') ? parseProperties(reader) : new Map<string, string>();
  if (properties.size === 0) reader.rewind(mark);
  return {
    kind: 'alter object',
    objectKind,
    ifExists,
    object,
    properties,
    text: properties.size === 0 ? reader.rest() : '',
  };
}

function parseAlterAction(reader: TokenReader): AlterAction {
  if (reader.accept('RENAME', 'TO')) return { kind: 'rename', to: parseObjectName(reader) };
  if (reader.accept('SWAP', 'WITH')) return { kind: 'swap', with: parseObjectName(reader) };
  if (reader.accept('RENAME', 'COLUMN')) {
    const from = reader.name();
    reader.expect('TO');
    return { kind: 'rename column', from, to: reader.name() };
  }
  if (reader.accept('ADD')) return parseAddColumn(reader);
  if (reader.accept('DROP')) {
    reader.accept('COLUMN');
    const ifExists = reader.accept('IF', 'EXISTS');
    return { kind: 'drop column', ifExists, columns: reader.commaSeparated(() => reader.name()) };
  }
  if (reader.accept('SET')) return { kind: 'set', properties: parseProperties(reader) };
  if (reader.accept('UNSET')) return { kind: 'unset', names: reader.commaSeparated(() => reader.name()) };
  if (reader.accept('REFRESH')) return { kind: 'refresh' };
  if (reader.accept('SUSPEND')) return { kind: 'suspend' };
  if (reader.accept('RESUME')) return { kind: 'resume' };
  throw reader.unsupported(`ALTER TABLE … ${reader.peek().text}`);
}

function parseAddColumn(reader: TokenReader): AlterAction {
  reader.accept('COLUMN');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const keys = { primaryKey: [], uniqueKeys: [] };
  const column = parseColumn(reader, keys);
  if (keys.primaryKey.length + keys.uniqueKeys.length > 0) throw reader.unsupported('ADD COLUMN with a key');
  return { kind: 'add column', ifNotExists, column };
}
