/**
 * `npm run bench:bounds [model folder]`: the top 5 of 200,000 products by the shipped ranking model, by bounds and by
 * scoring all of them. Products and customers are drawn by a seeded generator: the demo data has fewer products.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { forestFeaturesOf, productColumnsOf, requestColumnsOf } from '../../src/ranking/feature-columns.ts';
import { createFeatureContext } from '../../src/ranking/feature-context.ts';
import { FEATURES, type Feature } from '../../src/ranking/features.ts';
import { createBestRows } from '../../src/ranking/forest/best-rows.ts';
import { prepareForest } from '../../src/ranking/forest/engine.ts';
import { parseForest } from '../../src/ranking/forest/parse-forest.ts';
import type { TopK } from '../../src/ranking/forest/top-rows.ts';
import { inSlices } from '../../src/ranking/forest/slices.ts';
import { coldFeatures, coldTastes, type CustomerTastesRow, type SnapshotRow } from '../../src/ranking/signals.ts';
import { snapshotSteps } from '../../src/ranking/snapshot.ts';
import { createRandom, createShelf, type Random } from './world.ts';

const MODEL = process.argv[2] ?? `models/ranking/${newestOf('models/ranking')}`;
const PRODUCTS = 200_000;
const LENGTH = 5;
const CUSTOMERS = 12;
const REPEAT = 9;
const FIRST_ID = 1_000_000;
const AS_OF = new Date(0);
const CATEGORIES = 12;
const BRANDS = 180;
const STYLE_NUMBERS = 8;

const random = createRandom(1);
const { parts } = parseForest(
  JSON.parse(readFileSync(join(import.meta.dirname, '../..', MODEL, 'model.json'), 'utf8')),
);
const features = parts.featureNames.map((name) => FEATURES.get(name) as Feature);
const engine = prepareForest(parts, forestFeaturesOf(features));
const rows = createRows(random);
const columns = await watched('columns of the snapshot', inSlices(snapshotSteps('X', rows, [], AS_OF)));
const snapshot = columns.result;
const laidOut = await watched('layout', engine.prepareSnapshot(productColumnsOf(features, snapshot)));
const prepared = laidOut.result;
const changed = {
  ...snapshot,
  relativePrices: snapshot.relativePrices.map((price, row) => (row === 7 ? 0.1234 : price)),
};
const patched = await watched('a changed price', engine.prepareSnapshot(productColumnsOf(features, changed), prepared));
const contexts = Array.from({ length: CUSTOMERS }, () =>
  createFeatureContext(snapshot, coldFeatures('1', AS_OF), createTastes(random)),
);
const times = { columns: [] as number[], all: [] as number[], top: [] as number[] };
const counts: TopK[] = [];
const output = new Float32Array(PRODUCTS);
for (const context of contexts) {
  for (let index = 0; index < REPEAT; index += 1) {
    const started = cpuMs();
    const request = requestColumnsOf(features, context);
    const asked = cpuMs();
    prepared.score(request, null, output);
    const expected = topOf(output);
    const scored = cpuMs();
    const found = prepared.topK(request, null, { k: LENGTH });
    times.top.push(cpuMs() - scored);
    times.all.push(scored - asked);
    times.columns.push(asked - started);
    if (found.rows.join() !== expected.join()) throw new Error(`the lists differ: ${found.rows.join()}`);
    if (index === 0) counts.push(found);
  }
}
report();

/** Prints the medians and how much was scored. */
function report(): void {
  const ratios = times.all.map((all, index) => all / (times.top[index] as number));
  const groups = counts.map(({ groupsScored }) => groupsScored).sort((a, b) => a - b);
  const blocks = counts.map(({ blocksOpened }) => blocksOpened).sort((a, b) => a - b);
  const [count] = counts;
  console.log(
    [
      `Top ${LENGTH} of ${PRODUCTS} by ${MODEL}, ${CUSTOMERS} customers ${REPEAT} times, in turns; processor time, median (10–90 %), ms:`,
      '',
      '| score all, then the list | list by bounds | times faster | groups of 64 scored | blocks opened | columns of the request, for both |',
      `|${' --- |'.repeat(6)}`,
      `| ${spread(times.all)} | ${spread(times.top)} | ${spread(ratios)} | ${spread(groups)} of ${count?.groupsWithCandidates ?? 0} | ${spread(blocks)} of ${count?.blocksWithCandidates ?? 0} | ${spread(times.columns)} |`,
      '',
      `${CUSTOMERS * REPEAT} of ${CUSTOMERS * REPEAT} lists identical.`,
      '',
      '| preparing | processor time ms | the event loop waited at most, clock ms |',
      `|${' --- |'.repeat(3)}`,
      ...[columns, laidOut, patched].map(({ line }) => line),
    ].join('\n'),
  );
}

/** How long it took, and the longest that the event loop waited: by the clock, so that other programs count too. */
async function watched<Result>(name: string, work: Promise<Result>): Promise<{ result: Result; line: string }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const start = cpuMs();
  delay.enable();
  const result = await work;
  delay.disable();
  return { result, line: `| ${name} | ${(cpuMs() - start).toFixed(0)} | ${(delay.max / 1e6).toFixed(1)} |` };
}

/** Statistics spread and depend on each other as those of the demo data do: a few products are far above the others. */
function createRows(draw: Random): SnapshotRow[] {
  const shelf = createShelf(PRODUCTS, draw);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const trends = Array.from({ length: CATEGORIES }, () => 0.15 * normal());
  const brandStyles = Array.from({ length: BRANDS }, () =>
    Array.from({ length: STYLE_NUMBERS }, () => 0.25 * normal()),
  );
  return Array.from({ length: PRODUCTS }, (_, row) => {
    const appeal = -1.15 - 0.68 * Math.log(1 - draw());
    const trend = trends[shelf.categories[row] as number] as number;
    const style = (brandStyles[shelf.brands[row] as number] ?? []).map((of) => of + 0.4 * normal());
    return {
      product_id: String(FIRST_ID + row),
      category_id: String(shelf.categories[row]),
      category_name: '',
      brand: String(shelf.brands[row]),
      price: String(shelf.prices[row]),
      product_tier: 'mid_range',
      is_perishable: false,
      quantity_on_hand: 1,
      relative_price: normal(),
      popularity: appeal + 0.2 * normal(),
      view_popularity: appeal + 0.25 * normal(),
      recent_popularity: Math.max(0.8 * appeal + trend + 0.2 * normal(), -0.8),
      category_trend: trend,
      repeat_rate: -0.035 * Math.log(1 - draw()),
      repeat_days: draw() < 0.5 ? null : 10 + 30 * draw(),
      repeat_chance: null,
      repeat_interval: null,
      demand: null,
      style: Object.fromEntries(style.entries()),
      statistics_as_of: AS_OF,
    };
  });
}

/** As of customers of the demo data: some have hardly been seen, some know most categories and many brands. */
function createTastes(draw: Random): CustomerTastesRow {
  const some = (count: number, of: number, first: number, value: () => number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, () => [String(first + Math.floor(draw() * of)), value()]));
  const weight = 150 * draw() ** 2;
  return {
    ...coldTastes('1', AS_OF),
    total_weight: weight,
    style: Object.fromEntries(
      Array.from({ length: STYLE_NUMBERS }, (_, dimension) => [dimension, 1.2 * (draw() - 0.5)]),
    ),
    category_weights: some(8, CATEGORIES, 0, () => (weight / 4) * draw() ** 2),
    recent_category_weights: some(5, CATEGORIES, 0, () => (weight / 8) * draw() ** 2),
    brand_weights: some(25, BRANDS, 0, () => (weight / 8) * draw() ** 3),
    relative_price_mean: draw() - 0.5,
    relative_price_mean_bought: draw() - 0.5,
    recent_products: some(20, PRODUCTS, FIRST_ID, () => 3 * draw()),
    viewed_products: some(12, PRODUCTS, FIRST_ID, () => 45 * draw()),
    bought_products: some(4, PRODUCTS, FIRST_ID, () => Math.floor(90 * draw())),
  };
}

function topOf(scores: Float32Array): number[] {
  const best = createBestRows(LENGTH);
  scores.forEach((score, row) => {
    if (best.accepts(score)) best.add(row, score);
  });
  return [...best.rows];
}

function newestOf(folder: string): number {
  const versions = readdirSync(join(import.meta.dirname, '../..', folder)).map(Number);
  return Math.max(...versions.filter(Number.isInteger));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toPrecision(3);
  return `${at(0.5)} (${at(0.1)}–${at(0.9)})`;
}
