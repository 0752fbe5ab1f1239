/** Rows of a request to a model. */
export interface ModelInput {
  /** What the client calls its rows: indexes in the order of the rows. */
  readonly index: readonly unknown[];
  /** Row-major, a column per feature of the model; NaN is a missing value. */
  readonly values: Float32Array;
}

/** A request that is no input of the model. The message is the end of what model serving answers with 400. */
export class MalformedInputError extends Error {
  override readonly name = 'MalformedInputError';
}

type Cells = readonly unknown[];
type Fields = Readonly<Record<string, unknown>>;

/** Rows in the order of the model's columns, still unread. */
interface Table {
  readonly index: readonly unknown[];
  readonly rows: readonly Cells[];
}

/**
 * Reads a body in any form that Snowflake model serving takes: `dataframe_split`, `dataframe_records`, and `data` with
 * wide rows `[index, {column: value}]` or flat ones `[index, value, …]`. Further columns and fields are passed over.
 * Numbers may be written as texts; null is a missing value.
 * @throws MalformedInputError when it is none of them or a column or value is missing or no number.
 */
export function readModelInput(body: unknown, columns: readonly string[]): ModelInput {
  const { index, rows } = tableOf(body, columns);
  if (rows.length === 0) throw new MalformedInputError('empty data');
  const values = new Float32Array(rows.length * columns.length);
  rows.forEach((cells, row) => {
    for (let column = 0; column < columns.length; column += 1) {
      values[row * columns.length + column] = numberOf(cells[column], columns[column] as string);
    }
  });
  return { index, values };
}

function tableOf(body: unknown, columns: readonly string[]): Table {
  if (isFields(body)) {
    if (body['dataframe_split'] !== undefined) return splitTable(body['dataframe_split'], columns);
    if (body['dataframe_records'] !== undefined) return recordTable(body['dataframe_records'], columns);
    if (body['data'] !== undefined) return dataTable(body['data'], columns);
  }
  throw new MalformedInputError('missing data field in the request input');
}

function splitTable(split: unknown, columns: readonly string[]): Table {
  if (!isFields(split)) throw new MalformedInputError('dataframe_split is not an object');
  const names = split['columns'];
  if (!isList(names)) throw new MalformedInputError('dataframe_split has no columns');
  const rows = split['data'];
  if (!isList(rows)) throw new MalformedInputError('dataframe_split has no data');
  const index = split['index'] ?? [...rows.keys()];
  if (!isList(index) || index.length !== rows.length) {
    throw new MalformedInputError('dataframe_split has another number of indexes than of rows');
  }
  refuseMissing(columns.filter((column) => !names.includes(column)));
  const places = columns.map((column) => names.indexOf(column));
  return {
    index,
    rows: rows.map((cells) => {
      if (!isList(cells) || cells.length !== names.length) {
        throw new MalformedInputError(`a row has another number of values than the ${String(names.length)} columns`);
      }
      return places.map((place) => cells[place]);
    }),
  };
}

function recordTable(records: unknown, columns: readonly string[]): Table {
  if (!isList(records)) throw new MalformedInputError('dataframe_records is not a list');
  return { index: [...records.keys()], rows: records.map((record) => cellsOf(record, columns)) };
}

function dataTable(data: unknown, columns: readonly string[]): Table {
  if (!isList(data) || !data.every(isList)) throw new MalformedInputError('data is not a list of rows');
  if (data.every((row) => row.length < 2)) throw new MalformedInputError('empty data');
  return {
    index: data.map((row) => row[0]),
    rows: data.map((row) => {
      const [, first] = row;
      if (row.length === 2 && isFields(first)) return cellsOf(first, columns);
      if (row.length === columns.length + 1) return row.slice(1);
      throw new MalformedInputError(
        `a row has ${String(row.length - 1)} values, but the model takes ${String(columns.length)}`,
      );
    }),
  };
}

function cellsOf(record: unknown, columns: readonly string[]): Cells {
  if (!isFields(record)) throw new MalformedInputError('a row is not an object');
  refuseMissing(columns.filter((column) => record[column] === undefined));
  return columns.map((column) => record[column]);
}

function refuseMissing(missing: readonly string[]): void {
  if (missing.length > 0) throw new MalformedInputError(`missing columns: ${missing.join(', ')}`);
}

function numberOf(value: unknown, column: string): number {
  if (value === null) return NaN;
  if (typeof value === 'string' && (value.trim() === '' || Number.isNaN(Number(value)))) {
    throw new MalformedInputError(`could not convert string to float in column ${column}`);
  }
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') {
    throw new MalformedInputError(`column ${column} holds something that is not a number`);
  }
  const number = Math.fround(Number(value));
  if (!Number.isFinite(number)) throw new MalformedInputError(`column ${column} holds a number too large for a float`);
  return number;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
