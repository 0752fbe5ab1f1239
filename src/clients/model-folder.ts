import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';

/** Names the files of a model with their SHA-256, as `sha256sum` writes them. */
export const SUMS_FILE = 'SHA256SUMS';

const SUMS_BYTES_MAX = 10_000;
const FILE_BYTES_MAX = 64 * 2 ** 20;
const SUMS_LINE = /^([0-9a-f]{64}) {2}([a-z][a-z0-9-]{0,63}\.(?:json|ubj))$/;

/**
 * Reads a folder as `models/<name>/<version>/`: the bytes of every file, JSON or UBJSON, that its SHA256SUMS names, by file
 * name. What was cut, changed or mixed up since the sums were written is never returned.
 * @throws OperatorError naming the folder and the file that is missing, too large or not the one that was summed up.
 */
export function readModelFolder(folder: string): ReadonlyMap<string, Uint8Array> {
  const sums = readSums(folder);
  return new Map(sums.map(({ file, sum }) => [file, readSummed(folder, file, sum)]));
}

interface SummedFile {
  readonly file: string;
  readonly sum: string;
}

function readSums(folder: string): SummedFile[] {
  const lines = readBounded(folder, SUMS_FILE, SUMS_BYTES_MAX).toString('latin1').split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw problemOf(folder, `${SUMS_FILE} is damaged or cut short`);
  return lines.map((line) => {
    const [, sum, file] = SUMS_LINE.exec(line) ?? [];
    if (sum === undefined || file === undefined) throw problemOf(folder, `${SUMS_FILE} is damaged or cut short`);
    return { file, sum };
  });
}

function readSummed(folder: string, file: string, sum: string): Uint8Array {
  const bytes = readBounded(folder, file, FILE_BYTES_MAX);
  if (createHash('sha256').update(bytes).digest('hex') === sum) return bytes;
  throw problemOf(folder, `${file} is damaged, cut short or of another version: it is not the file in ${SUMS_FILE}`);
}

function readBounded(folder: string, file: string, bytesMax: number): Buffer {
  let size: number;
  try {
    const path = join(folder, file);
    ({ size } = statSync(path));
    if (size <= bytesMax) return readFileSync(path);
  } catch (cause) {
    throw problemOf(folder, `${file} is missing or cannot be read`, cause);
  }
  throw problemOf(folder, `${file} has ${String(size)} bytes, more than ${String(bytesMax)}`);
}

function problemOf(folder: string, problem: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `The model in ${folder} cannot be used: ${problem}. Restore it, choose another one with \`snowgate models use\`, ` +
      'or mend MODEL_FOLDER and RANKING_MODEL.',
    { cause },
  );
}
