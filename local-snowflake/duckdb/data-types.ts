import type { DataType } from '../sql/syntax.ts';

const NAMES: Readonly<Record<string, string>> = {
  FLOAT: 'DOUBLE',
  VARCHAR: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP_NTZ: 'TIMESTAMP',
  // An instant: the offset that a TIMESTAMP_TZ was written with is not kept.
  TIMESTAMP_LTZ: 'TIMESTAMPTZ',
  TIMESTAMP_TZ: 'TIMESTAMPTZ',
  VARIANT: 'JSON',
  OBJECT: 'JSON',
  ARRAY: 'JSON',
  BINARY: 'BLOB',
};

/** The DuckDB type that holds a Snowflake type. NUMBER keeps its digits: up to 38, exact. */
export function duckDbType({ name, args }: DataType): string {
  if (name === 'NUMBER') return `DECIMAL(${args[0] ?? 38}, ${args[1] ?? 0})`;
  const type = NAMES[name];
  if (!type) throw new Error(`There is no DuckDB type for ${name}`);
  return type;
}

/** True for VARIANT, OBJECT and ARRAY. */
export const isSemiStructured = ({ name }: DataType) => name === 'VARIANT' || name === 'OBJECT' || name === 'ARRAY';
