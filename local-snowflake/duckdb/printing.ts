import type { Place } from '../errors.ts';
import type { ObjectName } from '../sql/statement-syntax.ts';
import type { Expression, Query } from '../sql/syntax.ts';

/** What a statement may ask of its session while it is translated. */
export interface StatementContext {
  /** The quoted DuckDB name of a table, a view's query, or the changes since a moment. @throws SnowflakeError when there is none. */
  readonly tableName: (name: ObjectName, changesSince?: number) => string;
  /** The names of the columns of a table that hold VARIANT, OBJECT or ARRAY. */
  readonly variantColumns: (name: ObjectName) => readonly string[];
  /** The value of CURRENT_DATABASE and its like; undefined for a function that is none of them. */
  readonly contextValue: (functionName: string) => string | null | undefined;
  /** The value of a session variable as SQL. @throws SnowflakeError when it is not set. */
  readonly variable: (name: string, place: Place) => string;
  /** The name of the temporary table that holds the rows of an earlier statement of the session. */
  readonly resultTable: (queryId: string | undefined) => string;
  /** The quoted name of the table behind a stream. @throws SnowflakeError when there is none. */
  readonly streamTable: (name: string) => string;
  /** The runs of tasks, or refreshes of dynamic tables, of the current database as a derived table. */
  readonly history: (kind: 'TASK' | 'DYNAMIC TABLE') => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Prints Snowflake syntax as DuckDB text; the parts that need each other call each other through it. */
export interface Printing {
  readonly context: StatementContext;
  readonly expression: (expression: Expression) => string;
  readonly query: (query: Query) => string;
  /** Says that the text holds for this execution only: it contains the time or a variable. */
  readonly markVolatile: () => void;
  /** Names of columns that hold a VARIANT, of the tables that were named so far. */
  readonly variantColumns: Set<string>;
  /** The names of common tables that are visible here. */
  readonly commonTables: Set<string>;
}

/** An identifier for DuckDB. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A string literal for DuckDB. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
