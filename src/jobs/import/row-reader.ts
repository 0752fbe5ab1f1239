import { hash } from 'node:crypto';
import { columnTypeOf, ValueError, type ColumnType } from '../sync/column-type.ts';
import { isUtf8 } from './csv-records.ts';
import type { FieldSource, FileMapping } from './mapping.ts';
import { createMomentReader } from './moment-format.ts';
import { checkRow, FIELDS, type Field, type TableName } from './tables.ts';

/** What is wrong with a row, and in which column of the file. */
export interface RowProblem {
  readonly column: string;
  readonly problem: string;
}

/** A row as it lands, in the order of the fields of its table: text for COPY, null for no value. */
export type LandingRow = readonly (string | null)[];

type Reading = (cells: readonly string[]) => string | null;

interface FieldReader {
  readonly field: Field;
  /** The column as the file names it, for people. */
  readonly column: string;
  readonly read: Reading;
}

const DAY_MS = 86_400_000;
const REPLACEMENT = '\uFFFD';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Hexadecimal digits of an id made of text: 60 bits, a positive bigint. */
const ID_DIGITS = 15;

/** Turns the cells of a file into rows of a table. */
export class RowReader {
  readonly #table: TableName;
  readonly #readers: readonly FieldReader[];
  readonly #width: number | undefined;
  readonly #indexByField: ReadonlyMap<string, number>;

  /** @param header Names of the columns, where the file has them; every column of the mapping is among them. */
  constructor(table: TableName, mapping: FileMapping, header: readonly string[] | undefined) {
    this.#table = table;
    this.#width = header?.length;
    this.#readers = FIELDS[table].map((field) => fieldReader(field, mapping, header));
    this.#indexByField = new Map(this.#readers.map(({ field }, index) => [field.name, index]));
  }

  /** The row, or everything that is wrong with it. */
  read(cells: readonly string[]): { readonly row: LandingRow } | { readonly problems: readonly RowProblem[] } {
    if (this.#width !== undefined && cells.length !== this.#width) {
      return { problems: [{ column: '', problem: `has ${cells.length} values instead of ${this.#width}` }] };
    }
    const problems: RowProblem[] = [];
    const row = this.#readers.map(({ read, column }) => {
      try {
        return read(cells);
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        problems.push({ column, problem: error.message });
        return null;
      }
    });
    if (problems.length === 0) problems.push(...this.#checkWhole(row));
    return problems.length > 0 ? { problems } : { row: this.#table === 'events' ? this.#withEventId(row) : row };
  }

  #checkWhole(row: LandingRow): RowProblem[] {
    const found = checkRow(this.#table, (field) => this.#valueOf(row, field));
    return found.map(({ field, problem }) => ({ column: this.#columnOf(field), problem: `${field} ${problem}` }));
  }

  #valueOf(row: LandingRow, field: string): string | null {
    return row[this.#indexByField.get(field) ?? -1] ?? null;
  }

  #columnOf(field: string): string {
    return this.#readers[this.#indexByField.get(field) ?? -1]?.column ?? field;
  }

  /**
   * An event without an id gets one of what it says, so that the same file brings the same events. The ids of one
   * customer follow each other: written in their order, indexes grow at one place.
   */
  #withEventId(row: (string | null)[]): LandingRow {
    const index = this.#indexByField.get('event_id') ?? -1;
    if (row[index] !== null) return row;
    const customer = this.#valueOf(row, 'customer_id') ?? '0';
    const isRating = this.#valueOf(row, 'event_type') === 'rating';
    const says = isRating ? [customer, this.#valueOf(row, 'product_id'), 'rating'] : row;
    const digits = hash('md5', says.map((text) => text ?? '').join('\t'), 'hex');
    const prefix = BigInt.asUintN(32, BigInt(customer)).toString(16).padStart(8, '0');
    row[index] = uuidOf(prefix + digits);
    return row;
  }
}

function fieldReader(field: Field, mapping: FileMapping, header: readonly string[] | undefined): FieldReader {
  const source = mapping.columns[field.name];
  if (!source) return { field, column: field.name, read: () => null };
  const type = columnTypeOf(field.type);
  if (!type) throw new Error(`Import knows no type ${field.type}`);
  const textOf = textReader(source, header);
  const convert = converter(field, type, source);
  const mayBeBroken = isUtf8(mapping.encoding);
  const column = typeof source.column === 'number' ? `column ${source.column}` : (source.column ?? field.name);
  const read: Reading = (cells) => {
    const text = textOf(cells);
    try {
      if (mayBeBroken && text.includes(REPLACEMENT))
        throw new ValueError('holds bytes that are not UTF-8: say the encoding');
      if (text !== '') return convert(text);
      if (field.isRequired) throw new ValueError('must not be empty');
      return null;
    } catch (error) {
      throw error instanceof ValueError ? new ValueError(`${field.name} ${error.message}`) : error;
    }
  };
  return { field, column, read };
}

function textReader(source: FieldSource, header: readonly string[] | undefined): (cells: readonly string[]) => string {
  const { column, value, compute, split, values } = source;
  const fallback = source.default ?? '';
  const index = indexOfColumn(column, header);
  const mapped = values && new Map(Object.entries(values));
  return (cells) => {
    let text = (compute ? compute(cells) : (value ?? cells[index] ?? '')).trim();
    if (split !== undefined) text = text.split(split, 1)[0]?.trim() ?? '';
    if (text === '') return fallback;
    if (!mapped) return text;
    const ours = mapped.get(text);
    if (ours === undefined)
      throw new ValueError(`is not among the values of the mapping: ${JSON.stringify(text.slice(0, 40))}`);
    return ours;
  };
}

/** The place of a column in a row, from 0; -1 for one that is not there. */
export function indexOfColumn(column: string | number | undefined, header: readonly string[] | undefined): number {
  if (typeof column === 'number') return column - 1;
  const wanted = column?.trim().toLowerCase();
  return header?.findIndex((name) => name.trim().toLowerCase() === wanted) ?? -1;
}

function converter(field: Field, type: ColumnType, source: FieldSource): (text: string) => string {
  const parse = valueReader(field, source);
  return (text) => {
    const landed = type.toText(parse(text));
    const problem = field.check?.(landed);
    if (problem !== undefined) throw new ValueError(`${problem}, not ${JSON.stringify(landed.slice(0, 40))}`);
    return landed;
  };
}

function valueReader(field: Field, source: FieldSource): (text: string) => unknown {
  if (field.isId && field.type === 'uuid')
    return (text) => (UUID.test(text) ? text : uuidOf(hash('sha256', text, 'hex')));
  if (field.isId) return source.id === 'text' ? idOfText : (text) => text;
  switch (field.type) {
    case 'text':
      return (text) => text;
    case 'date':
      return dayReader(source);
    case 'timestamp with time zone':
      return pastMomentReader(source);
    default:
      return numberReader(source);
  }
}

function dayReader({ format, zone }: FieldSource): (text: string) => string {
  const read = createMomentReader(format, zone ?? 'Z');
  return (text) => {
    const moment = read(text);
    return (moment instanceof Date ? moment.toISOString() : moment).slice(0, 'YYYY-MM-DD'.length);
  };
}

function pastMomentReader({ format, zone = 'Z' }: FieldSource): (text: string) => string | Date {
  const read = createMomentReader(format, zone);
  const latest = Date.now() + DAY_MS;
  return (text) => {
    const moment = read(text);
    const whole = typeof moment === 'string' && !moment.includes('T') ? `${moment}T00:00:00${zone}` : moment;
    if (new Date(whole).getTime() > latest)
      throw new ValueError(`lies in the future: ${JSON.stringify(text.slice(0, 40))}`);
    return whole;
  };
}

function numberReader({ decimal, multiply }: FieldSource): (text: string) => unknown {
  return (text) => {
    const plain = decimal === ',' ? text.replaceAll('.', '').replace(',', '.') : text;
    if (multiply === undefined) return plain;
    const number = Number(plain);
    if (Number.isNaN(number)) throw new ValueError(`must be a number, not ${JSON.stringify(text.slice(0, 40))}`);
    return number * multiply;
  };
}

/** The number that stands for an id of text; the same text gives the same number everywhere. */
function idOfText(text: string): string {
  return String(BigInt(`0x${hash('sha256', text, 'hex').slice(0, ID_DIGITS)}`));
}

/** A UUID of version 8 out of hexadecimal digits. */
function uuidOf(digits: string): string {
  const part = (from: number, to: number): string => digits.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(12, 15)}-8${part(15, 18)}-${part(18, 30)}`;
}
