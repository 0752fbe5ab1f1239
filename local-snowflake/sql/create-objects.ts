import { compilationError } from '../errors.ts';
import { parseDataType, typeText } from './data-types.ts';
import { parseObjectName } from './dml.ts';
import { acceptObjectKind } from './object-kinds.ts';
import { checkProperties } from './object-properties.ts';
import { parseProperties } from './properties.ts';
import type { CreateObject, CreateStream, ObjectName, TaskDefinition } from './statement-syntax.ts';
import type { TokenReader } from './token-reader.ts';

type Clauses = Pick<CreateObject, 'properties' | 'body' | 'task'>;

/** Objects with clauses of their own; the others have properties only. */
const CLAUSES: Readonly<Record<string, (reader: TokenReader) => Clauses>> = {
  TASK: parseTask,
  SERVICE: parseService,
  ALERT: parseAlert,
  FUNCTION: parseServiceFunction,
};

/** Reads CREATE of anything but tables, views and indexes, from its kind on. */
export function parseCreateObject(reader: TokenReader, isReplace: boolean): CreateObject | CreateStream {
  const objectKind = acceptObjectKind(reader);
  if (!objectKind) throw reader.unsupported(`CREATE ${reader.peek().text}`);
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const object = parseObjectOfKind(reader, objectKind);
  if (objectKind === 'STREAM') return parseStream(reader, { stream: object, isReplace, ifNotExists });
  const parse = CLAUSES[objectKind] ?? ((clauses) => ({ properties: parseProperties(clauses) }));
  const clauses = parse(reader);
  checkProperties(reader, objectKind, clauses.properties);
  return { kind: 'create object', objectKind, object, isReplace, ifNotExists, ...clauses };
}

/** Reads an object's name; that of a function has the types of its arguments: NAME(VARCHAR). */
export function parseObjectOfKind(reader: TokenReader, objectKind: string): ObjectName {
  const object = parseObjectName(reader);
  if (objectKind !== 'FUNCTION') return object;
  reader.expect('(');
  const types: string[] = [];
  while (!reader.accept(')')) {
    // In CREATE each type has a name in front of it, in DROP it has none.
    if (reader.peek(1).kind === 'word') reader.name();
    types.push(typeText(parseDataType(reader)).replace(/\(.*/, ''));
    reader.accept(',');
  }
  const [name = '', ...path] = [...object.parts].reverse();
  return { ...object, parts: [...path.reverse(), `${name}(${types.join(', ')})`] };
}

function parseStream(
  reader: TokenReader,
  head: Pick<CreateStream, 'stream' | 'isReplace' | 'ifNotExists'>,
): CreateStream {
  reader.expect('ON');
  if (!reader.accept('TABLE')) throw reader.unsupported(`a stream ON ${reader.peek().text}`);
  const table = parseObjectName(reader);
  const properties = parseProperties(reader);
  checkProperties(reader, 'STREAM', properties);
  if (properties.get('APPEND_ONLY')?.toUpperCase() !== 'TRUE')
    throw reader.unsupported('a stream without APPEND_ONLY = TRUE');
  return { kind: 'create stream', ...head, table, properties };
}

/** `properties [AFTER task, …] [WHEN condition] AS statement`. */
function parseTask(reader: TokenReader): Clauses {
  const properties = parseProperties(reader, ['AFTER', 'WHEN', 'AS']);
  const after = reader.accept('AFTER') ? reader.commaSeparated(() => parseObjectName(reader)) : [];
  const when = reader.accept('WHEN') ? reader.grammar.expression(reader) : undefined;
  if (after.length > 0 && properties.has('SCHEDULE'))
    throw compilationError('A task has either a SCHEDULE or predecessors (AFTER), not both.');
  if (!properties.has('WAREHOUSE')) throw reader.unsupported('a task without WAREHOUSE');
  reader.expect('AS');
  const body = reader.rest();
  const task: TaskDefinition = { after, when, statement: reader.grammar.statement(body) };
  return { properties, body, task };
}

/** A service's specification is only recorded; where it comes from and its properties are read. */
function parseService(reader: TokenReader): Clauses {
  const mark = reader.mark();
  reader.expect('IN', 'COMPUTE', 'POOL');
  const pool = reader.name();
  reader.expect('FROM');
  if (reader.accept('@')) {
    parseObjectName(reader);
    while (reader.accept('/')) reader.name();
  }
  const isText = reader.accept('SPECIFICATION') || reader.accept('SPECIFICATION_TEMPLATE');
  const specification = isText ? reader.string() : undefined;
  const properties = new Map(parseProperties(reader, ['USING']));
  if (reader.accept('USING')) {
    reader.list(() => {
      reader.name();
      reader.expect('=>');
      return reader.string();
    });
    for (const [key, value] of parseProperties(reader)) properties.set(key, value);
  }
  const isFile = properties.has('SPECIFICATION_FILE') || properties.has('SPECIFICATION_TEMPLATE_FILE');
  if (isFile === (specification !== undefined)) throw compilationError('A service needs one specification.');
  return { properties: new Map([['COMPUTE_POOL', pool], ...properties]), body: reader.textSince(mark) };
}

/** `properties IF (EXISTS (query)) THEN statement`. */
function parseAlert(reader: TokenReader): Clauses {
  const properties = parseProperties(reader, ['IF']);
  const mark = reader.mark();
  reader.expect('IF', '(', 'EXISTS', '(');
  reader.grammar.query(reader);
  reader.expect(')', ')', 'THEN');
  if (!reader.at('CALL')) reader.grammar.statement(reader.sql.slice(reader.peek().start));
  const condition = reader.textSince(mark);
  return { properties, body: `${condition} ${reader.rest()}` };
}

/** A function that a service answers; others are not known here. */
function parseServiceFunction(reader: TokenReader): Clauses {
  reader.expect('RETURNS');
  const returns = typeText(parseDataType(reader));
  for (const words of [['NOT', 'NULL'], ['CALLED', 'ON', 'NULL', 'INPUT'], ['STRICT'], ['VOLATILE'], ['IMMUTABLE']])
    reader.accept(...words);
  if (!reader.at('SERVICE', '=')) throw reader.unsupported('a function without SERVICE');
  const properties = parseProperties(reader, ['AS']);
  reader.expect('AS');
  const body = reader.string();
  return { properties: new Map([['RETURNS', returns], ...properties]), body };
}
