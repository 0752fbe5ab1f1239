import { parseFrom, parseTableSource } from './table-sources.ts';
import type { Expression, TableAlias } from './syntax.ts';
import type {
  Assignment,
  Delete,
  Insert,
  Merge,
  MergeAction,
  MergeWhen,
  ObjectName,
  Update,
} from './statement-syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads a name of one to three parts. */
export function parseObjectName(reader: TokenReader): ObjectName {
  const place = reader.peek();
  const parts = reader.qualifiedName();
  if (parts.length > 3) throw reader.unexpected();
  return { parts, place };
}

export function parseInsert(reader: TokenReader): Insert {
  reader.expect('INSERT');
  if (reader.at('ALL') || reader.at('FIRST')) throw reader.unsupported('multi-table INSERT');
  const isOverwrite = reader.accept('OVERWRITE');
  reader.expect('INTO');
  const table = parseObjectName(reader);
  const columns = reader.at('(') && !reader.at('(', 'SELECT') ? reader.list(() => reader.name()) : [];
  if (!reader.accept('VALUES'))
    return { kind: 'insert', table, columns, isOverwrite, source: reader.grammar.query(reader) };
  const source = reader.commaSeparated(() => reader.list(() => parseValue(reader)));
  return { kind: 'insert', table, columns, isOverwrite, source };
}

/** DEFAULT stands for the column's default. */
function parseValue(reader: TokenReader): Expression {
  if (reader.at('DEFAULT')) throw reader.unsupported('DEFAULT in VALUES');
  return reader.grammar.expression(reader);
}

export function parseUpdate(reader: TokenReader): Update {
  reader.expect('UPDATE');
  const table = parseObjectName(reader);
  const alias = parseTargetAlias(reader);
  reader.expect('SET');
  const set = reader.commaSeparated(() => parseAssignment(reader));
  const from = reader.accept('FROM') ? parseFrom(reader) : [];
  return { kind: 'update', table, alias, set, from, where: parseWhere(reader) };
}

export function parseDelete(reader: TokenReader): Delete {
  reader.expect('DELETE', 'FROM');
  const table = parseObjectName(reader);
  const alias = parseTargetAlias(reader);
  const using = reader.accept('USING') ? reader.commaSeparated(() => parseTableSource(reader)) : [];
  return { kind: 'delete', table, alias, using, where: parseWhere(reader) };
}

export function parseMerge(reader: TokenReader): Merge {
  reader.expect('MERGE', 'INTO');
  const table = parseObjectName(reader);
  const alias = parseTargetAlias(reader);
  reader.expect('USING');
  const using = parseTableSource(reader);
  reader.expect('ON');
  const on = reader.grammar.expression(reader);
  const whens: MergeWhen[] = [];
  while (reader.accept('WHEN')) whens.push(parseMergeWhen(reader));
  if (whens.length === 0) throw reader.unexpected();
  return { kind: 'merge', table, alias, using, on, whens };
}

function parseMergeWhen(reader: TokenReader): MergeWhen {
  const matched = !reader.accept('NOT');
  reader.expect('MATCHED');
  const condition = reader.accept('AND') ? reader.grammar.expression(reader) : undefined;
  reader.expect('THEN');
  return { matched, condition, action: matched ? parseMatchedAction(reader) : parseInsertAction(reader) };
}

function parseMatchedAction(reader: TokenReader): MergeAction {
  if (reader.accept('DELETE')) return { kind: 'delete' };
  reader.expect('UPDATE', 'SET');
  return { kind: 'update', set: reader.commaSeparated(() => parseAssignment(reader)) };
}

function parseInsertAction(reader: TokenReader): MergeAction {
  reader.expect('INSERT');
  const columns = reader.at('(') ? reader.list(() => reader.name()) : [];
  reader.expect('VALUES');
  return { kind: 'insert', columns, values: reader.list(() => parseValue(reader)) };
}

/** `column = value`; the table's name or alias before the column is read and dropped. */
function parseAssignment(reader: TokenReader): Assignment {
  const column = reader.qualifiedName().at(-1) ?? '';
  reader.expect('=');
  return { column, value: parseValue(reader) };
}

function parseTargetAlias(reader: TokenReader): TableAlias | undefined {
  const isNext =
    reader.accept('AS') ||
    (reader.peek().kind === 'word' && !reader.at('SET') && !reader.at('USING') && !reader.at('WHERE'));
  return isNext ? { name: reader.name(), columns: [] } : undefined;
}

function parseWhere(reader: TokenReader): Expression | undefined {
  return reader.accept('WHERE') ? reader.grammar.expression(reader) : undefined;
}
