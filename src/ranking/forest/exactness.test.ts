import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EXACT_MODELS, largestDifference, readExactModel } from '../../../test/support/forest-fixtures.ts';
import type { ForestFeature, RequestColumn } from './columns.ts';
import { createExplain } from './contributions.ts';
import { prepareForest, type ForestEngine } from './engine.ts';
import type { ForestParts } from './forest.ts';
import type { Tree } from './parse-tree.ts';

const TOLERANCE = 1e-6;
const CONTRIBUTION_TOLERANCE = 1e-5;
const ROWS = 10_000;

/** Every third feature is computed by the request, the others lie with the products. */
function kindsOf({ featureCount }: ForestParts): ForestFeature[] {
  return Array.from({ length: featureCount }, (_, feature) => ({ kind: feature % 3 === 0 ? 'dense' : 'product' }));
}

async function scoreBy(
  engine: ForestEngine,
  kinds: readonly ForestFeature[],
  rows: Float32Array,
): Promise<Float32Array> {
  const width = kinds.length;
  const columns = kinds.map((_, feature) =>
    Float32Array.from({ length: ROWS }, (_, row) => rows[row * width + feature] ?? 0),
  );
  const prepared = await engine.prepareSnapshot({
    productCount: ROWS,
    products: new Map(columns.entries()),
    keys: {},
    axes: {},
    similarity: columns.slice(0, 1),
  });
  const request = kinds.map(({ kind }, feature): RequestColumn =>
    kind === 'dense' ? { kind, values: columns[feature] ?? [] } : { kind: 'product' },
  );
  const output = new Float32Array(ROWS);
  prepared.score(request, null, output);
  return output;
}

/** The leaf that a row comes to, found as XGBoost describes it and by nothing that is tested. */
function leafOf({ left, right, feature, threshold, defaultLeft, categories }: Tree, row: Float32Array): number {
  let node = 0;
  while (left[node] !== -1) {
    const value = row[feature[node] as number] as number;
    const goRight = categories?.get(node);
    const isLeft = goRight ? !goRight.has(Math.floor(value) + 0) : value < (threshold[node] as number);
    node = ((Number.isNaN(value) ? defaultLeft[node] === 1 : isLeft) ? left[node] : right[node]) as number;
  }
  return threshold[node] as number;
}

it('has a model of every kind that is read', () => {
  expect(EXACT_MODELS.toSorted()).toEqual([
    'best-iteration',
    'boosted-forest',
    'category-sets',
    'dart',
    'dart-best-iteration',
    'dart-category-sets',
    'logistic',
    'one-hot',
    'rank-ndcg',
    'rank-pairwise',
    'squared-error',
  ]);
});

describe.each(EXACT_MODELS)('10,000 rows of thresholds, infinities, denormals and missing values, %s', (name) => {
  const { forest, rows, predictions, contributions, rowsSum } = readExactModel(name);
  const { parts, featureCount } = forest;
  const kinds = kindsOf(parts);

  it('are those that XGBoost predicted', () => {
    expect(predictions.length).toBe(ROWS);
    expect(createHash('sha256').update(new Uint8Array(rows.buffer)).digest('hex')).toBe(rowsSum);
    const count = (is: (value: number) => boolean) => rows.filter(is).length / rows.length;
    expect(count(Number.isNaN)).toBeGreaterThan(0.14);
    expect(count((value) => Math.abs(value) === Infinity)).toBeGreaterThan(0.015);
    expect(count((value) => value !== 0 && Math.abs(value) < 2 ** -126)).toBeGreaterThan(0.02);
    expect(count((value) => Object.is(value, -0))).toBeGreaterThan(0.007);
    // Else a constant would do.
    expect(Math.max(...predictions) - Math.min(...predictions)).toBeGreaterThan(0.5);
  });

  it('are scored as XGBoost does to 1e-6, by the reference evaluator and by both kernels, which agree bit for bit', async () => {
    const reference = new Float32Array(ROWS);
    forest.predictRows(rows, ROWS, reference);
    expect(largestDifference(reference, predictions)).toBeLessThanOrEqual(TOLERANCE);
    const simd = await scoreBy(prepareForest(parts, kinds, { kernel: 'simd' }), kinds, rows);
    expect(largestDifference(simd, predictions)).toBeLessThanOrEqual(TOLERANCE);
    const plain = await scoreBy(prepareForest(parts, kinds, { kernel: 'plain' }), kinds, rows);
    expect(new Uint32Array(plain.buffer)).toEqual(new Uint32Array(simd.buffer));
  });

  it('have margins as near to the exact sums of their leaves as the engine says', async () => {
    const engine = prepareForest({ ...parts, objective: 'reg:squarederror' }, kinds);
    const margins = await scoreBy(engine, kinds, rows);
    let [worst, bound] = [0, 0];
    margins.forEach((margin, place) => {
      const row = rows.subarray(place * featureCount, (place + 1) * featureCount);
      const exact = parts.trees.reduce((sum, tree) => sum + leafOf(tree, row), parts.baseMargin);
      worst = Math.max(worst, Math.abs(margin - exact) - Math.abs(exact) * 2 ** -24);
      bound = engine.marginErrorMax;
    });
    expect(worst).toBeLessThanOrEqual(bound);
    // The bound is of use: it is not far above what happens.
    expect(bound).toBeLessThan(2e-6);
  });

  it('are explained as pred_contribs does to 1e-5', () => {
    const explain = createExplain(parts);
    const width = featureCount + 1;
    expect(contributions.length).toBe(128 * width);
    // Twice, because the second time what the first one kept is used.
    for (let index = 0; index < 2 * 128; index += 1) {
      const row = index % 128;
      const own = explain?.(rows.subarray(row * featureCount, (row + 1) * featureCount)) ?? [];
      const expected = contributions.subarray(row * width, (row + 1) * width);
      expect(largestDifference(own, expected)).toBeLessThanOrEqual(CONTRIBUTION_TOLERANCE);
    }
  });
});
