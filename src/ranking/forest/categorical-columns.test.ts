import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../../../test/support/forest-fixtures.ts';
import { Random as Numbers } from '../../jobs/demo-data/random.ts';
import { UnsupportedModelError } from '../errors.ts';
import type { ForestFeature, ProductColumns, RequestColumn } from './columns.ts';
import { prepareForest } from './engine.ts';
import { createForest, type ForestParts } from './forest.ts';
import type { Tree } from './parse-tree.ts';

type Random = () => number;

const FEATURES: readonly ForestFeature[] = [
  { kind: 'customer' },
  { kind: 'product' },
  { kind: 'key', key: 'color' },
  { kind: 'axis', axis: 'size' },
  { kind: 'sparse' },
  { kind: 'dense' },
];
const CATEGORIES = 10;
const PRODUCTS = 1100;
const VALUES = [
  NaN,
  -Infinity,
  -1,
  -0.5,
  -0,
  0.5,
  3.99,
  Infinity,
  2 ** 24,
  ...Array.from({ length: 12 }, (_, code) => code),
];

/** A tree in which most splits are on categories. */
function createTree(random: Random, depth: number): Tree {
  const tree = { left: [] as number[], right: [] as number[], feature: [] as number[], threshold: [] as number[] };
  const categories = new Map<number, ReadonlySet<number>>();
  const grow = (levels: number): number => {
    const node = tree.left.push(-1) - 1;
    tree.right.push(-1);
    tree.feature.push(Math.floor(random() * FEATURES.length));
    tree.threshold.push(Math.fround(levels === 0 ? random() - 0.5 : random() * CATEGORIES));
    if (levels === 0) return node;
    if (random() < 0.7) {
      const share = random();
      const all = Array.from({ length: CATEGORIES }, (_, code) => code);
      categories.set(node, new Set(all.filter(() => random() < share)));
    }
    tree.left[node] = grow(levels - 1);
    tree.right[node] = grow(levels - 1);
    return node;
  };
  grow(depth);
  const defaultLeft = tree.left.map(() => Number(random() < 0.5));
  return { nodeCount: tree.left.length, ...tree, defaultLeft, cover: tree.left.map(() => 1), categories };
}

function partsOf(trees: readonly Tree[]): ForestParts {
  return { objective: 'reg:squarederror', featureNames: [], featureCount: FEATURES.length, baseMargin: 0.25, trees };
}

interface World {
  readonly parts: ForestParts;
  readonly products: ProductColumns;
  readonly request: readonly RequestColumn[];
  /** The same values as the reference reads them. */
  readonly rows: Float32Array;
}

function createWorld(seed: number): World {
  const numbers = new Numbers(seed, 'categories');
  const random = (): number => numbers.uniform();
  const value = (): number => VALUES[Math.floor(random() * VALUES.length)] as number;
  const column = (): number[] => Array.from({ length: PRODUCTS }, value);
  const [own, sizes, dense, byColor] = [column(), column(), column(), Array.from({ length: 5 }, value)];
  const colors = Array.from({ length: PRODUCTS }, () => Math.floor(random() * 5));
  const touched = new Map(Array.from({ length: 9 }, () => [Math.floor(random() * PRODUCTS), value()]));
  const [customer, otherwise, shift] = [value(), value(), Math.floor(random() * 4)];
  const rows = Float32Array.from({ length: PRODUCTS * FEATURES.length }, (_, cell) => {
    const row = Math.floor(cell / FEATURES.length);
    return [
      customer,
      own[row],
      byColor[colors[row] ?? 0],
      (sizes[row] ?? 0) - shift,
      touched.get(row) ?? otherwise,
      dense[row],
    ][cell % FEATURES.length] as number;
  });
  return {
    parts: partsOf(Array.from({ length: 12 }, () => createTree(random, 4))),
    products: {
      productCount: PRODUCTS,
      products: new Map([[1, own]]),
      keys: { color: colors },
      axes: { size: sizes },
      // Else every block has every value, and no range tells anything.
      similarity: [sizes],
    },
    request: [
      { kind: 'customer', value: customer },
      { kind: 'product' },
      { kind: 'key', values: byColor },
      { kind: 'axis', valueOf: (size) => size - shift },
      { kind: 'sparse', otherwise, values: touched },
      { kind: 'dense', values: dense },
    ],
    rows,
  };
}

describe('categorical splits in the engine', () => {
  it('score in columns of every kind as in the reference evaluator, alike in both kernels, and rank the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { parts, products, request, rows } = createWorld(seed);
        const expected = new Float32Array(PRODUCTS);
        createForest(parts).predictRows(rows, PRODUCTS, expected);
        const [simd, plain] = [new Float32Array(PRODUCTS), new Float32Array(PRODUCTS)];
        const snapshot = await prepareForest(parts, FEATURES, { kernel: 'simd' }).prepareSnapshot(products);
        snapshot.score(request, null, simd);
        (await prepareForest(parts, FEATURES, { kernel: 'plain' }).prepareSnapshot(products)).score(
          request,
          null,
          plain,
        );
        expect(largestDifference(simd, expected)).toBeLessThanOrEqual(2e-6);
        expect(plain).toEqual(simd);
        const order = [...simd.keys()].sort((a, b) => (simd[b] ?? 0) - (simd[a] ?? 0) || a - b);
        expect(snapshot.topK(request, null, { k: 7 }).rows).toEqual(order.slice(0, 7));
      }),
      { numRuns: 15, seed: 42 },
    );
  });

  it('share a column where their sets hold each other, missing values among them', () => {
    const split = (categories: readonly number[], defaultLeft: number): Tree => ({
      nodeCount: 3,
      left: [1, -1, -1],
      right: [2, -1, -1],
      feature: [0, 0, 0],
      threshold: [0, 1, 2],
      defaultLeft: [defaultLeft, 0, 0],
      cover: [2, 1, 1],
      categories: new Map([[0, new Set(categories)]]),
    });
    const columnsOf = (...trees: readonly Tree[]): number => prepareForest(partsOf(trees), FEATURES).columnCount;
    expect(columnsOf(split([3, 5], 1), split([3], 1), split([3, 5], 0), split([3, 5], 1))).toBe(1);
    expect(columnsOf(split([3], 1), split([5], 1), split([3, 5], 1))).toBe(2);
    const disjoint = Array.from({ length: 256 }, (_, code) => split([code], 1));
    expect(columnsOf(...disjoint.slice(1))).toBe(255);
    expect(() => columnsOf(...disjoint)).toThrow(UnsupportedModelError);
    expect(() => columnsOf(...disjoint)).toThrow('categorical splits of more than 255 columns');
  });
});
