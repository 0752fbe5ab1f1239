import { compilationError, unsupported } from '../errors.ts';
import type { DataType, Expression, Like, PathStep } from '../sql/syntax.ts';
import { duckDbType, isSemiStructured } from './data-types.ts';
import { BARE_FUNCTIONS } from './date-functions.ts';
import { printCall } from './functions.ts';
import { literal, type Printing, quoted } from './printing.ts';
import { MAKES_VARIANT } from './variant-functions.ts';
import { isVolatile } from './volatile.ts';

type Simple =
  'number' | 'string' | 'boolean' | 'null' | 'bind' | 'position' | 'variable' | 'column' | 'star' | 'interval';

/** Prints an expression. @throws SnowflakeError for what DuckDB would take in another sense, or not at all. */
export function printExpression(expression: Expression, printing: Printing): string {
  const print = printing.expression;
  switch (expression.kind) {
    case 'unary':
      return expression.operator === 'NOT'
        ? `(NOT ${print(expression.operand)})`
        : `(${expression.operator}${print(expression.operand)})`;
    case 'binary':
      return printBinary(expression, printing);
    case 'is':
      return `(${print(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}${expression.what})`;
    case 'distinct':
      return `(${print(expression.left)} IS ${expression.negated ? 'NOT ' : ''}DISTINCT FROM ${print(expression.right)})`;
    case 'in':
      return printIn(expression, printing);
    case 'between':
      return printBetween(expression, printing);
    case 'like':
      return printLike(expression, printing);
    case 'case':
      return printCase(expression, printing);
    case 'cast':
      return printCast(expression, printing);
    case 'path':
      return printPath(expression.operand, expression.steps, printing);
    case 'exists':
      return `EXISTS (${printing.query(expression.query)})`;
    case 'subquery':
      return `(${printing.query(expression.query)})`;
    case 'tuple':
      return `(${expression.items.map(print).join(', ')})`;
    case 'call':
      return printCall(expression, printing);
    case 'number':
    case 'string':
    case 'boolean':
    case 'null':
    case 'bind':
    case 'position':
    case 'variable':
    case 'column':
    case 'star':
    case 'interval':
      return printSimple(expression, printing);
  }
}

function printSimple(expression: Extract<Expression, { kind: Simple }>, printing: Printing): string {
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'string':
      return literal(expression.value);
    case 'boolean':
      return expression.value ? 'TRUE' : 'FALSE';
    case 'null':
      return 'NULL';
    case 'bind':
      return `$${expression.index}`;
    case 'position':
      return quoted(`COLUMN${expression.index}`);
    case 'variable':
      printing.markVolatile();
      return printing.context.variable(expression.name, expression.place);
    case 'column':
      return printColumn(expression, printing);
    case 'star':
      return printStar(expression);
    case 'interval':
      throw unsupported('INTERVAL literal', expression.place);
  }
}

function printColumn({ parts, place }: Extract<Expression, { kind: 'column' }>, printing: Printing): string {
  const [name] = parts;
  if (parts.length === 1 && name !== undefined && BARE_FUNCTIONS.has(name)) {
    return printCall({ kind: 'call', name, args: [], distinct: false, ignoreNulls: false, place }, printing);
  }
  if (parts.length > 2) throw unsupported('a column with schema or database', place);
  return parts.map(quoted).join('.');
}

function printStar({ table, exclude }: Extract<Expression, { kind: 'star' }>): string {
  const star = table === undefined ? '*' : `${quoted(table)}.*`;
  return exclude.length === 0 ? star : `${star} EXCLUDE (${exclude.map(quoted).join(', ')})`;
}

type Binary = Extract<Expression, { kind: 'binary' }>;

function printBinary({ operator, left, right }: Binary, printing: Printing): string {
  const [one, other] = [printing.expression(left), printing.expression(right)];
  switch (operator) {
    case '/':
    case '%':
      if (isVolatile(right)) throw unsupported(`a random divisor of ${operator}`);
      return `${operator === '/' ? 'sf_divide' : 'sf_modulo'}(${wide(left, one)}, ${wide(right, other)})`;
    case '+':
    case '-':
    case '*':
      return `(${wide(left, one)} ${operator} ${wide(right, other)})`;
    case '||':
      return `(${asText(left, one)} || ${asText(right, other)})`;
    case 'AND':
    case 'OR':
      return `(${one} ${operator} ${other})`;
    default:
      refuseVariant(left, operator, printing);
      refuseVariant(right, operator, printing);
      return `(${wide(left, one)} ${operator} ${wide(right, other)})`;
  }
}

/** DuckDB computes whole literals in 32 bits, Snowflake in 38 digits; and it compares them with text as text. */
function wide(operand: Expression, printed: string): string {
  return operand.kind === 'number' && /^\d+$/.test(printed)
    ? `CAST(${printed} AS DECIMAL(${Math.max(printed.length, 1)}, 0))`
    : printed;
}

function asText(operand: Expression, printed: string): string {
  return operand.kind === 'string' ? printed : `sf_text(${printed})`;
}

/** DuckDB would compare the JSON text, quotes included. Types are not known here, so this goes by what is written. */
function refuseVariant(operand: Expression, operator: string, printing: Printing): void {
  const isVariant =
    operand.kind === 'path' ||
    (operand.kind === 'column' && printing.variantColumns.has(operand.parts.at(-1) ?? '')) ||
    (operand.kind === 'call' && MAKES_VARIANT.has(operand.name));
  if (isVariant) {
    throw compilationError(
      `${operator} needs a cast of the VARIANT value on this server, for example value:key::VARCHAR.`,
    );
  }
}

function printIn({ operand, items, negated }: Extract<Expression, { kind: 'in' }>, printing: Printing): string {
  refuseVariant(operand, 'IN', printing);
  const list =
    'body' in items ? printing.query(items) : items.map((item) => wide(item, printing.expression(item))).join(', ');
  return `(${printing.expression(operand)} ${negated ? 'NOT ' : ''}IN (${list}))`;
}

function printBetween(
  { operand, low, high, negated }: Extract<Expression, { kind: 'between' }>,
  printing: Printing,
): string {
  refuseVariant(operand, 'BETWEEN', printing);
  const [value, from, to] = [operand, low, high].map((part) => printing.expression(part));
  return `(${value ?? ''} ${negated ? 'NOT ' : ''}BETWEEN ${from ?? ''} AND ${to ?? ''})`;
}

function printLike({ operator, operand, quantifier, patterns, escape, negated }: Like, printing: Printing): string {
  refuseVariant(operand, operator, printing);
  const value = printing.expression(operand);
  const matches = patterns.map((pattern) => {
    const printed = printing.expression(pattern);
    if (operator === 'RLIKE') return `regexp_full_match(${value}, ${printed})`;
    return `${value} ${operator} ${printed}${escape ? ` ESCAPE ${printing.expression(escape)}` : ''}`;
  });
  return `(${negated ? 'NOT ' : ''}(${matches.join(quantifier === 'ALL' ? ' AND ' : ' OR ')}))`;
}

function printCase(
  { operand, branches, otherwise }: Extract<Expression, { kind: 'case' }>,
  printing: Printing,
): string {
  // DuckDB computes the operand once per branch.
  if (operand && isVolatile(operand)) throw unsupported('a random operand of CASE');
  const printed = branches.map(
    ({ when, then }) => `WHEN ${printing.expression(when)} THEN ${printing.expression(then)}`,
  );
  const start = operand ? ` ${printing.expression(operand)}` : '';
  const end = otherwise ? ` ELSE ${printing.expression(otherwise)}` : '';
  return `CASE${start} ${printed.join(' ')}${end} END`;
}

function printCast({ operand, type, isTry, place }: Extract<Expression, { kind: 'cast' }>, printing: Printing): string {
  const value = printing.expression(operand);
  if (isSemiStructured(type)) return `to_json(${value})`;
  if (type.name === 'VARCHAR') return limited(`sf_text(${value})`, type);
  if (type.name === 'BINARY') throw unsupported('a cast to BINARY', place);
  return `${isTry ? 'TRY_CAST' : 'CAST'}(${zoned(operand, type, value)} AS ${duckDbType(type)})`;
}

/** DuckDB takes what follows the space in '… +0200' for the name of a zone. */
function zoned(operand: Expression, type: DataType, value: string): string {
  const isZoned = type.name === 'TIMESTAMP_TZ' || type.name === 'TIMESTAMP_LTZ';
  return isZoned && operand.kind === 'string' ? literal(operand.value.replace(/ ([+-]\d\d:?\d\d)$/, '$1')) : value;
}

/** A cast to VARCHAR(n) cuts. */
function limited(value: string, { args: [length] }: DataType): string {
  return length === undefined || length >= 16_777_216 ? value : `left(${value}, ${length})`;
}

/** A path of known keys is one JSON pointer; computed elements are asked one by one. */
function printPath(operand: Expression, steps: readonly PathStep[], printing: Printing): string {
  let printed = printing.expression(operand);
  let pointer = '';
  for (const step of steps) {
    const key = knownKey(step);
    if (key !== undefined) {
      pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    } else if (step.kind === 'element') {
      printed = `sf_get(${pointed(printed, pointer)}, ${printing.expression(step.element)})`;
      pointer = '';
    }
  }
  return pointed(printed, pointer);
}

function knownKey(step: PathStep): string | undefined {
  if (step.kind === 'key') return step.key;
  if (step.element.kind === 'string') return step.element.value;
  return step.element.kind === 'number' ? step.element.text : undefined;
}

const pointed = (value: string, pointer: string) =>
  pointer === '' ? value : `json_extract(${value}, ${literal(pointer)})`;

/** The name that Snowflake gives an unnamed select item: a column's own, else the source text. */
export function itemName(expression: Expression, text: string): string {
  return expression.kind === 'column' ? (expression.parts.at(-1) ?? text) : text;
}
