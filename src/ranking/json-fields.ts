import { InvalidModelError } from './errors.ts';

/** A list of bytes in a binary file becomes one of words. */
const LIST_LENGTH_MAX = 2_000_000;

/** A JSON object whose fields are read with a path, so that an error says where it is. */
export class JsonFields {
  readonly path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws InvalidModelError when `value` is not a JSON object. */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'an object', value);
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.path = path;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  names(): string[] {
    return Object.keys(this.#fields);
  }

  /** The field as it is; undefined when absent. */
  raw(name: string): unknown {
    return this.#fields[name];
  }

  object(name: string): JsonFields {
    return new JsonFields(this.#fields[name], this.pathOf(name));
  }

  string(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') throw invalid(this.pathOf(name), 'a text', value);
    return value;
  }

  array(name: string): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw invalid(this.pathOf(name), 'a list', value);
    return value;
  }

  strings(name: string): readonly string[] {
    return this.array(name).map((item, index) => {
      if (typeof item !== 'string') throw invalid(`${this.pathOf(name)}[${String(index)}]`, 'a text', item);
      return item;
    });
  }

  /** A list of finite numbers; booleans count as 0 and 1. */
  numbers(name: string): readonly number[] {
    return Array.from(this.#list(name), (item, index) => this.#numberAt(name, index, item));
  }

  /** A list of numbers that single precision holds, rounded to it; 0 where an item does not matter, whatever it is. */
  floats(name: string, matters: (index: number) => boolean = () => true): Float32Array {
    const list = this.#shortList(name);
    const floats = new Float32Array(list.length);
    for (let index = 0; index < list.length; index += 1) {
      if (!matters(index)) continue;
      floats[index] = this.#numberAt(name, index, list[index]);
      if (!Number.isFinite(floats[index])) {
        throw this.#invalidAt(name, index, 'a number of single precision', list[index]);
      }
    }
    return floats;
  }

  /** A list of whole numbers of 32 bits, which may be the field itself; booleans count as 0 and 1. */
  integers(name: string): Int32Array {
    const list = this.#shortList(name);
    if (list instanceof Int32Array) return list;
    const integers = new Int32Array(list.length);
    for (let index = 0; index < list.length; index += 1) {
      const number = this.#numberAt(name, index, list[index]);
      integers[index] = number;
      if (integers[index] !== number) throw this.#invalidAt(name, index, 'a whole number of 32 bits', list[index]);
    }
    return integers;
  }

  /** A finite number. */
  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(this.pathOf(name), 'a number', value);
    return value;
  }

  /** A whole number from 0 that may be written as a number or, as XGBoost does, as a text. */
  count(name: string): number {
    const value = this.#fields[name];
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
      throw invalid(this.pathOf(name), 'a whole number', value);
    }
    return number;
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** Binary files have typed arrays where JSON has lists. */
  #list(name: string): Iterable<unknown> & ArrayLike<unknown> {
    const value = this.#fields[name];
    return isTypedArray(value) ? value : this.array(name);
  }

  #shortList(name: string): ArrayLike<unknown> {
    const list = this.#list(name);
    if (list.length <= LIST_LENGTH_MAX) return list;
    throw new InvalidModelError(`${this.pathOf(name)} has ${String(list.length)} items`);
  }

  #numberAt(name: string, index: number, item: unknown): number {
    const number = typeof item === 'boolean' ? Number(item) : item;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw this.#invalidAt(name, index, 'a number', item);
  }

  #invalidAt(name: string, index: number, expected: string, item: unknown): InvalidModelError {
    return invalid(`${this.pathOf(name)}[${String(index)}]`, expected, item);
  }
}

function isTypedArray(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** The error for a field that is not what it has to be. The value is shown shortened. */
export function invalid(path: string, expected: string, value: unknown): InvalidModelError {
  const place = path === '' ? 'the file' : path;
  return new InvalidModelError(`${place} must be ${expected}, but is ${shownAs(value)}`);
}

/** Lists and objects may be millions of values long: they are named, not shown. */
function shownAs(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value) || isTypedArray(value) ? 'a list' : 'an object';
}
