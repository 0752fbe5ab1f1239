/**
 * A number that the replaced services keep as a float: `5` is written `5.0`, as Python does. Other numbers of a value
 * are whole numbers.
 */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** The float rounded to so many decimals. */
  static rounded(value: number, decimals: number): PythonFloat {
    return new PythonFloat(Number(value.toFixed(decimals)));
  }
}

/** What the routes of the replaced services answer. A bigint is a whole number of any size. */
export type PythonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

/** How a replaced framework writes JSON. */
export interface PythonJsonStyle {
  /** Keys by code point, and `\uXXXX` for everything that is not ASCII. */
  readonly isFlask: boolean;
}

const FASTAPI: PythonJsonStyle = { isFlask: false };

/** Writes JSON, byte by byte as FastAPI does, or as Flask's `jsonify` does (which ends with a line feed). */
export function toPythonJson(value: PythonValue, style: PythonJsonStyle = FASTAPI): string {
  return style.isFlask ? `${write(value, style)}\n` : write(value, style);
}

function write(value: PythonValue, style: PythonJsonStyle): string {
  if (typeof value === 'string') return writeText(value, style);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof PythonFloat) return writeFloat(value.value);
  if (isList(value)) return `[${value.map((item) => write(item, style)).join(',')}]`;
  const entries = Object.entries(value);
  if (style.isFlask) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${writeText(key, style)}:${write(child, style)}`).join(',')}}`;
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function writeText(text: string, { isFlask }: PythonJsonStyle): string {
  const json = JSON.stringify(text);
  if (!isFlask) return json;
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The shortest digits that give the float back, like JavaScript's, with Python's rules for `.0` and exponents. */
function writeFloat(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const digits = Object.is(value, -0) ? '-0' : String(value);
  return Number.isInteger(value) ? `${digits}.0` : digits;
}
