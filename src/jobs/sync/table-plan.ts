import { OperatorError } from '../../errors.ts';
import type { Fill, ServingTable } from './serving-tables.ts';
import type { TableReader } from './table-reader.ts';
import type { TargetColumn, TargetTable } from './target-table.ts';

/** A column that is written, and where its value comes from. */
export type PlannedColumn = TargetColumn & ({ readonly from: number } | { readonly fill: Fill });

/** How one table is copied. */
export interface TablePlan {
  readonly table: ServingTable;
  readonly target: TargetTable;
  /** What the source calls the table. */
  readonly sourceTable: string;
  /** Columns to read, as the source calls them. */
  readonly sourceColumns: readonly string[];
  /** Columns to write; `from` is an index into `sourceColumns`. */
  readonly columns: readonly PlannedColumn[];
  /** Columns that Postgres fills by its default, because the source lacks them. */
  readonly defaulted: readonly string[];
  /** Columns of the source that nobody wants. */
  readonly ignored: readonly string[];
}

/**
 * Matches the columns of a source with those of a table: by name, alias, fill or default, in this order.
 * @throws OperatorError that names every column that is missing and what the source has.
 */
export async function planTable(
  reader: TableReader,
  table: ServingTable,
  sourceTable: string,
  target: TargetTable,
): Promise<TablePlan> {
  const available = await reader.columns(sourceTable);
  const indexByName = new Map<string, number>();
  // An alias never hides a column that has the right name.
  for (const [index, name] of available.entries()) {
    const ours = table.aliases[name] ?? name;
    if (ours === name || !available.includes(ours)) indexByName.set(ours, index);
  }
  const columns: PlannedColumn[] = [];
  const sourceColumns: string[] = [];
  const missing: string[] = [];
  const defaulted: string[] = [];
  for (const column of target.columns) {
    const index = indexByName.get(column.name);
    const fill = table.fills[column.name];
    if (index !== undefined) columns.push({ ...column, from: sourceColumns.push(available[index] ?? '') - 1 });
    else if (fill) columns.push({ ...column, fill });
    else if (column.hasDefault) defaulted.push(column.name);
    else missing.push(column.name);
  }
  if (missing.length > 0) throw new OperatorError(explainMissing(reader, sourceTable, missing, available));
  const ignored = available.filter((name) => !sourceColumns.includes(name));
  return { table, target, sourceTable, sourceColumns, columns, defaulted, ignored };
}

function explainMissing(
  { location }: TableReader,
  sourceTable: string,
  missing: readonly string[],
  available: readonly string[],
): string {
  return (
    `${sourceTable} in ${location} lacks ${missing.length === 1 ? 'the column' : 'the columns'} ${missing.join(', ')}; ` +
    `it has ${available.join(', ')}. Add what is missing there, as NULL where it is not known, or leave the table out with --tables.`
  );
}
