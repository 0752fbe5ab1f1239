/** The bytes of marks and numbers: a text gives those of its letters, a number one byte. */
export function bytesOf(...parts: readonly (string | number | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string))));
}

/** A whole number in the eight bytes that XGBoost writes lengths in. */
export function int64(value: number): readonly number[] {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return [...buffer];
}

/** Writes what JSON can say as XGBoost writes UBJSON: lists of numbers have a type, whole numbers or float32. */
export function encodeUbjson(value: unknown): Buffer {
  if (value === null) return bytesOf('Z');
  if (typeof value === 'boolean') return bytesOf(value ? 'T' : 'F');
  if (typeof value === 'string') return bytesOf('S', textOf(value));
  if (typeof value === 'number') return Buffer.concat([bytesOf('D'), numbersOf([value], 8, 'writeDoubleBE')]);
  if (Array.isArray(value)) return listOf(value);
  const fields = Object.entries(value as object).flatMap(([name, field]) => [
    bytesOf(textOf(name)),
    encodeUbjson(field),
  ]);
  return Buffer.concat([bytesOf('{'), ...fields, bytesOf('}')]);
}

function listOf(values: readonly unknown[]): Buffer {
  const count = bytesOf('#L', int64(values.length));
  if (values.length === 0 || values.some((value) => typeof value !== 'number')) {
    return Buffer.concat([bytesOf('['), count, ...values.map(encodeUbjson)]);
  }
  const numbers = values as readonly number[];
  if (numbers.every((number) => (number | 0) === number)) {
    return Buffer.concat([bytesOf('[$l'), count, numbersOf(numbers, 4, 'writeInt32BE')]);
  }
  return Buffer.concat([bytesOf('[$d'), count, numbersOf(numbers, 4, 'writeFloatBE')]);
}

function numbersOf(
  numbers: readonly number[],
  width: number,
  write: 'writeDoubleBE' | 'writeFloatBE' | 'writeInt32BE',
): Buffer {
  const buffer = Buffer.alloc(width * numbers.length);
  numbers.forEach((number, index) => buffer[write](number, width * index));
  return buffer;
}

function textOf(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  return [...bytesOf('L', int64(bytes.length)), ...bytes];
}
