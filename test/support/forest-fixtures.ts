import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Forest } from '../../src/ranking/forest/forest.ts';
import { parseForestFile } from '../../src/ranking/forest/parse-forest.ts';
import { ROOT_FOLDER } from './folders.ts';
import { hardRows } from './hard-rows.ts';

/** What models/fixtures/make_forest_fixtures.py wrote. */
export const FOREST_FIXTURES = join(ROOT_FOLDER, 'models/fixtures');

/** A model of each kind that is read, with what XGBoost said of 10,000 rows. */
export const EXACT_MODELS = readdirSync(join(FOREST_FIXTURES, 'exactness'));

/** A model, the rows it was asked about, and XGBoost's answers: predictions of all rows, contributions of the first 128. */
export interface ExactModel {
  readonly forest: Forest;
  readonly rows: Float32Array;
  readonly predictions: Float32Array;
  readonly contributions: Float32Array;
  /** SHA-256 of the rows that XGBoost was asked about. */
  readonly rowsSum: string;
}

/** Reads one of EXACT_MODELS. */
export function readExactModel(name: string): ExactModel {
  const folder = join(FOREST_FIXTURES, 'exactness', name);
  const [model = ''] = readdirSync(folder).filter((file) => file.startsWith('model.'));
  const forest = parseForestFile(readFileSync(join(folder, model)));
  const predictions = readFloats(join(folder, 'predictions.f32.gz'));
  return {
    forest,
    rows: hardRows(forest.parts, predictions.length),
    predictions,
    contributions: readFloats(join(folder, 'contributions.f32.gz')),
    rowsSum: readFileSync(join(folder, 'rows.sha256'), 'utf8').trim(),
  };
}

function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(gunzipSync(readFileSync(path))).buffer);
}

/** The greatest difference of two lists of the same length; NaN when one holds NaN. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${String(a.length)} and ${String(b.length)} values`);
  let largest = 0;
  for (let index = 0; index < a.length; index += 1) {
    const difference = Math.abs((a[index] as number) - (b[index] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
