import { DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import { SnowflakeError } from '../errors.ts';

/** A bind as the driver sends it: one text, or with array binding one per row. */
export interface WireBinding {
  readonly type: string;
  readonly value: string | null | readonly (string | null)[];
}

/** A row of values per execution: one without binds or with plain ones, many with array binding. */
export interface BoundRows {
  readonly isArray: boolean;
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** @throws SnowflakeError for a value that its type cannot hold, or arrays of different lengths. */
export function boundRows(bindings: Readonly<Record<string, WireBinding>> | undefined): BoundRows {
  const columns = Object.keys(bindings ?? {})
    .sort((one, other) => Number(one) - Number(other))
    .map((key) => bindings?.[key])
    .filter((binding) => binding !== undefined);
  const lengths = new Set(columns.filter(({ value }) => Array.isArray(value)).map(({ value }) => value?.length ?? 0));
  if (lengths.size > 1) throw new SnowflakeError('002128', '22000', 'Array bind variables have different lengths.');
  const [length] = lengths;
  const rowOf = (row: number) => columns.map(({ type, value }) => duckDbValue(type, cellOf(value, row)));
  return { isArray: length !== undefined, rows: Array.from({ length: length ?? 1 }, (_, row) => rowOf(row)) };
}

function cellOf(value: WireBinding['value'], row: number): string | null {
  return typeof value === 'string' || value === null ? value : (value[row] ?? null);
}

function duckDbValue(type: string, text: string | null): DuckDBValue {
  if (text === null) return null;
  switch (type) {
    case 'FIXED':
      return fixedValue(text);
    case 'REAL':
      return Number(text);
    case 'BOOLEAN':
      return text === 'true' || text === '1';
    case 'TEXT':
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return text;
    default:
      throw new SnowflakeError('002076', '42601', `Unsupported bind type ${type}.`);
  }
}

/** An array of whole numbers and fractions is sent as FIXED, too. */
function fixedValue(text: string): DuckDBValue {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text);
  const match = /^([+-]?\d*)\.(\d+)$/.exec(text);
  if (!match) throw new SnowflakeError('100038', '22018', `Numeric value '${text}' is not recognized`);
  const [, whole = '', fraction = ''] = match;
  return new DuckDBDecimalValue(BigInt(`${whole}${fraction}`), 38, fraction.length);
}
