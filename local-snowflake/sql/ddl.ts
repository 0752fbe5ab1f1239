import { parseCreateObject, parseObjectOfKind } from './create-objects.ts';
import { parseColumn, parseCreateTable, parseIndexColumns } from './create-table.ts';
import { parseObjectName } from './dml.ts';
import { acceptObjectKind } from './object-kinds.ts';
import { checkProperties } from './object-properties.ts';
import { parseProperties } from './properties.ts';
import type { AlterAction, CreateView, Statement, TableKind } from './statement-syntax.ts';
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

export function parseDrop(reader: TokenReader): Statement {
  reader.expect('DROP');
  const objectKind = TABLE_KINDS.some(([words]) => reader.accept(...words)) ? 'TABLE' : dropKind(reader);
  const ifExists = reader.accept('IF', 'EXISTS');
  const object = parseObjectOfKind(reader, objectKind);
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
  const object = parseObjectOfKind(reader, objectKind);
  const isSet = reader.at('SET') && !reader.at('SET', '(');
  if (isSet) reader.expect('SET');
  const properties = isSet ? parseProperties(reader) : new Map<string, string>();
  if (isSet) checkProperties(reader, objectKind, properties);
  return { kind: 'alter object', objectKind, ifExists, object, properties, text: isSet ? '' : alterText(reader) };
}

/** Changes of recorded objects that are no SET; those that do not change a state are only read. */
const ALTER_TEXTS = [
  /^(SUSPEND|RESUME|RESUME IF SUSPENDED)$/,
  /^STOP ALL$/,
  /^UNSET \w+(, \w+)*$/,
  /^FROM (@\S+ )?SPECIFICATION/,
  /^RESET ACCESS FOR /,
];

function alterText(reader: TokenReader): string {
  const unknown = reader.unsupported(`ALTER … ${reader.peek().text}`);
  const text = reader.rest().trim();
  if (!ALTER_TEXTS.some((known) => known.test(text.toUpperCase()))) throw unknown;
  return text;
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
