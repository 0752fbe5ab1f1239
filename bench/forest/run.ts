/**
 * `npm run bench:forest`: the forest engine side by side with XGBoost's own prediction of the same rows on one thread.
 * Both take turns, and what counts is processor time of the whole process: on a busy machine a call of 40 ms waits for
 * other programs and a call of 0.2 ms does not, so that the clock would flatter the faster one. Writes RESULTS.md and
 * results.png beside this file. Models are trained once, by seeded data, and kept under .cache. Needs `npm run models:setup`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { prepareForest, type ForestEngine } from '../../src/ranking/forest/engine.ts';
import { parseForest } from '../../src/ranking/forest/parse-forest.ts';
import type { PreparedSnapshot } from '../../src/ranking/forest/prepared-snapshot.ts';
import {
  createRandom,
  createShelf,
  createShopper,
  drawLabel,
  FEATURES,
  toMatrix,
  toProductColumns,
  toRequest,
} from './world.ts';
import type { Shelf, Shopper } from './world.ts';
import { startXgboost, type Result, type Spread, type Timing, type Xgboost } from './xgboost.ts';

interface Model {
  readonly name: string;
  readonly trees: number;
  readonly depth: number;
  /** Features that it may split on. */
  readonly usesCustomer: boolean;
}

const MODELS: readonly Model[] = [
  { name: 'A', trees: 100, depth: 6, usesCustomer: true },
  { name: 'B', trees: 300, depth: 8, usesCustomer: true },
  { name: 'worst', trees: 100, depth: 6, usesCustomer: false },
];
const SIZES = [1723, 10_000, 200_000];
const TRAINING_ROWS = 300_000;
const SHOPPERS = 5;
const ROUNDS = 3;
const CUSTOMER_FEATURES = 9;
const CACHE = join(import.meta.dirname, '../../.cache/bench-forest');
const REPORT = join(import.meta.dirname, 'RESULTS.md');
const PLOT = join(import.meta.dirname, 'results.png');

mkdirSync(CACHE, { recursive: true });
const xgboost = startXgboost();
try {
  for (const model of MODELS) await train(model);
  const version = await xgboost.load(pathOf(MODELS[0]?.name ?? ''));
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, XGBoost ${version}, one thread, load ${(loadavg()[0] ?? 0).toFixed(1)}`;
  const [rows, tops, results]: [string[], string[], Result[]] = [[], [], []];
  for (const model of MODELS) {
    await xgboost.load(pathOf(model.name));
    const parts = parseForest(JSON.parse(readFileSync(pathOf(model.name), 'utf8'))).parts;
    const engines = {
      simd: prepareForest(parts, FEATURES),
      plain: prepareForest(parts, FEATURES, { kernel: 'plain' }),
    };
    for (const size of SIZES) {
      const compared = await compare(model, engines, size);
      console.error(compared.row);
      rows.push(compared.row);
      tops.push(compared.top);
      results.push(compared.result);
    }
  }
  await xgboost.plot(results, PLOT);
  const text = await format(reportOf(machine, rows, tops), { parser: 'markdown', printWidth: 120 });
  writeFileSync(REPORT, text);
  console.log(text);
} finally {
  xgboost.stop();
}

function reportOf(machine: string, rows: readonly string[], tops: readonly string[]): string {
  return [
    '# The forest engine beside XGBoost',
    'Written by `npm run bench:forest`, which measures both on the same rows in turns.',
    `${machine}. Milliseconds of processor time: median (10–90 %). The clock is beside it for comparison.`,
    '![Milliseconds by candidates, a panel per model](results.png)',
    [
      '| model | candidates | XGBoost | SIMD | times faster | plain | times faster | clock: XGBoost / SIMD | greatest difference | prepare, clock | longest stretch, clock | MB |',
      `|${' --- |'.repeat(12)}`,
      ...rows,
    ].join('\n'),
    'The best five, by scoring all products and by bounds. `npm run bench:bounds` measures the same with the shipped model.',
    [
      '| model | candidates | score all, then top 5 | top 5 with bounds | times faster | groups of 64 scored |',
      `|${' --- |'.repeat(6)}`,
      ...tops,
    ].join('\n'),
  ].join('\n\n');
}

/** What was measured of one model and number of candidates, as lines of the two tables and for the plot. */
interface Compared {
  readonly row: string;
  readonly top: string;
  readonly result: Result;
}

/** What was measured besides times. */
interface Facts {
  readonly name: string;
  readonly size: number;
  readonly difference: number;
  readonly groups: number;
  readonly prepareMs: number;
  readonly stretchMs: number;
  readonly byteLength: number;
}

async function compare(
  model: Model,
  engines: Readonly<Record<'simd' | 'plain', ForestEngine>>,
  size: number,
): Promise<Compared> {
  const random = createRandom(size);
  const shelf = createShelf(size, random);
  const shoppers = Array.from({ length: SHOPPERS }, () => createShopper(random));
  const { snapshot, prepareMs, stretchMs } = await prepareTimed(engines.simd, shelf);
  const plain = await engines.plain.prepareSnapshot(toProductColumns(shelf));
  const times = createTimes();
  const repeat = Math.ceil(100_000 / size);
  const output = new Float32Array(size);
  let [difference, groups] = [0, 0];
  for (let round = -1; round < ROUNDS; round += 1) {
    // The first round warms up and is forgotten, but for its scores.
    if (round === 0) for (const list of Object.values(times)) list.length = 0;
    for (const [index, shopper] of shoppers.entries()) {
      const request = toRequest(shopper);
      times.simd.push(timed(repeat, () => snapshot.score(request, null, output)));
      const { timing, scores } = await predict(xgboost, shelf, shopper, { index, repeat: Math.ceil(repeat / 8) });
      times.xgboost.push(timing);
      difference = scores.reduce(
        (most, score, row) => Math.max(most, Math.abs(score - (output[row] ?? NaN))),
        difference,
      );
      times.plain.push(timed(Math.ceil(repeat / 8), () => plain.score(request, null, output)));
      times.all.push(timed(repeat, () => topOfAll(snapshot, request, output)));
      times.top.push(timed(repeat, () => snapshot.topK(request, null, { k: 5 })));
      if (round === 0) groups += snapshot.topK(request, null, { k: 5 }).groupsScored / SHOPPERS;
    }
  }
  const name = `${model.name} (${model.trees} × depth ${model.depth})`;
  const { byteLength } = snapshot;
  return describe(times, { name, size, difference, groups, prepareMs, stretchMs, byteLength });
}

function describe(times: Times, facts: Facts): Compared {
  const { name, size, difference, groups, prepareMs, stretchMs, byteLength } = facts;
  const { xgboost: theirs, simd, plain, all, top } = times;
  return {
    row: row([
      name,
      String(size),
      spread(theirs),
      spread(simd),
      ratio(theirs, simd),
      spread(plain),
      ratio(theirs, plain),
      `${median(theirs, 'wall').toFixed(2)} / ${median(simd, 'wall').toFixed(2)}`,
      difference.toExponential(1),
      prepareMs.toFixed(0),
      stretchMs.toFixed(1),
      (byteLength / 2 ** 20).toFixed(1),
    ]),
    top: row([
      name,
      String(size),
      spread(all),
      spread(top),
      ratio(all, top),
      `${groups.toFixed(0)} of ${Math.ceil(size / 64)}`,
    ]),
    result: { model: name, size, xgboost: spreadOf(theirs), simd: spreadOf(simd), plain: spreadOf(plain) },
  };
}

async function train({ name, trees, depth, usesCustomer }: Model): Promise<void> {
  if (existsSync(pathOf(name))) return;
  const random = createRandom(trees + depth);
  const shelf = createShelf(20_000, random);
  const perShopper = 100;
  const rows = new Float32Array(TRAINING_ROWS * FEATURES.length);
  const labels = new Float32Array(TRAINING_ROWS);
  for (let start = 0; start < TRAINING_ROWS; start += perShopper) {
    const chosen = Array.from({ length: perShopper }, () => Math.floor(random() * shelf.productCount));
    const matrix = toMatrix(shelf, createShopper(random), chosen);
    for (let index = 0; index < perShopper; index += 1) {
      const own = matrix.subarray(index * FEATURES.length, (index + 1) * FEATURES.length);
      labels[start + index] = drawLabel(own, random);
      // A column of one value is never split on.
      if (!usesCustomer) own.fill(0, 0, CUSTOMER_FEATURES);
      rows.set(own, (start + index) * FEATURES.length);
    }
  }
  const files = { rows: join(CACHE, 'training.f32'), labels: join(CACHE, 'labels.f32') };
  writeFileSync(files.rows, rows);
  writeFileSync(files.labels, labels);
  await xgboost.train({ ...files, columns: FEATURES.length, trees, depth, model: pathOf(name) });
}

/** How long it took, and the longest that the event loop waited: both by the clock, so other programs count too. */
async function prepareTimed(
  engine: ForestEngine,
  shelf: Shelf,
): Promise<{ snapshot: PreparedSnapshot; prepareMs: number; stretchMs: number }> {
  const columns = toProductColumns(shelf);
  const start = performance.now();
  let [stretchMs, last, isDone] = [0, start, false];
  const turn = (): void => {
    stretchMs = Math.max(stretchMs, performance.now() - last);
    last = performance.now();
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const snapshot = await engine.prepareSnapshot(columns);
  isDone = true;
  turn();
  return { snapshot, prepareMs: performance.now() - start, stretchMs };
}

async function predict(
  { predict: ask }: Pick<Xgboost, 'predict'>,
  shelf: Shelf,
  shopper: Shopper,
  { index, repeat }: { index: number; repeat: number },
): Promise<{ timing: Timing; scores: Float32Array }> {
  const rows = join(CACHE, `rows-${shelf.productCount}-${index}.f32`);
  const target = join(CACHE, 'scores.f32');
  writeFileSync(rows, toMatrix(shelf, shopper));
  const timing = await ask({ rows, columns: FEATURES.length, repeat, scores: target });
  const bytes = readFileSync(target);
  return {
    timing,
    scores: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
  };
}

function topOfAll(snapshot: PreparedSnapshot, request: ReturnType<typeof toRequest>, output: Float32Array): number[] {
  snapshot.score(request, null, output);
  const best: number[] = [];
  for (let index = 0; index < output.length; index += 1) {
    if (best.length === 5 && (output[index] as number) <= (output[best[4] as number] as number)) continue;
    best.push(index);
    best.sort((a, b) => (output[b] as number) - (output[a] as number) || a - b);
    best.length = Math.min(best.length, 5);
  }
  return best;
}

function timed(repeat: number, work: () => unknown): Timing {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  for (let index = 0; index < repeat; index += 1) work();
  const elapsed = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1000 / repeat, wall: elapsed / repeat };
}

function quantile(timings: readonly Timing[], share: number, clock: keyof Timing): number {
  const sorted = timings.map((timing) => timing[clock]).sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

function median(timings: readonly Timing[], clock: keyof Timing = 'cpu'): number {
  return quantile(timings, 0.5, clock);
}

function spreadOf(timings: readonly Timing[]): Spread {
  return { median: median(timings), low: quantile(timings, 0.1, 'cpu'), high: quantile(timings, 0.9, 'cpu') };
}

function spread(timings: readonly Timing[]): string {
  const at = (share: number): string => quantile(timings, share, 'cpu').toPrecision(3);
  return `${at(0.5)} (${at(0.1)}–${at(0.9)})`;
}

function ratio(slow: readonly Timing[], fast: readonly Timing[]): string {
  return (median(slow) / median(fast)).toFixed(1);
}

type Times = Readonly<Record<'xgboost' | 'simd' | 'plain' | 'all' | 'top', Timing[]>>;

function createTimes(): Times {
  return { xgboost: [], simd: [], plain: [], all: [], top: [] };
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function pathOf(name: string): string {
  return join(CACHE, `model-${name}.json`);
}
