import { InvalidModelError } from './errors.ts';

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
    return this.array(name).map((item, index) => {
      const number = typeof item === 'boolean' ? Number(item) : item;
      if (typeof number !== 'number' || !Number.isFinite(number)) {
        throw invalid(`${this.pathOf(name)}[${String(index)}]`, 'a number', item);
      }
      return number;
    });
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
}

/** The error for a field that is not what it has to be. The value is shown shortened. */
export function invalid(path: string, expected: string, value: unknown): InvalidModelError {
  const place = path === '' ? 'the file' : path;
  const shown = value === undefined ? 'missing' : shorten(JSON.stringify(value));
  return new InvalidModelError(`${place} must be ${expected}, but is ${shown}`);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
