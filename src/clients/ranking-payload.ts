/** A part of a matrix as the body of one call. */
export interface PredictionBatch {
  /** First row of the matrix. */
  readonly start: number;
  readonly rowCount: number;
  /** A `dataframe_split`; its index counts from 0 in every batch. */
  readonly body: string;
}

/**
 * An answer that does not give every row its probability. The message says what is wrong with it.
 * @internal Exported for its test.
 */
export class InvalidPredictionError extends Error {
  override readonly name = 'InvalidPredictionError';
}

/** Bytes that a row takes beside its values: a comma each for row and index, and a number of up to seven digits. */
const ROW_BYTES = 9;

/**
 * Writes a row-major matrix as bodies of at most `bytesMax` bytes and about equally many rows. Values are written
 * exactly; NaN, a missing value, becomes null.
 * @throws RangeError for an infinite value, which JSON cannot carry, and for a row that alone is too long.
 */
export function encodeBatches(
  columns: readonly string[],
  matrix: Float32Array,
  rowCount: number,
  bytesMax: number,
): PredictionBatch[] {
  const names = JSON.stringify(columns);
  const rows = rowTexts(matrix, rowCount, columns.length);
  const longest = rows.reduce((max, row) => Math.max(max, row.length + ROW_BYTES), 1);
  const rowsMax = Math.floor((bytesMax - Buffer.byteLength(bodyOf('', names, ''))) / longest);
  if (rowsMax < 1) throw new RangeError(`A row does not fit into a body of ${String(bytesMax)} bytes`);
  const size = Math.ceil(rowCount / Math.ceil(rowCount / rowsMax));
  const batches: PredictionBatch[] = [];
  for (let start = 0; start < rowCount; start += size) {
    const part = rows.slice(start, start + size);
    batches.push({ start, rowCount: part.length, body: bodyOf([...part.keys()].join(','), names, part.join(',')) });
  }
  return batches;
}

/**
 * Reads an answer `{"data": [[row, output], …]}` and writes each row's probability to `output`, wherever in the answer
 * the row stands. An output is an object with `outputColumn`, the list of the classes' probabilities, or one number.
 * @throws InvalidPredictionError when a row is missing, repeated or too many, or a probability is none. `output` may
 * then be half written.
 */
export function readProbabilities(text: string, outputColumn: string, output: Float32Array): void {
  const rows = rowsOf(text);
  if (rows.length !== output.length) {
    throw new InvalidPredictionError(`the answer has ${String(rows.length)} rows for ${String(output.length)}`);
  }
  const isSeen = new Uint8Array(output.length);
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 2) throw new InvalidPredictionError('a row is not [index, output]');
    const [index, value] = row as readonly unknown[];
    if (typeof index !== 'number' || isSeen[index] === undefined) {
      throw new InvalidPredictionError('a row has an index that was not sent');
    }
    if (isSeen[index] === 1) throw new InvalidPredictionError(`row ${String(index)} comes twice`);
    isSeen[index] = 1;
    output[index] = probabilityOf(value, outputColumn);
  }
}

function rowTexts(matrix: Float32Array, rowCount: number, width: number): string[] {
  return Array.from({ length: rowCount }, (_, row) => {
    let text = '[';
    for (let cell = row * width; cell < (row + 1) * width; cell += 1) {
      const value = matrix[cell] as number;
      if (value === Infinity || value === -Infinity) throw new RangeError('A feature is infinite');
      if (text.length > 1) text += ',';
      text += Number.isNaN(value) ? 'null' : String(value);
    }
    return `${text}]`;
  });
}

function bodyOf(index: string, columns: string, data: string): string {
  return `{"dataframe_split":{"index":[${index}],"columns":${columns},"data":[${data}]}}`;
}

function rowsOf(text: string): readonly unknown[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new InvalidPredictionError('the answer is not JSON');
  }
  const data: unknown = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : undefined;
  if (!Array.isArray(data)) throw new InvalidPredictionError('the answer has no data');
  return data;
}

function probabilityOf(output: unknown, outputColumn: string): number {
  const value = Array.isArray(output) ? classOne(output) : isObject(output) ? output[outputColumn] : output;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  const place = isObject(output) && !Array.isArray(output) ? `${outputColumn} of a row` : 'a row';
  throw new InvalidPredictionError(`${place} is not a probability`);
}

/** Of [one] or [class 0, class 1]. */
function classOne(outputs: readonly unknown[]): unknown {
  return outputs.length === 1 || outputs.length === 2 ? outputs.at(-1) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
