import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ForestFeature, ProductColumns, RequestColumn } from './columns.ts';
import { prepareForest } from './engine.ts';
import type { ForestParts } from './forest.ts';
import type { PreparedSnapshot } from './prepared-snapshot.ts';

const PRODUCTS = 1300;
const CATEGORIES = 7;
const SEED = 42;
const FEATURES: readonly ForestFeature[] = [
  { kind: 'product' },
  { kind: 'key', key: 'category' },
  { kind: 'axis', axis: 'price' },
  { kind: 'dense' },
];

/** Uniform from 0 to 1, the same sequence for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function someForest(random: () => number): ForestParts {
  return {
    objective: 'reg:squarederror',
    featureNames: [],
    featureCount: FEATURES.length,
    baseMargin: 0,
    trees: Array.from({ length: 40 }, () => {
      const feature = [0, 0, 0].map(() => Math.floor(random() * FEATURES.length));
      return {
        nodeCount: 7,
        left: [1, 3, 5, -1, -1, -1, -1],
        right: [2, 4, 6, -1, -1, -1, -1],
        feature: [...feature, 0, 0, 0, 0],
        threshold: [...feature.map(random), ...[0, 0, 0, 0].map(() => random() - 0.5)].map(Math.fround),
        defaultLeft: [1, 0, 1, 0, 0, 0, 0],
        cover: [4, 2, 2, 1, 1, 1, 1],
      };
    }),
  };
}

interface Region {
  readonly values: Float64Array;
  readonly categories: Uint16Array;
  readonly prices: Float64Array;
}

function someRegion(random: () => number): Region {
  return {
    values: Float64Array.from({ length: PRODUCTS }, random),
    categories: Uint16Array.from({ length: PRODUCTS }, () => Math.floor(random() * CATEGORIES)),
    // Prices repeat, and some are missing.
    prices: Float64Array.from({ length: PRODUCTS }, () => (random() < 0.1 ? NaN : Math.round(50 * random()) / 50)),
  };
}

function columnsOf({ values, categories, prices }: Region): ProductColumns {
  return {
    productCount: PRODUCTS,
    products: new Map([[0, values]]),
    keys: { category: categories },
    axes: { price: prices },
    similarity: [],
  };
}

function answersOf(snapshot: PreparedSnapshot): { scores: Float32Array; rows: readonly number[] } {
  const random = createRandom(5);
  const request: readonly RequestColumn[] = [
    { kind: 'product' },
    { kind: 'key', values: Array.from({ length: CATEGORIES + 30 }, random) },
    { kind: 'axis', valueOf: (price) => 0.9 - price },
    { kind: 'dense', values: Float64Array.from({ length: PRODUCTS }, random) },
  ];
  const scores = new Float32Array(PRODUCTS);
  snapshot.score(request, null, scores);
  return { scores, rows: snapshot.topK(request, null, { k: 20 }).rows };
}

interface Change {
  readonly row: number;
  readonly value: number | undefined;
  readonly category: number | undefined;
  readonly price: number | undefined;
}

/** What changed: the last laid out product too, which is repeated behind the end. */
const CHANGES: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    row: fc.oneof(fc.nat(PRODUCTS - 1), fc.constant(PRODUCTS - 1)),
    value: fc.option(fc.double({ min: -1, max: 2, noNaN: false }), { nil: undefined }),
    category: fc.option(fc.nat(CATEGORIES + 20), { nil: undefined }),
    price: fc.option(fc.oneof(fc.constantFrom(NaN, -0, 0, 0.5, Infinity), fc.double({ min: 0, max: 1 })), {
      nil: undefined,
    }),
  }),
  { maxLength: 12 },
);

function change({ values, categories, prices }: Region, changes: readonly Change[]): Region {
  const next = { values: values.slice(), categories: categories.slice(), prices: prices.slice() };
  for (const { row, value, category, price } of changes) {
    if (value !== undefined) next.values[row] = value;
    if (category !== undefined) next.categories[row] = category;
    if (price !== undefined) next.prices[row] = price;
  }
  return next;
}

describe('a snapshot of which a few products changed', { timeout: 60_000 }, () => {
  it('scores bit for bit as one that is laid out anew, change after change, and the one before as before', async () => {
    const random = createRandom(1);
    const engine = prepareForest(someForest(random), FEATURES);
    await fc.assert(
      fc.asyncProperty(fc.array(CHANGES, { minLength: 1, maxLength: 3 }), async (rounds) => {
        let region = someRegion(createRandom(2));
        let prepared = await engine.prepareSnapshot(columnsOf(region));
        for (const changes of rounds) {
          const before = answersOf(prepared);
          const next = change(region, changes);
          const patched = await engine.prepareSnapshot(columnsOf(next), prepared);
          expect(answersOf(patched)).toEqual(answersOf(await engine.prepareSnapshot(columnsOf(next))));
          expect(answersOf(prepared)).toEqual(before);
          [region, prepared] = [next, patched];
        }
      }),
      { numRuns: 60, seed: SEED },
    );
  });

  it('is patched while little changes and laid out anew when much does, all at once or bit by bit', async () => {
    const engine = prepareForest(someForest(createRandom(1)), FEATURES);
    const region = someRegion(createRandom(2));
    const first = await engine.prepareSnapshot(columnsOf(region));
    const withPrices = (rows: number): ProductColumns =>
      columnsOf({ ...region, prices: region.prices.map((price, row) => (row < rows ? 2 + row : price)) });
    expect(await engine.prepareSnapshot(withPrices(0), first)).toBe(first);
    const once = await engine.prepareSnapshot(withPrices(30), first);
    expect([first.patchedRows, once.patchedRows]).toEqual([0, 30]);
    expect((await engine.prepareSnapshot(withPrices(60), once)).patchedRows).toBe(60);
    expect((await engine.prepareSnapshot(withPrices(70), once)).patchedRows).toBe(0);
    expect((await engine.prepareSnapshot(withPrices(400), first)).patchedRows).toBe(0);
  });

  it('refuses codes out of range as a layout does', async () => {
    const engine = prepareForest(someForest(createRandom(1)), FEATURES);
    const region = someRegion(createRandom(2));
    const first = await engine.prepareSnapshot(columnsOf(region));
    const categories = Array.from(region.categories, (code, row) => (row === 3 ? 65_536 : code));
    const products = { ...columnsOf(region), keys: { category: categories } };
    await expect(engine.prepareSnapshot(products, first)).rejects.toThrow('65,535');
  });
});
