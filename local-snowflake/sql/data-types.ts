import { unsupported } from '../errors.ts';
import type { DataType } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** Every type name that is known, and the one that Snowflake shows for it. */
const CANONICAL_NAMES: Readonly<Record<string, string>> = {
  ...all('NUMBER', 'NUMBER DECIMAL NUMERIC INT INTEGER BIGINT SMALLINT TINYINT BYTEINT'),
  ...all('FLOAT', 'FLOAT FLOAT4 FLOAT8 DOUBLE REAL'),
  ...all('VARCHAR', 'VARCHAR CHAR CHARACTER STRING TEXT NVARCHAR'),
  ...all('BOOLEAN', 'BOOLEAN'),
  ...all('DATE', 'DATE'),
  ...all('TIME', 'TIME'),
  ...all('TIMESTAMP_NTZ', 'TIMESTAMP_NTZ TIMESTAMPNTZ DATETIME TIMESTAMP'),
  ...all('TIMESTAMP_LTZ', 'TIMESTAMP_LTZ TIMESTAMPLTZ'),
  ...all('TIMESTAMP_TZ', 'TIMESTAMP_TZ TIMESTAMPTZ'),
  ...all('VARIANT', 'VARIANT'),
  ...all('OBJECT', 'OBJECT'),
  ...all('ARRAY', 'ARRAY'),
  ...all('BINARY', 'BINARY VARBINARY'),
};

const WHOLE_NUMBERS = new Set('INT INTEGER BIGINT SMALLINT TINYINT BYTEINT'.split(' '));

/** Reads a type; NUMBER comes with precision and scale, VARCHAR with its length, times with their digits. */
export function parseDataType(reader: TokenReader): DataType {
  const place = reader.peek();
  const written = reader.name();
  if (written === 'DOUBLE') reader.accept('PRECISION');
  const name = CANONICAL_NAMES[written];
  if (!name) throw unsupported(`data type ${written}`, place);
  const args = reader.at('(') && !WHOLE_NUMBERS.has(written) ? reader.list(() => reader.integer()) : [];
  return { name, args: withDefaults(name, written, args) };
}

/** The type as Snowflake's DESCRIBE prints it. */
export function typeText({ name, args }: DataType): string {
  return args.length === 0 ? name : `${name}(${args.join(',')})`;
}

const DEFAULT_LENGTHS: Readonly<Record<string, number>> = {
  VARCHAR: 16_777_216,
  BINARY: 8_388_608,
  TIME: 9,
  TIMESTAMP_NTZ: 9,
  TIMESTAMP_LTZ: 9,
  TIMESTAMP_TZ: 9,
};

function withDefaults(name: string, written: string, args: readonly number[]): readonly number[] {
  if (name === 'NUMBER') return [args[0] ?? 38, args[1] ?? 0];
  const length = DEFAULT_LENGTHS[name];
  if (length === undefined) return [];
  return [args[0] ?? (written.startsWith('CHAR') ? 1 : length)];
}

function all(name: string, spellings: string): Record<string, string> {
  return Object.fromEntries(spellings.split(' ').map((spelling) => [spelling, name]));
}
