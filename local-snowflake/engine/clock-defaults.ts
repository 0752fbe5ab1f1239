import { unsupported } from '../errors.ts';
import { BARE_FUNCTIONS } from '../duckdb/date-functions.ts';
import type { ColumnDefinition, Insert } from '../sql/statement-syntax.ts';
import type { Expression } from '../sql/syntax.ts';
import type { Table } from './catalog.ts';

const CLOCK_FUNCTIONS = new Set([...BARE_FUNCTIONS, 'GETDATE', 'SYSDATE']);

/** True for a default that asks the clock: DuckDB must not, because tests move the server's clock. */
export function isClockDefault({ defaultValue }: ColumnDefinition): boolean {
  return defaultValue !== undefined && asksClock(defaultValue);
}

function asksClock(expression: Expression): boolean {
  if (expression.kind === 'cast') return asksClock(expression.operand);
  if (expression.kind === 'column')
    return expression.parts.length === 1 && CLOCK_FUNCTIONS.has(expression.parts[0] ?? '');
  return expression.kind === 'call' && CLOCK_FUNCTIONS.has(expression.name);
}

/** The INSERT with the columns that it leaves to a default of the clock written out. */
export function withClockDefaults(insert: Insert, { columns }: Table): Insert {
  if (insert.columns.length === 0) return insert;
  const missing = columns.filter((column) => isClockDefault(column) && !insert.columns.includes(column.name));
  if (missing.length === 0) return insert;
  const defaults = missing.map(({ defaultValue }) => defaultValue).filter((value) => value !== undefined);
  const names = [...insert.columns, ...missing.map(({ name }) => name)];
  if (!('body' in insert.source))
    return { ...insert, columns: names, source: insert.source.map((row) => [...row, ...defaults]) };
  const { body } = insert.source;
  if (body.kind !== 'select')
    throw unsupported('a set operation that leaves a column to its default CURRENT_TIMESTAMP');
  const items = [...body.items, ...defaults.map((expression, place) => ({ expression, text: `DEFAULT ${place}` }))];
  return { ...insert, columns: names, source: { ...insert.source, body: { ...body, items } } };
}
