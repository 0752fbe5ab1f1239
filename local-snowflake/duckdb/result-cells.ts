import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  type DuckDBResultReader,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { unsupported } from '../errors.ts';
import type { ResultColumn } from '../engine/result-set.ts';

const WHOLE_NUMBERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
]);

const KINDS: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'real',
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp_ntz',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp_ntz',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp_ntz',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp_ltz',
  [DuckDBTypeId.BLOB]: 'binary',
  [DuckDBTypeId.VARCHAR]: 'text',
  // A NULL literal.
  [DuckDBTypeId.SQLNULL]: 'text',
};

/** Describes a column of a DuckDB result. @throws SnowflakeError for a type that Snowflake has not. */
export function resultColumn(name: string, type: DuckDBType): ResultColumn {
  const column = { name, precision: null, scale: null, length: null, nullable: true };
  if (type instanceof DuckDBDecimalType) return { ...column, type: 'fixed', precision: type.width, scale: type.scale };
  if (WHOLE_NUMBERS.has(type.typeId)) return { ...column, type: 'fixed', precision: 38, scale: 0 };
  if (type.alias === 'JSON') return { ...column, type: 'variant' };
  const kind = KINDS[type.typeId];
  if (kind === undefined) throw unsupported(`a result of type ${String(type)}`);
  if (kind === 'text') return { ...column, type: kind, length: 16_777_216 };
  return { ...column, type: kind, scale: kind.startsWith('time') ? 9 : null };
}

/** The rows of a DuckDB result as text cells. */
export function resultRows(reader: DuckDBResultReader): (string | null)[][] {
  return reader.getRows().map((row) => row.map(cellText));
}

function cellText(value: DuckDBValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'object' ? momentText(value) : String(value);
}

function momentText(value: object): string {
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBDateValue) return String(value.days);
  if (value instanceof DuckDBTimeValue) return seconds(value.micros);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return seconds(value.micros);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex').toUpperCase();
  throw unsupported(`a result cell of type ${value.constructor.name}`);
}

/** Microseconds as seconds with nine decimals, also before 1970. */
function seconds(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const size = micros < 0n ? -micros : micros;
  return `${sign}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}000`;
}
