import { InvalidModelError } from '../errors.ts';
import { OBJECT_WEIGHT, DEPTH_MAX, WEIGHT_MAX } from './parse-json.ts';

/** A list of numbers of one type, as many bytes as the file has for it. */
type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** What follows a marker that stands for a number. */
interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number) => number;
  readonly list: (length: number) => Numbers;
}

const NUMBER_TYPES: Readonly<Record<string, NumberType>> = {
  i: { bytes: 1, read: (view, offset) => view.getInt8(offset), list: (length) => new Int8Array(length) },
  U: { bytes: 1, read: (view, offset) => view.getUint8(offset), list: (length) => new Uint8Array(length) },
  I: { bytes: 2, read: (view, offset) => view.getInt16(offset), list: (length) => new Int16Array(length) },
  l: { bytes: 4, read: (view, offset) => view.getInt32(offset), list: (length) => new Int32Array(length) },
  L: { bytes: 8, read: readInt64, list: (length) => new Float64Array(length) },
  d: { bytes: 4, read: (view, offset) => view.getFloat32(offset), list: (length) => new Float32Array(length) },
  D: { bytes: 8, read: (view, offset) => view.getFloat64(offset), list: (length) => new Float64Array(length) },
};
const LENGTH_TYPES = 'iUIlL';

/** True when the bytes begin as an object does in UBJSON and cannot in JSON: with the length of a name. */
export function looksLikeUbjson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && LENGTH_TYPES.includes(String.fromCharCode(bytes[1] ?? 0));
}

/**
 * Reads UBJSON (draft 12) as XGBoost writes it: numbers are big-endian; a list with a type and a count becomes a typed
 * array. A list is made only after the file was seen to have bytes for all of it, and what the rest weighs is limited as in
 * parse-json.ts, so that what a file announces costs nothing.
 * @throws InvalidModelError saying at which byte the file is not such UBJSON. Objects with a type or a count, typed lists of
 * anything but numbers, and numbers as text, none of which XGBoost writes, are refused too.
 */
export function parseUbjson(bytes: Uint8Array): unknown {
  const reader = new UbjsonReader(bytes);
  const value = reader.value(reader.marker(), 0);
  if (reader.offset !== bytes.length) throw reader.problem('more bytes than the model has');
  return value;
}

class UbjsonReader {
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();
  #weight = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  marker(): string {
    return String.fromCharCode(this.#bytes[this.#take(1)] as number);
  }

  value(marker: string, depth: number): unknown {
    this.#weigh(1);
    switch (marker) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
        return this.#text(this.#length(this.marker()));
      case 'C':
        return this.#text(1);
      case '[':
        return this.#list(this.#deeper(depth));
      case '{':
        return this.#object(this.#deeper(depth));
      default: {
        const type = NUMBER_TYPES[marker];
        if (type) return this.#number(type);
        throw this.problem(`${JSON.stringify(marker)}, which begins no value`);
      }
    }
  }

  problem(found: string): InvalidModelError {
    return new InvalidModelError(`the file is no UBJSON of a model: ${found}, at byte ${String(this.offset)}`);
  }

  #list(depth: number): unknown {
    let marker = this.marker();
    if (marker === '$') return this.#numbers(this.marker());
    const items: unknown[] = [];
    if (marker === '#') {
      // Counted: no closing bracket. Items are at least one byte each.
      const count = this.#length(this.marker());
      if (count > this.#left) throw this.problem(`${String(count)} items announced`);
      for (let index = 0; index < count; index += 1) items.push(this.value(this.marker(), depth));
      return items;
    }
    for (; marker !== ']'; marker = this.marker()) items.push(this.value(marker, depth));
    return items;
  }

  #numbers(marker: string): Numbers {
    const type = NUMBER_TYPES[marker];
    if (!type || this.marker() !== '#') throw this.problem('a typed list of no numbers');
    const count = this.#length(this.marker());
    if (count * type.bytes > this.#left) throw this.problem(`${String(count)} numbers announced`);
    const numbers = type.list(count);
    for (let index = 0; index < count; index += 1) numbers[index] = this.#number(type);
    return numbers;
  }

  #object(depth: number): unknown {
    // Without a prototype, so that a field may have any name.
    const fields = Object.create(null) as Record<string, unknown>;
    for (let marker = this.marker(); marker !== '}'; marker = this.marker()) {
      const name = this.#text(this.#length(marker));
      fields[name] = this.value(this.marker(), depth);
    }
    return fields;
  }

  #text(length: number): string {
    this.#weigh(OBJECT_WEIGHT);
    const start = this.#take(length);
    return this.#decoder.decode(this.#bytes.subarray(start, start + length));
  }

  #length(marker: string): number {
    const type = LENGTH_TYPES.includes(marker) ? NUMBER_TYPES[marker] : undefined;
    if (!type) throw this.problem(`${JSON.stringify(marker)}, which is no length`);
    const length = this.#number(type);
    if (length < 0) throw this.problem(`the length ${String(length)}`);
    return length;
  }

  #number({ bytes, read }: NumberType): number {
    return read(this.#view, this.#take(bytes));
  }

  get #left(): number {
    return this.#bytes.length - this.offset;
  }

  /** Moves on by so many bytes and says where they begin. */
  #take(count: number): number {
    if (count > this.#left) throw this.problem('the end of the file');
    const start = this.offset;
    this.offset += count;
    return start;
  }

  #deeper(depth: number): number {
    this.#weigh(OBJECT_WEIGHT);
    if (depth >= DEPTH_MAX) throw this.problem(`more than ${String(DEPTH_MAX)} levels`);
    return depth + 1;
  }

  #weigh(weight: number): void {
    this.#weight += weight;
    if (this.#weight > WEIGHT_MAX) throw this.problem('more values than a model may have');
  }
}

/** Whole numbers above 2^53 come out rounded; where it matters they are too large anyway. */
function readInt64(view: DataView, offset: number): number {
  return view.getInt32(offset) * 2 ** 32 + view.getUint32(offset + 4);
}
