import { syntaxError } from '../errors.ts';
import { parseCall, parseWindowSuffix } from './calls.ts';
import { parseDataType } from './data-types.ts';
import { parsePathSteps } from './paths.ts';
import { RESERVED_WORDS } from './reserved-words.ts';
import type { Expression } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads an expression, OR being the loosest operator. */
export function parseExpression(reader: TokenReader): Expression {
  let left = parseAnd(reader);
  while (reader.accept('OR')) left = { kind: 'binary', operator: 'OR', left, right: parseAnd(reader) };
  return left;
}

function parseAnd(reader: TokenReader): Expression {
  let left = parseNot(reader);
  while (reader.accept('AND')) left = { kind: 'binary', operator: 'AND', left, right: parseNot(reader) };
  return left;
}

function parseNot(reader: TokenReader): Expression {
  if (reader.accept('NOT')) return { kind: 'unary', operator: 'NOT', operand: parseNot(reader) };
  return parsePredicate(reader);
}

const COMPARISONS = ['=', '<>', '!=', '<=', '>=', '<', '>'];

function parsePredicate(reader: TokenReader): Expression {
  let left = parseSum(reader);
  for (;;) {
    const comparison = reader.acceptOneOf(COMPARISONS);
    if (comparison) {
      const operator = comparison === '!=' ? '<>' : comparison;
      left = { kind: 'binary', operator, left, right: parseSum(reader) };
      continue;
    }
    const next = reader.accept('IS') ? parseIs(reader, left) : parseNegatable(reader, left);
    if (!next) return left;
    left = next;
  }
}

function parseIs(reader: TokenReader, operand: Expression): Expression {
  const negated = reader.accept('NOT');
  if (reader.accept('DISTINCT', 'FROM')) return { kind: 'distinct', left: operand, right: parseSum(reader), negated };
  const what = reader.acceptOneOf(['NULL', 'TRUE', 'FALSE']) as 'NULL' | 'TRUE' | 'FALSE' | undefined;
  if (!what) throw reader.unexpected();
  return { kind: 'is', operand, what, negated };
}

function parseNegatable(reader: TokenReader, operand: Expression): Expression | undefined {
  const mark = reader.mark();
  const negated = reader.accept('NOT');
  if (reader.accept('IN')) return parseIn(reader, operand, negated);
  if (reader.accept('BETWEEN')) {
    const low = parseSum(reader);
    reader.expect('AND');
    return { kind: 'between', operand, low, high: parseSum(reader), negated };
  }
  const operator = reader.acceptOneOf(['LIKE', 'ILIKE', 'RLIKE', 'REGEXP']);
  if (operator) return parseLike(reader, operand, operator, negated);
  reader.rewind(mark);
  return undefined;
}

function parseIn(reader: TokenReader, operand: Expression, negated: boolean): Expression {
  reader.expect('(');
  const items = atQuery(reader) ? reader.grammar.query(reader) : reader.commaSeparated(() => parseExpression(reader));
  reader.expect(')');
  return { kind: 'in', operand, items, negated };
}

function parseLike(reader: TokenReader, operand: Expression, word: string, negated: boolean): Expression {
  const operator = word === 'REGEXP' ? 'RLIKE' : (word as 'LIKE' | 'ILIKE' | 'RLIKE');
  const quantifier = reader.acceptOneOf(['ANY', 'ALL']) as 'ANY' | 'ALL' | undefined;
  const patterns = quantifier ? reader.list(() => parseExpression(reader)) : [parseSum(reader)];
  const escape = reader.accept('ESCAPE') ? parseSum(reader) : undefined;
  return { kind: 'like', operator, operand, quantifier, patterns, escape, negated };
}

function parseSum(reader: TokenReader): Expression {
  let left = parseProduct(reader);
  for (let operator = sumOperator(reader); operator; operator = sumOperator(reader)) {
    left = { kind: 'binary', operator, left, right: parseProduct(reader) };
  }
  return left;
}

const sumOperator = (reader: TokenReader) => reader.acceptOneOf(['+', '-', '||']);

function parseProduct(reader: TokenReader): Expression {
  let left = parseUnary(reader);
  for (let operator = productOperator(reader); operator; operator = productOperator(reader)) {
    left = { kind: 'binary', operator, left, right: parseUnary(reader) };
  }
  return left;
}

const productOperator = (reader: TokenReader) => reader.acceptOneOf(['*', '/', '%']);

function parseUnary(reader: TokenReader): Expression {
  const operator = reader.acceptOneOf(['-', '+']) as '-' | '+' | undefined;
  return operator ? { kind: 'unary', operator, operand: parseUnary(reader) } : parsePostfix(reader);
}

/** An operand with what follows it: `::type`, `:path`, `[index]`. */
function parsePostfix(reader: TokenReader): Expression {
  let operand = parseOperand(reader);
  for (;;) {
    const place = reader.peek();
    if (reader.accept('::')) operand = { kind: 'cast', operand, type: parseDataType(reader), isTry: false, place };
    else if (reader.at(':') || reader.at('[')) operand = { kind: 'path', operand, steps: parsePathSteps(reader) };
    else return operand;
  }
}

function parseOperand(reader: TokenReader): Expression {
  const token = reader.peek();
  switch (token.kind) {
    case 'number':
      return { kind: 'number', text: reader.number() };
    case 'string':
      return { kind: 'string', value: reader.string() };
    case 'bind':
      return { kind: 'bind', index: reader.bindIndex(reader.take()) };
    case 'variable':
      return { kind: 'variable', name: reader.take().text, place: token };
    case 'position':
      return { kind: 'position', index: Number(reader.take().text) };
    case 'symbol':
      return parseParenthesised(reader);
    case 'word':
      return parseWord(reader);
    case 'quoted':
      return parseName(reader);
    case 'end':
      throw syntaxError(token, token.text);
  }
}

function parseParenthesised(reader: TokenReader): Expression {
  if (!reader.at('(')) throw reader.unexpected();
  reader.expect('(');
  if (atQuery(reader)) {
    const query = reader.grammar.query(reader);
    reader.expect(')');
    return { kind: 'subquery', query };
  }
  const items = reader.commaSeparated(() => parseExpression(reader));
  reader.expect(')');
  return items.length === 1 && items[0] ? items[0] : { kind: 'tuple', items };
}

function parseWord(reader: TokenReader): Expression {
  const place = reader.peek();
  if (reader.accept('NULL')) return { kind: 'null' };
  if (reader.accept('TRUE')) return { kind: 'boolean', value: true };
  if (reader.accept('FALSE')) return { kind: 'boolean', value: false };
  if (reader.accept('CASE')) return parseCase(reader);
  if (reader.at('CAST', '(') || reader.at('TRY_CAST', '(')) return parseCast(reader);
  if (reader.accept('EXISTS', '(')) {
    const query = reader.grammar.query(reader);
    reader.expect(')');
    return { kind: 'exists', query };
  }
  if (reader.peek(1).kind === 'string') return parseTypedLiteral(reader);
  if (RESERVED_WORDS.has(place.text) && !reader.at(place.text, '(')) throw reader.unexpected();
  return parseName(reader);
}

/** DATE '…', TIMESTAMP '…', INTERVAL '…'. */
function parseTypedLiteral(reader: TokenReader): Expression {
  const place = reader.peek();
  if (reader.accept('INTERVAL')) return { kind: 'interval', text: reader.string(), place };
  const name = reader.acceptOneOf(['DATE', 'TIMESTAMP', 'TIME']);
  if (!name) throw reader.unsupported(`literal ${place.text} '…'`);
  return {
    kind: 'cast',
    operand: { kind: 'string', value: reader.string() },
    type: { name, args: [] },
    isTry: false,
    place,
  };
}

function parseCase(reader: TokenReader): Expression {
  const operand = reader.at('WHEN') ? undefined : parseExpression(reader);
  const branches = [];
  while (reader.accept('WHEN')) {
    const when = parseExpression(reader);
    reader.expect('THEN');
    branches.push({ when, then: parseExpression(reader) });
  }
  if (branches.length === 0) throw reader.unexpected();
  const otherwise = reader.accept('ELSE') ? parseExpression(reader) : undefined;
  reader.expect('END');
  return { kind: 'case', operand, branches, otherwise };
}

function parseCast(reader: TokenReader): Expression {
  const place = reader.peek();
  const isTry = reader.take().text === 'TRY_CAST';
  reader.expect('(');
  const operand = parseExpression(reader);
  reader.expect('AS');
  const type = parseDataType(reader);
  reader.expect(')');
  return { kind: 'cast', operand, type, isTry, place };
}

function parseName(reader: TokenReader): Expression {
  const place = reader.peek();
  if (reader.peek().kind === 'word' && reader.at(place.text, '(')) {
    return parseWindowSuffix(reader, parseCall(reader));
  }
  const parts = [reader.name()];
  while (reader.at('.') && !reader.at('.', '*')) {
    reader.expect('.');
    parts.push(reader.name());
  }
  if (parts.length > 1 && reader.at('(')) {
    return parseWindowSuffix(reader, parseCall(reader, parts.join('.')));
  }
  return { kind: 'column', parts, place };
}

/** True when a query begins here, also one in parentheses. */
function atQuery(reader: TokenReader): boolean {
  let ahead = 0;
  while (reader.peek(ahead).kind === 'symbol' && reader.peek(ahead).text === '(') ahead += 1;
  const token = reader.peek(ahead);
  return token.kind === 'word' && (token.text === 'SELECT' || token.text === 'WITH');
}
