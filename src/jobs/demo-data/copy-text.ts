import { setImmediate } from 'node:timers/promises';

/** Characters after which a chunk is handed on: large enough to be quick, small enough to keep memory flat. */
const CHUNK_LENGTH = 65_536;

export type CopyValue = string | number | boolean | null;

/** One row in the text format of Postgres' COPY, the end of line included. */
export function toCopyLine(values: readonly CopyValue[]): string {
  let line = '';
  for (const [index, value] of values.entries()) line += (index === 0 ? '' : '\t') + toCopyText(value);
  return `${line}\n`;
}

/**
 * The same rows in chunks of about 64 kB. Lets everything else that waits have a turn after each chunk: making rows is
 * work without a pause, during which the process would hear no signal.
 */
export async function* chunksOf(lines: Iterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
    await setImmediate();
  }
  if (chunk.length > 0) yield chunk;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function toCopyText(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'string') return value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
  return String(value);
}
