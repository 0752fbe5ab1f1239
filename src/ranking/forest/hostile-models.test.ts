import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { prepareForest } from './engine.ts';
import type { Forest } from './forest.ts';
import { parseForestFile } from './parse-forest.ts';

const FIXTURES = join(import.meta.dirname, '../../../models/fixtures/layouts');
const ROWS = 20;
/** Takes about three seconds on an idle core. */
const CASES = 2000;
const MILLISECONDS_MAX = 1000;
const MEGABYTES_MAX = 200;

type Json = Record<string, unknown>;
type Random = () => number;

interface Tree extends Json {
  readonly left_children: number[];
  readonly right_children: number[];
  readonly split_indices: number[];
  readonly split_conditions: unknown[];
  readonly default_left: unknown[];
}

const fixture = JSON.parse(readFileSync(join(FIXTURES, '3.2-logistic.json'), 'utf8')) as { model: Json };
const sound = JSON.stringify(fixture.model);

function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function cut(random: Random): Uint8Array {
  return Buffer.from(sound).subarray(0, Math.floor(random() * sound.length));
}

function flipped(random: Random): Uint8Array {
  const bytes = Buffer.from(sound);
  for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
    const place = Math.floor(random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bytes;
}

/** Damage that makes no sound model, whatever is drawn. */
const DAMAGES: readonly ((trees: Tree[], model: Json, random: Random) => void)[] = [
  // A cycle: the root's left child is the root.
  (trees, _, random) => (drawn(trees, random).left_children[0] = 0),
  // Two ways to one node.
  (trees, _, random) => {
    const tree = drawn(trees, random);
    tree.right_children[0] = tree.left_children[0] ?? 0;
  },
  (trees, _, random) => (drawn(trees, random).right_children[0] = Math.floor(1e3 + random() * 1e9)),
  (trees, _, random) => (drawn(trees, random).left_children[0] = -2 - Math.floor(random() * 1e9)),
  (trees, _, random) => (drawn(trees, random).left_children[0] = random() + 1),
  (trees, _, random) => (drawn(trees, random).split_indices[0] = Math.floor(4 + random() * 1e9)),
  (trees, _, random) => (drawn(trees, random).split_indices[0] = -1 - Math.floor(random() * 9)),
  (trees, _, random) => (drawn(trees, random).default_left[0] = 2 + Math.floor(random() * 9)),
  (trees, _, random) => (drawn(trees, random).split_conditions[0] = ['x', null, [], {}][Math.floor(random() * 4)]),
  (trees, _, random) => void drawn(trees, random).left_children.splice(Math.floor(random() * 3), 1),
  (_, model) => ((model['gbtree_model_param'] as Json)['num_trees'] = '1000000000'),
  (trees, _, random) => void trees.splice(Math.floor(random() * trees.length), 1),
  (trees, _, random) => (trees[Math.floor(random() * trees.length)] = null as never),
];

function drawn(trees: readonly Tree[], random: Random): Tree {
  return trees[Math.floor(random() * trees.length)] as Tree;
}

function damaged(random: Random): Uint8Array {
  const copy = structuredClone(fixture.model) as { learner: { gradient_booster: { model: Json } } };
  const { model } = copy.learner.gradient_booster;
  const damage = DAMAGES[Math.floor(random() * DAMAGES.length)];
  damage?.(model['trees'] as Tree[], model, random);
  return Buffer.from(JSON.stringify(copy));
}

/** The forest, or null when it was refused with a reason. Any other error is passed on. */
function read(bytes: Uint8Array): Forest | null {
  try {
    return parseForestFile(bytes);
  } catch (error) {
    if (!(error instanceof InvalidModelError || error instanceof UnsupportedModelError)) throw error;
    expect(error.message).not.toBe('');
    return null;
  }
}

/** A flipped digit leaves a sound model: it has to score as the reference scores it. */
async function expectToScore(forest: Forest, random: Random): Promise<void> {
  const { featureCount, parts } = forest;
  const rows = Float32Array.from({ length: ROWS * featureCount }, () => (random() < 0.1 ? NaN : random() * 4 - 2));
  const expected = new Float32Array(ROWS);
  forest.predictRows(rows, ROWS, expected);
  const valuesOf = (feature: number): number[] =>
    Array.from({ length: ROWS }, (_, row) => rows[row * featureCount + feature] as number);
  const kinds = Array.from({ length: featureCount }, () => ({ kind: 'product' as const }));
  const products = new Map(kinds.map((_, feature) => [feature, valuesOf(feature)]));
  let engine;
  try {
    engine = prepareForest(parts, kinds);
  } catch (error) {
    expect(error).toBeInstanceOf(UnsupportedModelError);
    return;
  }
  const snapshot = await engine.prepareSnapshot({ productCount: ROWS, products, keys: {}, axes: {}, similarity: [] });
  const scores = new Float32Array(ROWS);
  snapshot.score(kinds, null, scores);
  scores.forEach((score, row) => {
    const reference = expected[row] as number;
    expect(Math.abs(score - reference)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(reference)));
  });
}

async function worstOf(make: (random: Random) => Uint8Array, count: number): Promise<{ ms: number; refused: number }> {
  let [ms, refused] = [0, 0];
  for (let seed = 0; seed < count; seed += 1) {
    const random = createRandom(seed);
    const bytes = make(random);
    const start = performance.now();
    const forest = read(bytes);
    ms = Math.max(ms, performance.now() - start);
    if (forest) await expectToScore(forest, random);
    else refused += 1;
  }
  return { ms, refused };
}

describe('a damaged or hostile model file', () => {
  it('is refused with a reason or scores as the reference does, 2,000 times, within a second and 200 MB each', async () => {
    const before = process.memoryUsage().rss;
    const cuts = await worstOf(cut, CASES / 4);
    const damages = await worstOf(damaged, CASES / 2);
    const flips = await worstOf(flipped, CASES / 4);
    expect(cuts.refused).toBe(CASES / 4);
    expect(damages.refused).toBe(CASES / 2);
    expect(flips.refused).toBeGreaterThan(0);
    expect(Math.max(cuts.ms, damages.ms, flips.ms)).toBeLessThan(MILLISECONDS_MAX);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(MEGABYTES_MAX);
  }, 60_000);

  it('is refused by its size before it is read', () => {
    expect(() => parseForestFile(new Uint8Array(64 * 2 ** 20 + 1))).toThrow('more than 41943040');
  });

  it('is refused for its depth and does not exhaust the stack', () => {
    const length = 20_001;
    const inner = (node: number): boolean => node % 2 === 0 && node < length - 1;
    const list = (of: (node: number) => number): number[] => Array.from({ length }, (_, node) => of(node));
    const copy = structuredClone(fixture.model) as { learner: { gradient_booster: { model: { trees: Json[] } } } };
    const { trees } = copy.learner.gradient_booster.model;
    trees[0] = {
      ...trees[0],
      left_children: list((node) => (inner(node) ? node + 1 : -1)),
      right_children: list((node) => (inner(node) ? node + 2 : -1)),
      split_indices: list(() => 0),
      split_conditions: list(() => 0.5),
      default_left: list(() => 0),
      split_type: list(() => 0),
      sum_hessian: list(() => 1),
    };
    const forest = read(Buffer.from(JSON.stringify(copy)));
    expect(forest?.treeCount).toBe(4);
    expect(() =>
      prepareForest(
        forest?.parts as never,
        Array.from({ length: 4 }, () => ({ kind: 'customer' })),
      ),
    ).toThrow('10000 levels');
  });
});
