import { SnowflakeError } from './snowflake-errors.ts';

/** A column of a result, as the driver describes it. */
export interface SnowflakeColumn {
  getName(): string;
  getType(): string;
  getPrecision(): number | null | undefined;
  getScale(): number | null | undefined;
}

/** Rows of raw cells into objects. */
export interface RowDecoder<Row extends object> {
  /** @throws SnowflakeError `unreadable` for a cell that its type does not allow, `broken` for a row of another length. */
  decode(cells: readonly unknown[]): Row;
}

/**
 * A decoder for the columns of one result. Columns have lower-case names. Values are as Postgres gives them: whole
 * numbers of at most 15 digits as numbers, larger ones and exact decimals as text, floats as numbers, moments as Date,
 * days as YYYY-MM-DD, times as text, VARIANT, OBJECT and ARRAY parsed, BINARY as Buffer. Text is never evaluated.
 * @throws SnowflakeError `statement` when two columns have the same name.
 */
export function createRowDecoder<Row extends object>(columns: readonly SnowflakeColumn[]): RowDecoder<Row> {
  const names = columns.map((column) => column.getName().toLowerCase());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new SnowflakeError('statement', `Two columns of the result are named ${repeated}; one would hide the other.`);
  }
  const decoders = columns.map((column) => cellDecoderOf(column));
  return {
    decode(cells) {
      if (cells.length !== names.length) throw new SnowflakeError('broken', 'A row has not as many cells as columns.');
      const row: Record<string, unknown> = {};
      for (const [index, name] of names.entries()) row[name] = decodeCell(decoders[index], cells[index], name);
      return row as Row;
    },
  };
}

type CellDecoder = (text: string) => unknown;

function decodeCell(decoder: CellDecoder | undefined, cell: unknown, name: string): unknown {
  if (cell === null || cell === undefined) return null;
  // Snowflake sends booleans as JSON booleans now and then; everything else is text.
  const value = typeof cell === 'boolean' ? decodeBoolean(String(cell)) : decodeText(decoder, cell);
  if (value === UNREADABLE) throw new SnowflakeError('unreadable', `A value of column ${name} cannot be read.`);
  return value;
}

/** Stands for a text that a decoder could not read. */
const UNREADABLE = Symbol('unreadable');

function decodeText(decoder: CellDecoder | undefined, cell: unknown): unknown {
  return typeof cell === 'string' && decoder ? decoder(cell) : UNREADABLE;
}

/** Numbers of more digits travel as text, as the bigint of Postgres does: not every one of them is a JavaScript number. */
const INTEGER_DIGITS_MAX = 15;

function cellDecoderOf(column: SnowflakeColumn): CellDecoder {
  switch (column.getType().toLowerCase()) {
    case 'fixed':
      return isInteger(column) ? decodeInteger : decodeExact;
    case 'real':
      return decodeFloat;
    case 'boolean':
      return decodeBoolean;
    case 'date':
      return decodeDay;
    case 'time':
      return decodeTime;
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return decodeMoment;
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
      return decodeJson;
    case 'binary':
      return decodeBinary;
    default:
      return (text) => text;
  }
}

function isInteger(column: SnowflakeColumn): boolean {
  return (column.getScale() ?? 0) === 0 && (column.getPrecision() ?? Infinity) <= INTEGER_DIGITS_MAX;
}

const INTEGER = /^-?\d+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;

function decodeInteger(text: string): unknown {
  return INTEGER.test(text) ? Number(text) : UNREADABLE;
}

function decodeExact(text: string): unknown {
  return DECIMAL.test(text) ? text : UNREADABLE;
}

const FLOAT_WORDS: Readonly<Record<string, number | undefined>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function decodeFloat(text: string): unknown {
  const value = Number(text);
  if (text !== '' && !Number.isNaN(value)) return value;
  return FLOAT_WORDS[text.toLowerCase()] ?? UNREADABLE;
}

function decodeBoolean(text: string): unknown {
  if (text === '1') return true;
  if (text === '0') return false;
  const word = text.toLowerCase();
  if (word === 'true') return true;
  return word === 'false' ? false : UNREADABLE;
}

const DAY_MS = 86_400_000;
const DAYS_MAX = 1e8;

/** Days since 1970. */
function decodeDay(text: string): unknown {
  if (!INTEGER.test(text) || Math.abs(Number(text)) > DAYS_MAX) return UNREADABLE;
  const [day = ''] = new Date(Number(text) * DAY_MS).toISOString().split('T');
  return day;
}

/** Seconds since midnight, with a fraction. */
function decodeTime(text: string): unknown {
  const match = /^(\d{1,5})(?:\.(\d+))?$/.exec(text);
  const seconds = Number(match?.[1] ?? DAY_MS);
  if (seconds >= 86_400) return UNREADABLE;
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = (match?.[2] ?? '').slice(0, 6).replace(/0+$/, '');
  const whole = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Seconds since 1970 with a fraction of up to nine digits; TIMESTAMP_TZ adds its offset, which the moment does not need. */
function decodeMoment(text: string): unknown {
  const match = /^(-?)(\d{1,12})(?:\.(\d+))?(?: \d+)?$/.exec(text);
  if (!match) return UNREADABLE;
  const [, sign = '', seconds = '', fraction = ''] = match;
  const milliseconds = Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  if (sign === '') return new Date(milliseconds);
  // A Date holds the millisecond that a moment lies in: downwards, also before 1970.
  const hasRest = /[1-9]/.test(fraction.slice(3));
  return new Date(-milliseconds - (hasRest ? 1 : 0));
}

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return UNREADABLE;
  }
}

function decodeBinary(text: string): unknown {
  return /^([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : UNREADABLE;
}
