/** One row on its way in: its values in the order of the columns asked for, or what is wrong with it. */
export type SourceRow =
  { readonly line: number; readonly values: readonly unknown[] } | { readonly line: number; readonly problem: string };

/** A row that came into a table or went from it; one that changed goes as it was and comes as it is. */
export interface SourceChange {
  readonly isGone: boolean;
  /** What the row adds to the fingerprint of its table. */
  readonly hash: bigint;
  readonly values: readonly unknown[];
}

/** The changes of a table cannot be told; the message says why, to go on after "because". */
export class ChangesUnknownError extends Error {
  override readonly name = 'ChangesUnknownError';
}

/** What a source offers that keeps track of changes. */
export interface ChangeTracking {
  /** The source's clock. */
  moment(): Promise<string>;
  /** What came and went since a moment, in batches. @throws ChangesUnknownError while it is read. */
  stream(table: string, columns: readonly string[], since: string): AsyncIterable<readonly SourceChange[]>;
  /** The fingerprint that changes lead to: so many rows more, by so much another sum of hashes. */
  fingerprintAfter(fingerprint: string, rows: number, hash: bigint): string;
}

/**
 * Where tables are copied from. Names of tables and columns are in lower case, whatever the source makes of them.
 * Values are what JSON and the Snowflake driver give: numbers, text, booleans, dates, objects, null.
 */
export interface TableReader {
  /** The kind of source, as the dataset names it. */
  readonly source: 'snowflake' | 'files';
  /** The place, for people and to tell one source from another; holds no secret. */
  readonly location: string;
  /** Undefined where a source does not keep track of changes. */
  readonly tracking?: ChangeTracking | undefined;
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
