/** How values of one type of column are checked, written and compared. */
export interface ColumnType {
  /**
   * The value as COPY takes it.
   * @throws ValueError when it does not fit the type: nothing is rounded, cut or guessed.
   */
  toText(value: unknown): string;
  /** What both sides hash, made of the text that `toText` gives. */
  toCanonical(text: string): string;
  /** SQL that makes the same of the column as Postgres holds it. */
  readonly canonicalSql: (column: string) => string;
}

/** A value that does not fit its column. The message goes on after the column's name. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

const same = (text: string): string => text;
const asText = (column: string): string => `${column}::text`;

/**
 * The type that Postgres calls `name`, for example `numeric(12,2)`; undefined for one that no serving table has.
 */
export function columnTypeOf(name: string): ColumnType | undefined {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(name) ?? [];
  if (precision !== undefined) return decimalType(Number(precision), Number(scale));
  return COLUMN_TYPES[name];
}

const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
  smallint: integerType(15n),
  integer: integerType(31n),
  bigint: integerType(63n),
  'double precision': {
    toText: (value) => String(toFinite(value)),
    toCanonical: (text) => hexOf(Number(text)),
    canonicalSql: (column) => `encode(float8send(${column}), 'hex')`,
  },
  boolean: { toText: toBooleanText, toCanonical: same, canonicalSql: asText },
  text: { toText, toCanonical: same, canonicalSql: same },
  uuid: { toText: toUuid, toCanonical: same, canonicalSql: asText },
  date: { toText: toDay, toCanonical: same, canonicalSql: (column) => `to_char(${column}, 'YYYY-MM-DD')` },
  'timestamp with time zone': {
    toText: toMoment,
    toCanonical: same,
    canonicalSql: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  },
  jsonb: {
    toText: toWeights,
    toCanonical: canonicalWeights,
    canonicalSql: (column) =>
      `(SELECT coalesce(string_agg(e.key || '=' || encode(float8send(e.value::float8), 'hex'), ',' ` +
      `ORDER BY e.key COLLATE "C"), '') FROM jsonb_each_text(${column}) AS e)`,
  },
};

function integerType(bits: bigint): ColumnType {
  const max = 2n ** bits - 1n;
  const convert = (value: unknown): string => {
    // Snowflake's exact numbers may come with a fraction of zeros.
    const [, digits] = /^(-?\d+)(?:\.0*)?$/.exec(String(value)) ?? [];
    const isExact = typeof value === 'string' || Number.isSafeInteger(value);
    if (digits === undefined || !isExact) throw new ValueError(`must be a whole number, not ${shown(value)}`);
    const number = BigInt(digits);
    if (number > max || number < -max - 1n) throw new ValueError(`is out of range: ${shown(value)}`);
    return String(number);
  };
  return { toText: convert, toCanonical: same, canonicalSql: asText };
}

function decimalType(precision: number, scale: number): ColumnType {
  const convert = (value: unknown): string => {
    const text = typeof value === 'number' ? exactDecimal(value, scale) : String(value);
    const [, sign = '', whole, fraction = ''] = /^(-?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
    if (whole === undefined || typeof value === 'boolean')
      throw new ValueError(`must be a number, not ${shown(value)}`);
    if (fraction.length > scale) throw new ValueError(`has more than ${scale} decimals: ${shown(value)}`);
    if (whole.length > precision - scale) throw new ValueError(`is out of range: ${shown(value)}`);
    const digits = scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
    return /[1-9]/.test(digits) ? sign + digits : digits;
  };
  return { toText: convert, toCanonical: same, canonicalSql: asText };
}

/** A double such as 19.990000000000002 is the decimal that it was computed for. */
function exactDecimal(value: number, scale: number): string {
  const rounded = value.toFixed(scale);
  return Math.abs(Number(rounded) - value) <= Math.max(1, Math.abs(value)) * 1e-12 ? rounded : String(value);
}

function toFinite(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new ValueError(`must be a number, not ${shown(value)}`);
  return number === 0 ? 0 : number;
}

function toBooleanText(value: unknown): string {
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return 'true';
  if (text === 'false' || text === '0') return 'false';
  throw new ValueError(`must be true or false, not ${shown(value)}`);
}

function toText(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new ValueError(`must be text, not ${shown(value)}`);
  const text = String(value);
  if (text.includes('\0')) throw new ValueError('must not hold a zero character');
  return text;
}

function toUuid(value: unknown): string {
  const text = String(value).toLowerCase();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new ValueError(`must be a UUID, not ${shown(value)}`);
}

function toDay(value: unknown): string {
  const text = value instanceof Date ? isoOf(value) : String(value);
  const [day] = /^\d{4}-\d{2}-\d{2}(?=$|T00:00:00(\.0+)?Z$)/.exec(text) ?? [];
  if (day !== undefined && isoOf(new Date(`${day}T00:00:00Z`)).startsWith(day)) return day;
  throw new ValueError(`must be a day such as 2026-11-01, not ${shown(value)}`);
}

/** To the microsecond, as Postgres keeps it; what is finer falls away. */
function toMoment(value: unknown): string {
  if (value instanceof Date) return isoOf(value).replace('Z', '000Z') || fail(value);
  const [, day, time, fraction = '', zone = ''] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))? ?(Z|[+-]\d{2}:?\d{2})?$/.exec(String(value)) ?? [];
  if (day === undefined || time === undefined) return fail(value);
  // A moment without a zone is UTC, as everything here.
  const offset = zone === '' ? 'Z' : zone.replace(/(\d{2})(\d{2})$/, '$1:$2');
  const second = isoOf(new Date(`${day}T${time}${offset}`)).slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
  return second === '' ? fail(value) : `${second}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function fail(value: unknown): never {
  throw new ValueError(`must be a moment such as 2026-11-01T00:00:00Z, not ${shown(value)}`);
}

/** ISO text in UTC; empty for no date and for one outside the years 1 to 9999. */
function isoOf(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return /^\d{4}-/.test(text) && !text.startsWith('0000') ? text : '';
}

/** An object of numbers, the only JSON that serving tables hold. */
function toWeights(value: unknown): string {
  const weights: unknown = typeof value === 'string' ? parsed(value) : value;
  const isObject =
    typeof weights === 'object' && weights !== null && !Array.isArray(weights) && !(weights instanceof Date);
  if (!isObject) throw new ValueError(`must be an object of numbers, not ${shown(value)}`);
  const entries = Object.entries(weights).map(([key, weight]) => [toText(key), toFinite(weight)] as const);
  return JSON.stringify(Object.fromEntries(entries));
}

function canonicalWeights(text: string): string {
  const entries = Object.entries(JSON.parse(text) as Record<string, number>);
  return entries
    .map(([key, weight]) => ({ bytes: Buffer.from(key), text: `${key}=${hexOf(weight)}` }))
    .sort((left, right) => left.bytes.compare(right.bytes))
    .map((entry) => entry.text)
    .join(',');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hexOf(value: number): string {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

const SHOWN_LENGTH_MAX = 40;

/** A value in a message, cut short. */
function shown(value: unknown): string {
  const text = typeof value === 'symbol' || value === undefined ? typeof value : JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
