import { parseObjectOfKind } from './create-objects.ts';
import { parseAlter, parseCreate, parseDrop } from './ddl.ts';
import { parseDelete, parseInsert, parseMerge, parseObjectName, parseUpdate } from './dml.ts';
import { parseExpression } from './expressions.ts';
import { parseGrant } from './grants.ts';
import { acceptObjectKind, acceptShownKind } from './object-kinds.ts';
import { parseProperties } from './properties.ts';
import { parseQuery } from './queries.ts';
import type { Show, Statement } from './statement-syntax.ts';
import { TokenReader } from './token-reader.ts';

const GRAMMAR = { query: parseQuery, expression: parseExpression, statement: parseStatement };

const PARSERS: Readonly<Record<string, (reader: TokenReader) => Statement>> = {
  SELECT: parseQueryStatement,
  WITH: parseQueryStatement,
  '(': parseQueryStatement,
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  MERGE: parseMerge,
  TRUNCATE: parseTruncate,
  CREATE: parseCreate,
  DROP: parseDrop,
  ALTER: (reader) => (reader.at('ALTER', 'SESSION') ? parseAlterSession(reader) : parseAlter(reader)),
  GRANT: parseGrant,
  REVOKE: parseGrant,
  USE: parseUse,
  SET: parseSet,
  UNSET: parseUnset,
  BEGIN: parseTransaction,
  START: parseTransaction,
  COMMIT: parseTransaction,
  ROLLBACK: parseTransaction,
  SHOW: parseShow,
  DESCRIBE: parseDescribe,
  DESC: parseDescribe,
  EXECUTE: parseExecute,
};

/**
 * Reads one statement of Snowflake SQL.
 * @throws SnowflakeError naming what it does not know; nothing is skipped.
 */
export function parseStatement(sql: string): Statement {
  const reader = new TokenReader(sql, GRAMMAR);
  const first = reader.peek();
  const parse = first.kind === 'word' || first.kind === 'symbol' ? PARSERS[first.text] : undefined;
  if (!parse) throw first.kind === 'word' ? reader.unsupported(first.text) : reader.unexpected();
  const statement = parse(reader);
  reader.finish();
  return statement;
}

function parseQueryStatement(reader: TokenReader): Statement {
  return { kind: 'query', query: parseQuery(reader) };
}

function parseTruncate(reader: TokenReader): Statement {
  reader.expect('TRUNCATE');
  reader.accept('TABLE');
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'truncate', ifExists, table: parseObjectName(reader) };
}

function parseAlterSession(reader: TokenReader): Statement {
  reader.expect('ALTER', 'SESSION');
  if (reader.accept('UNSET')) {
    return { kind: 'alter session', set: new Map(), unset: reader.commaSeparated(() => reader.name()) };
  }
  reader.expect('SET');
  return { kind: 'alter session', set: parseProperties(reader), unset: [] };
}

function parseUse(reader: TokenReader): Statement {
  reader.expect('USE');
  if (reader.accept('SECONDARY', 'ROLES'))
    return { kind: 'use', objectKind: 'SECONDARY ROLES', name: parseObjectName(reader) };
  const words = ['DATABASE', 'SCHEMA', 'ROLE', 'WAREHOUSE'] as const;
  const objectKind = words.find((word) => reader.accept(word));
  const name = parseObjectName(reader);
  return { kind: 'use', objectKind: objectKind ?? (name.parts.length === 2 ? 'SCHEMA' : 'DATABASE'), name };
}

function parseSet(reader: TokenReader): Statement {
  reader.expect('SET');
  if (reader.at('(')) {
    const names = reader.list(() => reader.name());
    reader.expect('=');
    return { kind: 'set variables', names, values: reader.list(() => parseExpression(reader)) };
  }
  const names = [reader.name()];
  reader.expect('=');
  return { kind: 'set variables', names, values: [parseExpression(reader)] };
}

function parseUnset(reader: TokenReader): Statement {
  reader.expect('UNSET');
  const names = reader.at('(') ? reader.list(() => reader.name()) : [reader.name()];
  return { kind: 'unset variables', names };
}

function parseTransaction(reader: TokenReader): Statement {
  const word = reader.take().text;
  if (word === 'START') reader.expect('TRANSACTION');
  else reader.acceptOneOf(['TRANSACTION', 'WORK']);
  // BEGIN followed by a statement opens a block of Snowflake Scripting.
  if (word === 'BEGIN' && reader.peek().kind === 'word' && !reader.at('NAME'))
    throw reader.unsupported('Snowflake Scripting');
  if (reader.accept('NAME')) reader.name();
  if (word === 'COMMIT') return { kind: 'commit' };
  return { kind: word === 'ROLLBACK' ? 'rollback' : 'begin' };
}

function parseShow(reader: TokenReader): Show {
  reader.expect('SHOW');
  reader.accept('TERSE');
  const objectKind = acceptShownKind(reader);
  if (!objectKind) throw reader.unsupported(`SHOW ${reader.peek().text}`);
  const like = reader.accept('LIKE') ? reader.string() : undefined;
  const scope = reader.acceptOneOf(['IN', 'ON', 'TO', 'OF']) ? parseScope(reader) : undefined;
  const startsWith = reader.accept('STARTS', 'WITH') ? reader.string() : undefined;
  const limit = reader.accept('LIMIT') ? reader.integer() : undefined;
  return { kind: 'show', objectKind, like, scope, startsWith, limit };
}

function parseScope(reader: TokenReader): Show['scope'] {
  if (reader.accept('ACCOUNT') || reader.accept('SESSION')) return { kind: 'ACCOUNT', name: undefined };
  const kind = reader.acceptOneOf(['TABLE', 'VIEW']) ?? acceptObjectKind(reader) ?? 'SCHEMA';
  return { kind, name: reader.peek().kind === 'end' || reader.at(';') ? undefined : parseObjectName(reader) };
}

function parseDescribe(reader: TokenReader): Statement {
  reader.take();
  reader.acceptOneOf(['HYBRID', 'DYNAMIC']);
  const objectKind = reader.acceptOneOf(['TABLE', 'VIEW']) ?? acceptObjectKind(reader);
  if (!objectKind) throw reader.unsupported(`DESCRIBE ${reader.peek().text}`);
  return { kind: 'describe', objectKind, object: parseObjectOfKind(reader, objectKind) };
}

function parseExecute(reader: TokenReader): Statement {
  reader.expect('EXECUTE');
  if (!reader.accept('TASK')) throw reader.unsupported(`EXECUTE ${reader.peek().text}`);
  return { kind: 'execute task', object: parseObjectName(reader) };
}
