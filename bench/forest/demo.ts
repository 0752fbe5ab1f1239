/**
 * `node bench/forest/demo.ts`: the top 5 of 200,000 products by the shipped ranking model, by bounds and by scoring all
 * of them. Products and customers are drawn by a seeded generator: the demo data has fewer products.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forestFeaturesOf, productColumnsOf, requestColumnsOf } from '../../src/ranking/feature-columns.ts';
import { createFeatureContext } from '../../src/ranking/feature-context.ts';
import { FEATURES, type Feature } from '../../src/ranking/features.ts';
import { prepareForest } from '../../src/ranking/forest/engine.ts';
import { parseForest } from '../../src/ranking/forest/parse-forest.ts';
import { coldFeatures, coldTastes, type CustomerTastesRow } from '../../src/ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../../src/ranking/snapshot.ts';
import { createRandom, createShelf, type Random } from './world.ts';

const PRODUCTS = 200_000;
const CUSTOMERS = 8;
const REPEAT = 9;
const FIRST_ID = 1_000_000;
const AS_OF = new Date(0);

const random = createRandom(1);
const snapshot = createRegion(random);
const { parts } = parseForest(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../models/ranking/2/model.json'), 'utf8')),
);
const features = parts.featureNames.map((name) => FEATURES.get(name) as Feature);
const engine = prepareForest(parts, forestFeaturesOf(features));
const customers = Array.from({ length: CUSTOMERS }, () =>
  createFeatureContext(snapshot, coldFeatures('1', AS_OF), createTastes(random)),
);
const orders: Readonly<Record<string, readonly ArrayLike<number>[]>> = {
  'category, price': [snapshot.categoryCodes, snapshot.prices],
  'category, brand, price': [snapshot.categoryCodes, snapshot.brandCodes, snapshot.prices],
  'category, popularity': [snapshot.categoryCodes, snapshot.popularities],
};
console.log(
  '| order | score all, then top 5, ms | top 5 with bounds ms | times faster | blocks scored |\n|' + ' --- |'.repeat(5),
);
for (const [name, similarity] of Object.entries(orders)) console.log(await measure(name, similarity));

async function measure(name: string, similarity: readonly ArrayLike<number>[]): Promise<string> {
  const prepared = await engine.prepareSnapshot({ ...productColumnsOf(features, snapshot), similarity });
  const output = new Float32Array(PRODUCTS);
  const [all, top]: [number[], number[]] = [[], []];
  let blocks = 0;
  for (const context of customers) {
    const request = requestColumnsOf(features, context);
    for (let index = 0; index < REPEAT; index += 1) {
      const start = performance.now();
      prepared.score(request, null, output);
      const expected = topOf(output);
      const middle = performance.now();
      const found = prepared.topK(request, null, { k: 5 });
      top.push(performance.now() - middle);
      all.push(middle - start);
      if (found.rows.join() !== expected.join()) throw new Error(`the lists differ: ${found.rows.join()}`);
      blocks += found.blocksScored / REPEAT / CUSTOMERS;
    }
  }
  const [slow, fast] = [median(all), median(top)];
  return `| ${name} | ${slow.toFixed(2)} | ${fast.toFixed(2)} | ${(slow / fast).toFixed(2)} | ${blocks.toFixed(1)} of ${prepared.blockCount} |`;
}

function createRegion(draw: Random): RegionSnapshot {
  const shelf = createShelf(PRODUCTS, draw);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const rows = Array.from({ length: PRODUCTS }, (_, row) => ({
    product_id: String(FIRST_ID + row),
    category_id: String(shelf.categories[row]),
    category_name: '',
    brand: String(shelf.brands[row]),
    price: String(shelf.prices[row]),
    product_tier: 'mid_range',
    is_perishable: false,
    quantity_on_hand: 1,
    relative_price: normal(),
    popularity: normal(),
    view_popularity: normal(),
    recent_popularity: normal(),
    category_trend: 0,
    repeat_rate: 0.03,
    style: Object.fromEntries(Array.from({ length: 8 }, (_, dimension) => [dimension, 0.3 * normal()])),
    statistics_as_of: AS_OF,
  }));
  return createSnapshot('X', rows, [], AS_OF);
}

function createTastes(draw: Random): CustomerTastesRow {
  const some = (count: number, of: number, first: number, value: () => number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, () => [String(first + Math.floor(draw() * of)), value()]));
  return {
    ...coldTastes('1', AS_OF),
    total_weight: 40,
    style: Object.fromEntries(Array.from({ length: 8 }, (_, dimension) => [dimension, draw() - 0.5])),
    category_weights: some(4, 12, 0, () => 10 * draw()),
    brand_weights: some(10, 180, 0, () => 5 * draw()),
    relative_price_mean: draw() - 0.5,
    relative_price_mean_bought: draw() - 0.5,
    recent_products: some(30, PRODUCTS, FIRST_ID, () => 3 * draw()),
    bought_products: some(20, PRODUCTS, FIRST_ID, () => Math.floor(300 * draw())),
  };
}

function topOf(scores: Float32Array): number[] {
  const best: number[] = [];
  scores.forEach((score, row) => {
    if (best.length === 5 && score <= (scores[best[4] as number] as number)) return;
    best.push(row);
    best.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    best.length = Math.min(best.length, 5);
  });
  return best;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
