import { describe, expect, it } from 'vitest';
import { prepareForest } from './engine.ts';
import type { ForestParts } from './forest.ts';

const PRODUCTS = 20_000;
const TREES = 60;

/** Uniform from 0 to 1, the same sequence for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Trees of one node: each adds a little where one of three features is above a threshold. */
function additiveForest(random: () => number): ForestParts {
  return {
    objective: 'binary:logistic',
    featureNames: [],
    featureCount: 3,
    baseMargin: -3,
    trees: Array.from({ length: TREES }, (_, tree) => ({
      nodeCount: 3,
      left: [1, -1, -1],
      right: [2, -1, -1],
      feature: [tree % 3, 0, 0],
      threshold: [random(), 0, 0.05 + 0.1 * random()].map(Math.fround),
      defaultLeft: [1, 0, 0],
      cover: [2, 1, 1],
    })),
  };
}

describe.each(['simd', 'plain'] as const)('bounds with the %s kernel', (kernel) => {
  it('leave all but a few groups of products unscored where products differ in what the trees ask', async () => {
    const random = createRandom(3);
    const engine = prepareForest(
      additiveForest(random),
      [{ kind: 'product' }, { kind: 'product' }, { kind: 'dense' }],
      {
        kernel,
      },
    );
    const column = () => Float64Array.from({ length: PRODUCTS }, random);
    const common = column();
    const snapshot = await engine.prepareSnapshot({
      productCount: PRODUCTS,
      products: new Map([
        [0, column()],
        [1, column()],
        [2, common],
      ]),
      keys: {},
      axes: {},
      similarity: [],
    });
    const request = [
      { kind: 'product' },
      { kind: 'product' },
      { kind: 'dense', values: common.map((value) => value + 0.05 * random()) },
    ] as const;
    const scores = new Float32Array(PRODUCTS);
    snapshot.score(request, null, scores);
    const best = snapshot.topK(request, null, { k: 5 });
    const sorted = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
    expect(best.rows).toEqual(sorted.slice(0, 5));
    expect(best.groupsWithCandidates).toBe(Math.ceil(PRODUCTS / 64));
    expect(best.groupsScored).toBeLessThan(20);
    expect(best.blocksOpened).toBeLessThan(best.blocksWithCandidates / 2);
  });
});
