/**
 * `node bench/forest/demo.ts`: the top 5 of 200,000 products by the shipped ranking model, by bounds and by scoring all
 * of them. Products and customers are drawn by a seeded generator: the demo data has fewer products.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFeatureContext, FEATURES, type FeatureContext, type FeatureKind } from '../../src/ranking/features.ts';
import type { ForestFeature, RequestColumn } from '../../src/ranking/forest/columns.ts';
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

const KINDS: Readonly<Record<FeatureKind, ForestFeature>> = {
  customer: { kind: 'customer' },
  product: { kind: 'product' },
  category: { kind: 'key', key: 'category' },
  brand: { kind: 'key', key: 'brand' },
  // Of this model all features of kind price are gaps of the relative price.
  price: { kind: 'axis', axis: 'relativePrice' },
  pair: { kind: 'sparse' },
  dense: { kind: 'dense' },
};

const random = createRandom(1);
const snapshot = createRegion(random);
const { parts } = parseForest(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../models/ranking/1/model.json'), 'utf8')),
);
const engine = prepareForest(
  parts,
  parts.featureNames.map((name) => KINDS[FEATURES.get(name)?.kind ?? 'dense']),
);
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
  const prepared = await engine.prepareSnapshot({
    productCount: snapshot.productCount,
    products: new Map(
      parts.featureNames.flatMap((feature, index) => {
        const values = valuesOf(feature, customers[0] as FeatureContext);
        return FEATURES.get(feature)?.kind === 'product' ? [[index, values] as const] : [];
      }),
    ),
    keys: { category: snapshot.categoryCodes, brand: snapshot.brandCodes },
    axes: { relativePrice: snapshot.relativePrices },
    similarity,
  });
  const output = new Float32Array(PRODUCTS);
  const [all, top]: [number[], number[]] = [[], []];
  let blocks = 0;
  for (const context of customers) {
    const request = toRequest(context);
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

function toRequest(context: FeatureContext): RequestColumn[] {
  const { tastes } = context;
  const usual: Readonly<Record<string, number>> = {
    relative_price_gap: tastes.relative_price_mean,
    relative_price_gap_bought: tastes.relative_price_mean_bought,
  };
  const tables: Readonly<Record<string, Float64Array>> = {
    category_share: context.categoryShares,
    category_lift: context.categoryLifts,
    brand_share: context.brandShares,
    brand_lift: context.brandLifts,
  };
  return parts.featureNames.map((name): RequestColumn => {
    const feature = FEATURES.get(name);
    if (!feature) throw new Error(name);
    const { kind } = KINDS[feature.kind];
    if (kind === 'product') return { kind };
    if (kind === 'key') return { kind, values: tables[name] ?? [] };
    if (kind === 'axis') return { kind, valueOf: (value) => value - (usual[name] ?? NaN) };
    if (kind === 'dense') return { kind, valueOf: feature.prepare(context) };
    if (kind === 'customer') return { kind, value: feature.prepare(context)(0) };
    const isRecent = name === 'recent_weight';
    const values = Object.entries(isRecent ? tastes.recent_products : tastes.bought_products);
    return {
      kind,
      otherwise: isRecent ? 0 : 999,
      values: values.map(([id, value]) => [snapshot.rowOf(id) as number, value]),
    };
  });
}

function valuesOf(feature: string, context: FeatureContext): Float64Array {
  const read = FEATURES.get(feature)?.prepare(context) ?? (() => NaN);
  return Float64Array.from({ length: PRODUCTS }, (_, row) => read(row));
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
  }));
  return createSnapshot('X', rows, [], AS_OF);
}

function createTastes(draw: Random): CustomerTastesRow {
  const some = (count: number, of: number, first: number, value: () => number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, () => [String(first + Math.floor(draw() * of)), value()]));
  return {
    ...coldTastes('1', AS_OF),
    total_weight: 40,
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
