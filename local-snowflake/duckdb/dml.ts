import { compilationError } from '../errors.ts';
import type { Assignment, Delete, Insert, Merge, MergeWhen, ObjectName, Update } from '../sql/statement-syntax.ts';
import type { Expression, TableAlias } from '../sql/syntax.ts';
import { type Printing, quoted } from './printing.ts';
import { MAKES_VARIANT } from './variant-functions.ts';
import { printAlias, printFrom, printSource } from './queries.ts';

/** Prints an INSERT; its rows come from the query or the values, cast to the column types by DuckDB. */
export function printInsert({ table, columns, source }: Insert, printing: Printing): string {
  const list = columns.length === 0 ? '' : ` (${columns.map(quoted).join(', ')})`;
  const target = `INSERT INTO ${printing.context.tableName(table)}${list}`;
  if ('body' in source) return `${target} ${printing.query(source)}`;
  for (const value of source.flat()) refuseInValues(value);
  return `${target} VALUES ${source.map((row) => printRow(row, printing)).join(', ')}`;
}

export function printUpdate({ table, alias, set, from, where }: Update, printing: Printing): string {
  const others = from.length === 0 ? '' : ` FROM ${printFrom(from, printing)}`;
  const condition = where ? ` WHERE ${printing.expression(where)}` : '';
  return `UPDATE ${target(table, alias, printing)} SET ${assignments(set, printing)}${others}${condition}`;
}

export function printDelete({ table, alias, using, where }: Delete, printing: Printing): string {
  const others = using.length === 0 ? '' : ` USING ${using.map((source) => printSource(source, printing)).join(', ')}`;
  const condition = where ? ` WHERE ${printing.expression(where)}` : '';
  return `DELETE FROM ${target(table, alias, printing)}${others}${condition}`;
}

/** Prints a MERGE; it returns one row per changed row with what was done to it. */
export function printMerge({ table, alias, using, on, whens }: Merge, printing: Printing): string {
  const printed = whens.map((when) => printWhen(when, printing));
  const head = `MERGE INTO ${target(table, alias, printing)} USING ${printSource(using, printing)} ON ${printing.expression(on)}`;
  return `${head} ${printed.join(' ')} RETURNING merge_action`;
}

function printWhen({ matched, condition, action }: MergeWhen, printing: Printing): string {
  const head = `WHEN ${matched ? '' : 'NOT '}MATCHED${condition ? ` AND ${printing.expression(condition)}` : ''} THEN`;
  switch (action.kind) {
    case 'delete':
      return `${head} DELETE`;
    case 'update':
      return `${head} UPDATE SET ${assignments(action.set, printing)}`;
    case 'insert': {
      const columns = action.columns.length === 0 ? '' : ` (${action.columns.map(quoted).join(', ')})`;
      return `${head} INSERT${columns} VALUES ${printRow(action.values, printing)}`;
    }
  }
}

function target(table: ObjectName, alias: TableAlias | undefined, printing: Printing): string {
  for (const column of printing.context.variantColumns(table)) printing.variantColumns.add(column);
  return `${printing.context.tableName(table)}${printAlias(alias ?? { name: table.parts.at(-1) ?? '', columns: [] })}`;
}

function assignments(set: readonly Assignment[], printing: Printing): string {
  return set.map(({ column, value }) => `${quoted(column)} = ${printing.expression(value)}`).join(', ');
}

const printRow = (row: readonly Expression[], printing: Printing) =>
  `(${row.map((cell) => printing.expression(cell)).join(', ')})`;

/** Snowflake takes constants and simple calls in VALUES, but nothing that makes a VARIANT: it wants INSERT … SELECT. */
function refuseInValues(value: Expression): void {
  if (value.kind === 'call' && MAKES_VARIANT.has(value.name)) {
    throw compilationError(`Invalid expression [${value.name}(…)] in VALUES clause`, value.place);
  }
}
