import type { Argument, Call, Expression, Frame, OrderItem, Window } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/**
 * Reads a call from its name on; `name` is given when the name was read already. EXTRACT(part FROM value) reads as
 * DATE_PART, POSITION(a IN b) as POSITION(a, b).
 */
export function parseCall(reader: TokenReader, name?: string): Call {
  const place = reader.peek();
  const called = name ?? reader.name();
  reader.expect('(');
  const distinct = reader.accept('DISTINCT');
  const args = called === 'EXTRACT' ? parseExtract(reader) : parseArguments(reader);
  // FIRST_VALUE(x IGNORE NULLS): inside the parentheses, or behind them.
  const inside = parseNullTreatment(reader);
  reader.expect(')');
  const withinGroup = reader.accept('WITHIN', 'GROUP') ? parseWithinGroup(reader) : undefined;
  const ignoreNulls = parseNullTreatment(reader) || inside;
  return {
    kind: 'call',
    name: called === 'EXTRACT' ? 'DATE_PART' : called,
    args,
    distinct,
    withinGroup,
    ignoreNulls,
    place,
  };
}

/** Adds OVER (…) to a call when it follows. */
export function parseWindowSuffix(reader: TokenReader, call: Call): Call {
  return reader.accept('OVER') ? { ...call, over: parseWindow(reader) } : call;
}

/** `expression [ASC|DESC] [NULLS FIRST|LAST]`, separated by commas. */
export function parseOrderItems(reader: TokenReader): OrderItem[] {
  return reader.commaSeparated(() => {
    const expression = reader.grammar.expression(reader);
    const descending = reader.acceptOneOf(['ASC', 'DESC']) === 'DESC';
    const nulls = reader.accept('NULLS') ? reader.acceptOneOf(['FIRST', 'LAST']) : undefined;
    return { expression, descending, nulls: nulls as 'FIRST' | 'LAST' | undefined };
  });
}

/** `* [EXCLUDE (a, b)]`. */
export function parseStar(reader: TokenReader, table?: string): Expression {
  reader.expect('*');
  if (reader.at('ILIKE') || reader.at('REPLACE') || reader.at('RENAME')) {
    throw reader.unsupported(`* ${reader.peek().text}`);
  }
  const exclude = reader.accept('EXCLUDE') ? parseNames(reader) : [];
  return { kind: 'star', table, exclude };
}

function parseNames(reader: TokenReader): string[] {
  return reader.at('(') ? reader.list(() => reader.name()) : [reader.name()];
}

function parseArguments(reader: TokenReader): Argument[] {
  if (reader.at(')')) return [];
  return reader.commaSeparated(() => {
    if (reader.at('*')) return { value: parseStar(reader) };
    const isNamed = reader.peek().kind === 'word' && reader.peek(1).text === '=>' && reader.peek(1).kind === 'symbol';
    if (!isNamed) return { value: reader.grammar.expression(reader) };
    const name = reader.name();
    reader.expect('=>');
    return { name, value: reader.grammar.expression(reader) };
  });
}

function parseExtract(reader: TokenReader): Argument[] {
  const place = reader.peek();
  const part = reader.name();
  reader.expect('FROM');
  return [{ value: { kind: 'column', parts: [part], place } }, { value: reader.grammar.expression(reader) }];
}

function parseNullTreatment(reader: TokenReader): boolean {
  if (reader.accept('IGNORE', 'NULLS')) return true;
  reader.accept('RESPECT', 'NULLS');
  return false;
}

function parseWithinGroup(reader: TokenReader): OrderItem[] {
  reader.expect('(', 'ORDER', 'BY');
  const items = parseOrderItems(reader);
  reader.expect(')');
  return items;
}

function parseWindow(reader: TokenReader): Window {
  reader.expect('(');
  const partitionBy = reader.accept('PARTITION', 'BY')
    ? reader.commaSeparated(() => reader.grammar.expression(reader))
    : [];
  const orderBy = reader.accept('ORDER', 'BY') ? parseOrderItems(reader) : [];
  const unit = reader.acceptOneOf(['ROWS', 'RANGE']) as Frame['unit'] | undefined;
  const frame = unit ? parseFrame(reader, unit) : undefined;
  reader.expect(')');
  return { partitionBy, orderBy, frame };
}

function parseFrame(reader: TokenReader, unit: Frame['unit']): Frame {
  reader.expect('BETWEEN');
  const from = parseFrameBound(reader);
  reader.expect('AND');
  return { unit, from, to: parseFrameBound(reader) };
}

function parseFrameBound(reader: TokenReader): string {
  if (reader.accept('CURRENT', 'ROW')) return 'CURRENT ROW';
  const distance = reader.accept('UNBOUNDED') ? 'UNBOUNDED' : String(reader.integer());
  const direction = reader.acceptOneOf(['PRECEDING', 'FOLLOWING']);
  if (!direction) throw reader.unexpected();
  return `${distance} ${direction}`;
}
