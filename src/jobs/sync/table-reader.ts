/** One row on its way in: its values in the order of the columns asked for, or what is wrong with it. */
export type SourceRow =
  { readonly line: number; readonly values: readonly unknown[] } | { readonly line: number; readonly problem: string };

/**
 * Where tables are copied from. Names of tables and columns are in lower case, whatever the source makes of them.
 * Values are what JSON and the Snowflake driver give: numbers, text, booleans, dates, objects, null.
 */
export interface TableReader {
  /** The kind of source, as the dataset names it. */
  readonly source: 'snowflake' | 'files';
  /** The place, for people and to tell one source from another; holds no secret. */
  readonly location: string;
  tables(): Promise<readonly string[]>;
  /** The columns of a table in their order. @throws OperatorError when they cannot be told. */
  columns(table: string): Promise<readonly string[]>;
  rowCount(table: string): Promise<number>;
  /** A text that is another one as soon as any value of these columns is another one. */
  fingerprint(table: string, columns: readonly string[]): Promise<string>;
  /** Every row, in batches; a column that a row lacks is null. Memory stays flat. */
  stream(table: string, columns: readonly string[]): AsyncIterable<readonly SourceRow[]>;
  /** Where a line of a table is, for people. */
  placeOf(table: string, line: number): string;
}
