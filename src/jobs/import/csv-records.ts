import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { OperatorError } from '../../errors.ts';
import type { FileMapping } from './mapping.ts';

/** A row of a file: its cells, or what keeps it from being read. `line` is where it begins, from 1. */
export type CsvRecord =
  { readonly line: number; readonly cells: readonly string[] } | { readonly line: number; readonly problem: string };

/** Rows that were read together, and how many bytes of the file that took. */
export interface CsvBatch {
  readonly records: readonly CsvRecord[];
  readonly bytes: number;
}

/** How a file is to be read. */
export type CsvForm = Pick<FileMapping, 'path' | 'delimiter' | 'hasQuotes' | 'encoding'>;

const BATCH_ROWS = 1000;
const READ_BYTES = 65_536;
/** Longer rows are a quote that is never closed. */
const ROW_BYTES_MAX = 1_000_000;

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/**
 * Reads a file of separated values, header included; empty lines are passed over. A byte order mark is taken away.
 * Quotes within an unquoted value are part of it. Memory stays flat.
 * @throws OperatorError when the file cannot be read, or has a row that has no end.
 */
export async function* readCsv({ path, delimiter, hasQuotes, encoding }: CsvForm): AsyncGenerator<CsvBatch> {
  const skipped: CsvError[] = [];
  const input = createReadStream(path, { highWaterMark: READ_BYTES });
  const parser = parse({
    delimiter,
    quote: hasQuotes ? '"' : null,
    bom: true,
    info: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: ROW_BYTES_MAX,
    on_skip: (error) => {
      if (error) skipped.push(error);
      return undefined;
    },
  });
  const decoded = isUtf8(encoding) ? input : decode(input, encoding);
  pipeline(decoded, parser, () => undefined);
  let records: CsvRecord[] = [];
  let bytes = 0;
  let lineBefore = 0;
  const take = (): CsvBatch => {
    for (const error of skipped.splice(0)) records.push(recordOf(error, path, lineBefore));
    const batch = { records, bytes: input.bytesRead - bytes };
    records = [];
    bytes = input.bytesRead;
    return batch;
  };
  try {
    for await (const { info, record } of parser as AsyncIterable<Parsed>) {
      records.push({ line: beginOf(info.lines, lineBefore, record), cells: record });
      lineBefore = info.lines;
      if (records.length >= BATCH_ROWS || skipped.length > 0) yield take();
    }
  } catch (cause) {
    throw cause instanceof OperatorError
      ? cause
      : new OperatorError(`${path} cannot be read: ${messageOf(cause)}.`, { cause });
  }
  yield take();
}

/** Whether a name of an encoding means UTF-8, which needs no decoder. */
export function isUtf8(encoding: string): boolean {
  return new TextDecoder(encoding).encoding === 'utf-8';
}

async function* decode(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The parser counts to the end of a row; a value between quotes may go over several lines. */
function beginOf(end: number, before: number, cells: readonly string[]): number {
  if (end - before <= 1) return end;
  return end - cells.reduce((lines, cell) => lines + cell.split('\n').length - 1, 0);
}

function recordOf(error: CsvError, path: string, lineBefore: number): CsvRecord {
  const line = lineBefore + 1;
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    throw new OperatorError(
      `${path} line ${line}: the row has more than ${ROW_BYTES_MAX} bytes, so a quote is not closed. Nothing was changed. Mend it.`,
    );
  }
  return { line, problem: error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'has a quote that is not closed' : error.message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
