import type { OrderItem, Window } from '../sql/syntax.ts';
import type { FunctionEntry } from './function-spec.ts';
import type { Printing } from './printing.ts';

/** Functions that need OVER. */
export const WINDOW_FUNCTIONS: readonly FunctionEntry[] = [
  ...['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST'].map((name) => windowFunction(name, [0, 0])),
  windowFunction('NTILE', [1, 1]),
  windowFunction('LAG', [1, 3]),
  windowFunction('LEAD', [1, 3]),
  windowFunction('FIRST_VALUE', [1, 1]),
  windowFunction('LAST_VALUE', [1, 1]),
  windowFunction('NTH_VALUE', [2, 2]),
];

/** What stands inside OVER ( … ). */
export function printWindow(window: Window, printing: Printing): string {
  const partition = window.partitionBy.map((expression) => printing.expression(expression)).join(', ');
  const frame = window.frame ? `${window.frame.unit} BETWEEN ${window.frame.from} AND ${window.frame.to}` : '';
  return [
    partition === '' ? '' : `PARTITION BY ${partition}`,
    window.orderBy.length === 0 ? '' : `ORDER BY ${printOrderBy(window.orderBy, printing)}`,
    frame,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** FIRST_VALUE and its like see the whole partition in Snowflake; in DuckDB, as in the standard, up to the row itself. */
export function withDefaultFrame(name: string, window: Window): Window {
  const isValue = name === 'FIRST_VALUE' || name === 'LAST_VALUE' || name === 'NTH_VALUE';
  if (!isValue || window.frame) return window;
  return { ...window, frame: { unit: 'ROWS', from: 'UNBOUNDED PRECEDING', to: 'UNBOUNDED FOLLOWING' } };
}

/** ORDER BY with the place of NULLs said: Snowflake takes them for the greatest values. */
export function printOrderBy(items: readonly OrderItem[], printing: Printing): string {
  return items
    .map(({ expression, descending, nulls }) => {
      const place = nulls ?? (descending ? 'FIRST' : 'LAST');
      return `${printing.expression(expression)} ${descending ? 'DESC' : 'ASC'} NULLS ${place}`;
    })
    .join(', ');
}

function windowFunction(name: string, arity: readonly [number, number]): FunctionEntry {
  const print = (args: readonly string[], call: { readonly ignoreNulls: boolean }) =>
    `${name.toLowerCase()}(${args.join(', ')}${call.ignoreNulls ? ' IGNORE NULLS' : ''})`;
  return [name, { arity, kind: 'window', takesNullTreatment: arity[1] > 0, print }];
}
