/**
 * Reads every model file of a folder and scores with those that are read, in a process of its own, so that its memory can
 * be measured: `node --expose-gc read-forests.ts FOLDER` prints a ForestsReading as JSON. Any error that is no refusal ends it.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidModelError, UnsupportedModelError } from '../../src/ranking/errors.ts';
import { createExplain } from '../../src/ranking/forest/contributions.ts';
import { prepareForest } from '../../src/ranking/forest/engine.ts';
import type { Forest } from '../../src/ranking/forest/forest.ts';
import { parseForestFile } from '../../src/ranking/forest/parse-forest.ts';

/** What became of the files. */
export interface ForestsReading {
  /** By file: why it was refused, or null when it was read and scores. */
  readonly refusals: Readonly<Record<string, string | null>>;
  /** Models that were read and that the engine then refused by name. */
  readonly withoutEngine: number;
  /** Models that both kernels scored as the reference evaluator does. */
  readonly scored: number;
  /** CPU time of the file that took most to read. */
  readonly millisecondsMax: number;
  /** What the process grew by at most while it read a file and scored with its model; the file itself included. */
  readonly megabytesMax: number;
}

const ROWS = 20;
const VALUES = [NaN, Infinity, -Infinity, -0, 0, 1e-45, 3.4e38, -1, 0.5, 1, 2, 3, 7];

const refusals: Record<string, string | null> = {};
let [withoutEngine, scored, millisecondsMax, megabytesMax] = [0, 0, 0, 0];
const folder = process.argv[2] ?? '';
// What small files took is bounded by what all of them together took.
let before = restartPeak();
for (const file of readdirSync(folder)) {
  const isLarge = statSync(join(folder, file)).size > 2 ** 20;
  // What the file before left behind is not this one's.
  if (isLarge) {
    globalThis.gc?.();
    before = restartPeak();
  }
  const bytes = readFileSync(join(folder, file));
  const start = process.cpuUsage();
  const forest = read(file, bytes);
  const { user, system } = process.cpuUsage(start);
  millisecondsMax = Math.max(millisecondsMax, (user + system) / 1000);
  if (forest) await score(forest);
  megabytesMax = Math.max(megabytesMax, peakMegabytes() - before);
}
const reading: ForestsReading = { refusals, withoutEngine, scored, millisecondsMax, megabytesMax };
process.stdout.write(JSON.stringify(reading));

/** Lets Linux forget the greatest size of this process so far; says which size it begins with. */
function restartPeak(): number {
  if (existsSync('/proc/self/clear_refs')) writeFileSync('/proc/self/clear_refs', '5');
  return peakMegabytes();
}

/** Elsewhere the greatest size since the process began, which also bounds what a file took. */
function peakMegabytes(): number {
  if (!existsSync('/proc/self/status')) return process.resourceUsage().maxRSS / 1024;
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function read(file: string, bytes: Uint8Array): Forest | null {
  try {
    const forest = parseForestFile(bytes);
    refusals[file] = null;
    return forest;
  } catch (error) {
    refusals[file] = reasonOf(error);
    return null;
  }
}

/** A flipped digit leaves a sound model: it has to score as the reference does, by a finite number. */
async function score(forest: Forest): Promise<void> {
  const { featureCount, parts } = forest;
  const rows = Float32Array.from({ length: ROWS * featureCount }, (_, cell) => VALUES[((cell * 31) % 101) % 13] ?? 0);
  const expected = new Float32Array(ROWS);
  forest.predictMargins(rows, ROWS, expected);
  const explained = createExplain(parts)?.(rows) ?? new Float64Array();
  if (![...expected, ...explained].every(Number.isFinite)) throw new Error('an infinite score');
  const kinds = Array.from({ length: featureCount }, () => ({ kind: 'product' as const }));
  const products = new Map(
    kinds.map((_, feature) => [
      feature,
      Float32Array.from(expected, (_, row) => rows[row * featureCount + feature] ?? 0),
    ]),
  );
  const byKernel: Float32Array[] = [];
  for (const kernel of ['simd', 'plain'] as const) {
    // Nobody prepares a forest twice.
    if (parts.trees.length > 1000) globalThis.gc?.();
    try {
      const engine = prepareForest({ ...parts, objective: 'reg:squarederror' }, kinds, { kernel });
      const snapshot = await engine.prepareSnapshot({
        productCount: ROWS,
        products,
        keys: {},
        axes: {},
        similarity: [],
      });
      const scores = new Float32Array(ROWS);
      snapshot.score(kinds, null, scores);
      byKernel.push(scores);
      scores.forEach((value, row) => {
        const reference = expected[row] ?? 0;
        const bound = engine.marginErrorMax + 1e-6 * Math.max(1, Math.abs(reference));
        if (!(Math.abs(value - reference) <= bound)) throw new Error(`${value} is not ${reference}`);
      });
    } catch (error) {
      reasonOf(error);
    }
  }
  if (byKernel.length === 0) withoutEngine += 1;
  else if (byKernel.length === 2 && byKernel[0]?.join() === byKernel[1]?.join()) scored += 1;
  else throw new Error('the kernels do not agree');
}

/** Why a model was refused; another error is passed on. */
function reasonOf(error: unknown): string {
  if (error instanceof InvalidModelError || error instanceof UnsupportedModelError) return error.message;
  throw error;
}
