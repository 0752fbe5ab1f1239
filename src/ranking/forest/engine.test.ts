import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsupportedModelError } from '../errors.ts';
import type { ForestFeature, ProductColumns, RequestColumn } from './columns.ts';
import { prepareForest } from './engine.ts';
import { createForest, type ForestParts } from './forest.ts';
import type { Tree } from './parse-tree.ts';
import type { Blend } from './top-rows.ts';

type Random = () => number;

/** Everything about a region, a model and a customer, and the same values as rows for the reference. */
interface World {
  readonly parts: ForestParts;
  readonly features: readonly ForestFeature[];
  readonly products: ProductColumns;
  readonly request: readonly RequestColumn[];
  readonly rows: Float32Array;
}

const FEATURES: readonly ForestFeature[] = [
  { kind: 'customer' },
  { kind: 'product' },
  { kind: 'key', key: 'category' },
  { kind: 'axis', axis: 'price' },
  { kind: 'sparse' },
  { kind: 'dense' },
  { kind: 'product' },
  { kind: 'axis', axis: 'price' },
  { kind: 'customer' },
];
/** The same worlds on every run. */
const SEED = 42;
const CATEGORIES = 7;
const EDGES = [NaN, Infinity, -Infinity, -0, 0, 1e-45, -1e-45, 1.1754942e-38, 3.4028235e38];

function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

function createTree(random: Random, depth: number, thresholds: readonly (readonly number[])[]): Tree {
  const tree = {
    left: [] as number[],
    right: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    defaultLeft: [] as number[],
    cover: [] as number[],
  };
  const grow = (levels: number): number => {
    const node = tree.left.length;
    const feature = Math.floor(random() * thresholds.length);
    const isLeaf = levels === 0 || random() < 0.15;
    tree.feature.push(feature);
    tree.defaultLeft.push(Number(random() < 0.5));
    tree.cover.push(1);
    tree.threshold.push(isLeaf ? Math.fround(random() * 2 - 1) : pick(random, thresholds[feature] ?? []));
    tree.left.push(-1);
    tree.right.push(-1);
    if (isLeaf) return node;
    tree.left[node] = grow(levels - 1);
    tree.right[node] = grow(levels - 1);
    return node;
  };
  grow(depth);
  return { nodeCount: tree.left.length, ...tree };
}

function createParts(random: Random, treeCount: number, depth: number, thresholdCount: number): ForestParts {
  const thresholds = FEATURES.map(() => [
    -0,
    ...Array.from({ length: thresholdCount }, () => Math.fround((random() - 0.5) * pick(random, [1, 4, 1e-40]))),
  ]);
  return {
    objective: pick(random, ['binary:logistic', 'reg:squarederror']),
    featureNames: [],
    featureCount: FEATURES.length,
    baseMargin: Math.fround(random() - 0.5),
    trees: Array.from({ length: treeCount }, () => createTree(random, depth, thresholds)),
  };
}

function createWorld(
  seed: number,
  productCount: number,
  [treeCount, depth, thresholdCount]: [number, number, number],
): World {
  const random = createRandom(seed);
  const parts = createParts(random, treeCount, depth, thresholdCount);
  const thresholds = parts.trees.flatMap((tree) => Array.from(tree.threshold));
  const value = (): number => {
    const kind = random();
    if (kind < 0.1) return pick(random, EDGES);
    return kind < 0.4 ? pick(random, thresholds) : (random() - 0.5) * 4;
  };
  const values = (length: number): Float64Array => Float64Array.from({ length }, value);
  const codes = Uint16Array.from({ length: productCount }, () => Math.floor(random() * CATEGORIES));
  const prices = values(productCount);
  const products: ProductColumns = {
    productCount,
    products: new Map([
      [1, values(productCount)],
      [6, values(productCount)],
    ]),
    keys: { category: codes },
    axes: { price: prices },
    similarity: pick(random, [[], [prices], [codes, prices]]),
  };
  const usual = random();
  const dense = values(productCount);
  const touched = new Map(Array.from({ length: 5 }, () => [Math.floor(random() * productCount), value()]));
  const request: RequestColumn[] = [
    { kind: 'customer', value: value() },
    { kind: 'product' },
    { kind: 'key', values: values(CATEGORIES) },
    { kind: 'axis', valueOf: (price) => price - usual },
    { kind: 'sparse', otherwise: value(), values: touched },
    { kind: 'dense', values: dense },
    { kind: 'product' },
    { kind: 'axis', valueOf: pick(random, [(price: number) => Math.min(-price / usual, 0.5), () => NaN]) },
    { kind: 'customer', value: value() },
  ];
  return { parts, features: FEATURES, products, request, rows: toRows(products, request) };
}

/** The matrix that the reference evaluator reads. */
function toRows(
  { productCount, products, keys, axes }: ProductColumns,
  request: readonly RequestColumn[],
): Float32Array {
  const rows = new Float32Array(productCount * FEATURES.length);
  request.forEach((column, feature) => {
    const kind = FEATURES[feature];
    const touched = new Map(column.kind === 'sparse' ? column.values : []);
    for (let row = 0; row < productCount; row += 1) {
      let value = NaN;
      if (column.kind === 'customer') value = column.value;
      if (column.kind === 'product') value = products.get(feature)?.[row] ?? NaN;
      if (column.kind === 'key' && kind?.kind === 'key') value = column.values[keys[kind.key]?.[row] ?? -1] ?? NaN;
      if (column.kind === 'axis' && kind?.kind === 'axis') value = column.valueOf(axes[kind.axis]?.[row] ?? NaN);
      if (column.kind === 'sparse') value = touched.get(row) ?? column.otherwise;
      if (column.kind === 'dense') value = column.values[row] ?? NaN;
      rows[row * FEATURES.length + feature] = value;
    }
  });
  return rows;
}

async function scoreWith(
  kernel: 'simd' | 'plain',
  { parts, features, products, request }: World,
): Promise<Float32Array> {
  const snapshot = await prepareForest(parts, features, { kernel }).prepareSnapshot(products);
  const scores = new Float32Array(products.productCount);
  snapshot.score(request, null, scores);
  return scores;
}

function judge({ parts, products, rows }: World): Float32Array {
  const scores = new Float32Array(products.productCount);
  createForest(parts).predictRows(rows, products.productCount, scores);
  return scores;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] as number))), 0);
}

const SHAPES: fc.Arbitrary<[number, number, number]> = fc.constantFrom<[number, number, number]>(
  [1, 0, 1],
  [3, 2, 3],
  [20, 5, 12],
  [10, 8, 40],
  // More thresholds than a byte tells apart, and trees of more than 256 leaves.
  [4, 11, 400],
);
const WORLDS = fc
  .tuple(fc.integer(), fc.constantFrom(1, 2, 63, 64, 65, 511, 512, 513, 1300), SHAPES)
  .map((arguments_) => createWorld(...arguments_));

describe('prepareForest', { timeout: 60_000 }, () => {
  it('scores as the reference evaluator does: missing, infinite, denormal and threshold values included', async () => {
    await fc.assert(
      fc.asyncProperty(WORLDS, async (world) => {
        expect(largestDifference(await scoreWith('simd', world), judge(world))).toBeLessThanOrEqual(2e-6);
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  it('gives the same bits with SIMD and without', async () => {
    await fc.assert(
      fc.asyncProperty(WORLDS, async (world) => {
        expect(await scoreWith('plain', world)).toEqual(await scoreWith('simd', world));
      }),
      { numRuns: 60, seed: SEED },
    );
  });

  it('scores rows in the order they are asked for, and nothing else', async () => {
    const world = createWorld(11, 1300, [20, 5, 12]);
    const { parts, features, products, request } = world;
    const all = await scoreWith('simd', world);
    const snapshot = await prepareForest(parts, features).prepareSnapshot(products);
    const output = new Float32Array(4).fill(-7);
    snapshot.score(request, [1299, 0, 700], output);
    expect([...output]).toEqual([all[1299], all[0], all[700], -7]);
  });

  it('scores a request alike whatever was scored before', async () => {
    const world = createWorld(12, 700, [20, 5, 12]);
    const other = createWorld(13, 700, [20, 5, 12]);
    const snapshot = await prepareForest(world.parts, world.features).prepareSnapshot(world.products);
    const [first, second] = [new Float32Array(700), new Float32Array(700)];
    snapshot.score(world.request, null, first);
    snapshot.score(other.request, null, second);
    expect(second).not.toEqual(first);
    snapshot.score(world.request, null, second);
    expect(second).toEqual(first);
  });

  it('ranks as sorting everything does, blended or not, for any rows and length', async () => {
    await fc.assert(
      fc.asyncProperty(WORLDS, fc.integer(), fc.constantFrom(0, 1, 5, 40, 2000), async (world, seed, k) => {
        const random = createRandom(seed);
        const { parts, features, products, request } = world;
        const { category = [] } = products.keys;
        const share = pick(random, [0, 0.1, 1]);
        const rows = Array.from({ length: products.productCount }, (_, row) => row).filter(() => random() <= share);
        const values = Float64Array.from({ length: CATEGORIES }, random);
        const blend: Blend | undefined = pick(random, [
          undefined,
          { weight: pick(random, [0, 0.3, 1]), key: 'category', values },
        ]);
        const scores = await scoreWith('simd', world);
        const scoreOf = (row: number): number => {
          const model = scores[row] as number;
          if (blend === undefined || blend.weight === 0) return model;
          return (1 - blend.weight) * model + blend.weight * (values[category[row] as number] as number);
        };
        const expected = rows.toSorted((a, b) => scoreOf(b) - scoreOf(a) || a - b).slice(0, k);

        const snapshot = await prepareForest(parts, features).prepareSnapshot(products);
        const best = snapshot.topK(request, rows, { k, blend });
        const plain = await prepareForest(parts, features, { kernel: 'plain' }).prepareSnapshot(products);
        // What was scored too: both kernels have the same bounds.
        expect(plain.topK(request, rows, { k, blend })).toEqual(best);
        expect(best.rows).toEqual(expected);
        expect(best.scores).toEqual(expected.map(scoreOf));
        expect(best.predictions).toEqual(expected.map((row) => scores[row]));
        expect(best.blocksOpened).toBeLessThanOrEqual(best.blocksWithCandidates);
        expect(best.groupsScored).toBeLessThanOrEqual(best.groupsWithCandidates);
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  it('refuses what the engine cannot hold, by name', () => {
    const base = createParts(createRandom(1), 2, 3, 3);
    const chain = (length: number): Tree => ({
      nodeCount: 2 * length + 1,
      left: Array.from({ length: 2 * length + 1 }, (_, node) => (node % 2 === 0 && node < 2 * length ? node + 1 : -1)),
      right: Array.from({ length: 2 * length + 1 }, (_, node) => (node % 2 === 0 && node < 2 * length ? node + 2 : -1)),
      feature: Array.from({ length: 2 * length + 1 }, () => 0),
      threshold: Array.from({ length: 2 * length + 1 }, (_, node) => node),
      defaultLeft: Array.from({ length: 2 * length + 1 }, () => 1),
      cover: Array.from({ length: 2 * length + 1 }, () => 1),
    });
    const leaf = (value: number): Tree => ({
      nodeCount: 3,
      left: [1, -1, -1],
      right: [2, -1, -1],
      feature: [0, 0, 0],
      threshold: [0, 0, value],
      defaultLeft: [0, 0, 0],
      cover: [2, 1, 1],
    });
    const refused = (trees: readonly Tree[]) => () => prepareForest({ ...base, trees }, FEATURES);
    expect(refused([chain(129)])).toThrow('129 levels');
    expect(refused([leaf(1e39)])).toThrow('infinite leaf');
    expect(refused([leaf(1), leaf(1), leaf(1), leaf(1e9)])).toThrow('too far apart');
    expect(refused([leaf(1e39)])).toThrow(UnsupportedModelError);
    const many: ForestParts = {
      ...base,
      featureCount: 300,
      trees: Array.from({ length: 300 }, (_, feature) => ({ ...leaf(1), feature: [feature, 0, 0] })),
    };
    expect(() =>
      prepareForest(
        many,
        Array.from({ length: 300 }, () => ({ kind: 'customer' })),
      ),
    ).toThrow('300 columns');
    expect(refused([chain(128)])).not.toThrow();
  });

  it('refuses products and requests that do not fit the features', async () => {
    const { parts, products, request } = createWorld(5, 10, [3, 2, 3]);
    const engine = prepareForest(parts, FEATURES);
    expect(() => prepareForest(parts, FEATURES.slice(1))).toThrow(RangeError);
    await expect(engine.prepareSnapshot({ ...products, products: new Map() })).rejects.toThrow('feature 1');
    await expect(engine.prepareSnapshot({ ...products, keys: { category: Array(10).fill(65_536) } })).rejects.toThrow(
      '65536',
    );
    await expect(engine.prepareSnapshot({ ...products, axes: { price: [1] } })).rejects.toThrow('feature 3');
    const snapshot = await engine.prepareSnapshot(products);
    const output = new Float32Array(10);
    expect(() => snapshot.score(request.slice(1), null, output)).toThrow('feature 0 is customer');
    expect(() => snapshot.score(request, [10], output)).toThrow('row 10 of 10');
    expect(() => snapshot.score(request, null, new Float32Array(9))).toThrow(RangeError);
    expect(() => snapshot.topK(request, null, { k: 1, blend: { weight: 1, key: 'brand', values: [] } })).toThrow(
      'brand',
    );
  });

  it('scores no product of an empty snapshot', async () => {
    const { parts, features, products, request } = createWorld(5, 0, [3, 2, 3]);
    const snapshot = await prepareForest(parts, features).prepareSnapshot(products);
    snapshot.score(request, null, new Float32Array(0));
    expect(snapshot.topK(request, null, { k: 3 }).rows).toEqual([]);
  });
});
