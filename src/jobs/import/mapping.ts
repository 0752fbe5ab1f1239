import type { TableName } from './tables.ts';

/** Where the values of a field come from and how they are read. */
export interface FieldSource {
  /** Name of the column, or its place from 1. */
  readonly column?: string | number | undefined;
  /** The same value for every row, instead of a column. */
  readonly value?: string | undefined;
  /** The value where the column is empty. */
  readonly default?: string | undefined;
  /** Their values -> ours; a value that is not listed does not fit. */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** Only the part before this text. */
  readonly split?: string | undefined;
  /** Numbers are multiplied by this. */
  readonly multiply?: number | undefined;
  /** The decimal mark; `,` takes points for marks of thousands. */
  readonly decimal?: '.' | ',' | undefined;
  /** Format of days and moments; see `createMomentReader`. */
  readonly format?: string | undefined;
  /** Offset of moments that name none. */
  readonly zone?: string | undefined;
  /** `text` makes ids of text. */
  readonly id?: 'number' | 'text' | undefined;
  /** Computes the text from all columns of a row; for formats that we know, no mapping file can say it. */
  readonly compute?: ((cells: readonly string[]) => string) | undefined;
}

/** A file with rows of one table. */
export interface FileMapping {
  /** Path of the file. */
  readonly path: string;
  readonly delimiter: string;
  /** Whether values may stand between double quotes. */
  readonly hasQuotes: boolean;
  /** Name of the encoding, as TextDecoder knows it. */
  readonly encoding: string;
  /** Whether the first row names the columns. */
  readonly hasHeader: boolean;
  /** By name of the field. */
  readonly columns: Readonly<Record<string, FieldSource>>;
}

/** What an import reads and what it fills in. */
export interface ImportMapping {
  /** Name of the source for the dataset; only imports of the same source add to each other. */
  readonly source: string;
  /** Of prices that name none. */
  readonly currency: string;
  /** Of customers whose home cannot be told. */
  readonly region: string;
  /** Whether customers whom nothing but events know are made. */
  readonly customersFromEvents: boolean;
  /** Whether products without any stock get plenty in every region. */
  readonly unlimitedStock: boolean;
  readonly files: Readonly<Partial<Record<TableName, FileMapping>>>;
}
