import { parseCall, parseOrderItems, parseStar } from './calls.ts';
import { parseFrom } from './table-sources.ts';
import type {
  CommonTable,
  Expression,
  Grouping,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
} from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads a query with its WITH, set operators, ORDER BY and LIMIT. */
export function parseQuery(reader: TokenReader): Query {
  let isRecursive = false;
  const tables: CommonTable[] = [];
  if (reader.accept('WITH')) {
    isRecursive = reader.accept('RECURSIVE');
    tables.push(...reader.commaSeparated(() => parseCommonTable(reader)));
  }
  const body = parseBody(reader);
  const orderBy = reader.accept('ORDER', 'BY') ? parseOrderItems(reader) : [];
  const { limit, offset } = parseLimit(reader);
  return { isRecursive, with: tables, body, orderBy, limit, offset };
}

function parseCommonTable(reader: TokenReader): CommonTable {
  const name = reader.name();
  const columns = reader.at('(') ? reader.list(() => reader.name()) : [];
  reader.expect('AS', '(');
  const query = parseQuery(reader);
  reader.expect(')');
  return { name, columns, query };
}

function parseBody(reader: TokenReader): QueryBody {
  let left = parseIntersect(reader);
  for (;;) {
    const operator = setOperator(reader);
    if (!operator) return left;
    left = { kind: 'set', operator, left, right: parseIntersect(reader) };
  }
}

function setOperator(reader: TokenReader): SetOperation['operator'] | undefined {
  if (reader.accept('UNION', 'ALL')) return 'UNION ALL';
  if (reader.accept('UNION')) {
    reader.accept('DISTINCT');
    return 'UNION';
  }
  return reader.acceptOneOf(['EXCEPT', 'MINUS']) ? 'EXCEPT' : undefined;
}

function parseIntersect(reader: TokenReader): QueryBody {
  let left = parseTerm(reader);
  while (reader.accept('INTERSECT')) left = { kind: 'set', operator: 'INTERSECT', left, right: parseTerm(reader) };
  return left;
}

function parseTerm(reader: TokenReader): QueryBody {
  if (!reader.accept('(')) return parseSelect(reader);
  const query = parseQuery(reader);
  reader.expect(')');
  return { kind: 'nested', query };
}

function parseSelect(reader: TokenReader): Select {
  reader.expect('SELECT');
  const distinct = reader.acceptOneOf(['DISTINCT', 'ALL']) === 'DISTINCT';
  const top = reader.accept('TOP') ? reader.number() : undefined;
  const items = reader.commaSeparated(() => parseSelectItem(reader));
  const from = reader.accept('FROM') ? parseFrom(reader) : [];
  const where = optional(reader, ['WHERE']);
  const groupBy = reader.accept('GROUP', 'BY') ? parseGrouping(reader) : undefined;
  const having = optional(reader, ['HAVING']);
  const qualify = optional(reader, ['QUALIFY']);
  return { kind: 'select', distinct, top, items, from, where, groupBy, having, qualify };
}

function optional(reader: TokenReader, words: readonly string[]): Expression | undefined {
  return reader.accept(...words) ? reader.grammar.expression(reader) : undefined;
}

function parseSelectItem(reader: TokenReader): SelectItem {
  const mark = reader.mark();
  const expression = parseSelected(reader);
  const text = reader.textSince(mark).toUpperCase();
  const isNamed = reader.accept('AS') || reader.peek().kind === 'quoted' || atBareAlias(reader);
  return { expression, text, alias: isNamed ? reader.name() : undefined };
}

function parseSelected(reader: TokenReader): Expression {
  if (reader.at('*')) return parseStar(reader);
  const isTableStar = reader.peek(1).text === '.' && reader.peek(2).text === '*' && reader.peek(2).kind === 'symbol';
  if (!isTableStar) return reader.grammar.expression(reader);
  const table = reader.name();
  reader.expect('.');
  return parseStar(reader, table);
}

const AFTER_ITEM = new Set(
  'FROM WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT MINUS INTO'.split(' '),
);

function atBareAlias(reader: TokenReader): boolean {
  const token = reader.peek();
  return token.kind === 'word' && !AFTER_ITEM.has(token.text);
}

function parseGrouping(reader: TokenReader): Grouping {
  if (reader.accept('ALL')) return { kind: 'ALL', expressions: [] };
  if (reader.at('ROLLUP', '(') || reader.at('CUBE', '(')) {
    const call = parseCall(reader);
    return { kind: call.name as 'ROLLUP' | 'CUBE', expressions: call.args.map(({ value }) => value) };
  }
  if (reader.at('GROUPING', 'SETS')) throw reader.unsupported('GROUPING SETS');
  return { kind: 'expressions', expressions: reader.commaSeparated(() => reader.grammar.expression(reader)) };
}

function parseLimit(reader: TokenReader): { limit?: Expression | undefined; offset?: Expression | undefined } {
  const limit = optional(reader, ['LIMIT']);
  const offset = optional(reader, ['OFFSET']);
  if (reader.at('FETCH')) throw reader.unsupported('FETCH');
  return { limit, offset };
}
