import { setImmediate as endOfTurn } from 'node:timers/promises';
import { toPythonJson, type PythonValue } from './python-json.ts';
import { badRequest, RestError } from './rest-error.ts';

/** A row of a service function's call: its number, given back as it came, and the arguments behind it. */
export interface EnvelopeRow {
  readonly rowNumber: number;
  readonly args: readonly unknown[];
}

/** Rows that are answered together, by their places in the envelope. */
export interface RowBatch {
  readonly places: readonly number[];
  /** One answer per place. A RestError becomes that row's error object. */
  readonly answer: () => Promise<readonly (PythonValue | RestError)[]>;
}

/** Batches under way at once: while one waits for rows, another one computes. */
const BATCHES_AT_ONCE = 2;

/** True for a body in the form that Snowflake's service functions send: `{"data": [[row number, argument…], …]}`. */
export function isEnvelope(body: unknown): body is { readonly data: unknown } {
  return typeof body === 'object' && body !== null && 'data' in body;
}

/**
 * The rows of an envelope.
 * @throws RestError, status 400, when it is none, holds more than `rowsMax` rows, or a row has no number.
 */
export function readEnvelope(body: unknown, rowsMax: number): readonly EnvelopeRow[] {
  const rows = isEnvelope(body) ? body.data : undefined;
  if (!Array.isArray(rows)) throw badRequest('The body must be {"data": [[row number, argument, …], …]}.');
  if (rows.length > rowsMax) {
    throw badRequest(`The body holds ${String(rows.length)} rows; at most ${String(rowsMax)} are allowed.`);
  }
  return rows.map((row: unknown, place) => {
    const [rowNumber, ...args] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    if (typeof rowNumber === 'number' && Number.isInteger(rowNumber)) return { rowNumber, args };
    throw badRequest(`data[${String(place)}] must be a list that begins with the row number.`);
  });
}

/**
 * Answers an envelope: one row out per row in, same numbers, same order, whatever the order of the batches. Other
 * requests are served between two batches. Stops when `signal` says that nobody waits any more.
 * @throws RestError of the first row when each row failed because a backend was away: Snowflake then asks again.
 */
export async function answerEnvelope(
  rows: readonly EnvelopeRow[],
  batches: Iterable<RowBatch>,
  signal: AbortSignal,
): Promise<string> {
  const texts = new Array<string>(rows.length);
  const failures: RestError[] = [];
  const queue = batches[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && !signal.aborted; next = queue.next()) {
      const { places, answer } = next.value;
      const answers = await answer();
      for (const [index, place] of places.entries()) {
        const result = answers[index] ?? null;
        if (result instanceof RestError) failures.push(result);
        texts[place] = toPythonJson([
          rows[place]?.rowNumber ?? 0,
          result instanceof RestError ? result.toAnswer() : result,
        ]);
      }
      await endOfTurn();
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
  const [failure] = failures;
  if (failure && failures.length === rows.length && failures.every(({ status }) => status > 500)) throw failure;
  return `{"data":[${texts.join(',')}]}`;
}
