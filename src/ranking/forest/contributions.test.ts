import { describe, expect, it } from 'vitest';
import { readExactModel } from '../../../test/support/forest-fixtures.ts';
import { createExplain, type Explain } from './contributions.ts';
import type { ForestParts } from './forest.ts';

function explainOf(parts: ForestParts): Explain {
  const explain = createExplain(parts);
  if (!explain) throw new Error('too large to explain');
  return explain;
}

/** One tree: a < 0 ? 1 : (a < 2 ? 3 : (b < 0 ? 5 : -7)); missing a goes right, missing b left. */
function smallForest(): ForestParts {
  return {
    objective: 'reg:squarederror',
    featureNames: [],
    featureCount: 3,
    baseMargin: 0.5,
    trees: [
      {
        nodeCount: 7,
        left: [1, -1, 3, -1, 5, -1, -1],
        right: [2, -1, 4, -1, 6, -1, -1],
        feature: [0, 0, 0, 0, 2, 0, 0],
        threshold: [0, 1, 2, 3, 0, 5, -7],
        defaultLeft: [0, 0, 0, 0, 1, 0, 0],
        cover: [8, 2, 6, 3, 3, 1, 2],
      },
    ],
  };
}

/** One tree that asks one feature after the other: the first one below 0 decides, by its place; none gives 100. */
function chain(count: number): ForestParts {
  const nodes = Array.from({ length: 2 * count + 1 }, (_, node) => node);
  const isInner = (node: number) => node % 2 === 0 && node < 2 * count;
  const tree = {
    nodeCount: nodes.length,
    left: nodes.map((node) => (isInner(node) ? node + 1 : -1)),
    right: nodes.map((node) => (isInner(node) ? node + 2 : -1)),
    feature: nodes.map((node) => (isInner(node) ? node / 2 : 0)),
    threshold: nodes.map((node) => (isInner(node) ? 0 : node === 2 * count ? 100 : (node - 1) / 2)),
    defaultLeft: nodes.map(() => 0),
    cover: nodes.map((node) => (isInner(node) ? count + 1 - node / 2 : 1)),
  };
  return { ...smallForest(), featureCount: count, trees: [tree] };
}

/** A full tree whose splits ask a few features again and again, with thresholds and weights out of a sine. */
function fullTree(depth: number, featureCount: number): ForestParts {
  const inner = 2 ** depth - 1;
  const nodes = Array.from({ length: 2 * inner + 1 }, (_, node) => node);
  const cover = nodes.map(() => 0);
  for (const node of nodes.toReversed()) {
    cover[node] = node < inner ? (cover[2 * node + 1] ?? 0) + (cover[2 * node + 2] ?? 0) : 2 + Math.sin(5 * node);
  }
  const tree = {
    nodeCount: nodes.length,
    left: nodes.map((node) => (node < inner ? 2 * node + 1 : -1)),
    right: nodes.map((node) => (node < inner ? 2 * node + 2 : -1)),
    feature: nodes.map((node) => (node * node + (node >> 1)) % featureCount),
    threshold: nodes.map((node) => Math.fround(3 * Math.sin(node + 1))),
    defaultLeft: nodes.map((node) => node % 2),
    cover,
  };
  return { ...smallForest(), featureCount, trees: [tree] };
}

/** What the tree gives a row of which only some features are known: the others go both ways, by the training rows. */
function expected(row: readonly number[], known: ReadonlySet<number>, { trees, baseMargin } = smallForest()): number {
  const [tree] = trees;
  if (!tree) return NaN;
  const walk = (node: number): number => {
    if (tree.left[node] === -1) return tree.threshold[node] ?? NaN;
    const [left = 0, right = 0, feature = 0] = [tree.left[node], tree.right[node], tree.feature[node]];
    const value = row[feature] ?? NaN;
    const goesLeft = Number.isNaN(value) ? tree.defaultLeft[node] === 1 : value < (tree.threshold[node] ?? NaN);
    if (known.has(feature)) return walk(goesLeft ? left : right);
    const cover = (child: number) => (tree.cover[child] ?? NaN) / (tree.cover[node] ?? NaN);
    return cover(left) * walk(left) + cover(right) * walk(right);
  };
  return baseMargin + walk(0);
}

function factorial(count: number): number {
  return count < 2 ? 1 : count * factorial(count - 1);
}

describe('createExplain', () => {
  it('averages over all orders in which features come to be known', () => {
    const explain = explainOf(smallForest());
    for (const row of [
      [-1, 9, 1],
      [1, NaN, -1],
      [5, 0, NaN],
      [NaN, 0, 3],
      [2, 0, 0],
      [Infinity, 0, -Infinity],
    ]) {
      const [none, a, b, both] = [[], [0], [2], [0, 2]].map((known) => expected(row, new Set(known))) as [
        number,
        number,
        number,
        number,
      ];
      const contributions = explain(row);
      expect(contributions[0]).toBeCloseTo((a - none + both - b) / 2, 12);
      expect(contributions[1]).toBe(0);
      expect(contributions[2]).toBeCloseTo((b - none + both - a) / 2, 12);
      expect(contributions[3]).toBeCloseTo(none, 12);
    }
  });

  it.each([
    [3, 2],
    [4, 9],
    [5, 3],
    [6, 5],
  ])('does so in a tree of %i levels that asks for %i features', (depth, featureCount) => {
    const forest = fullTree(depth, featureCount);
    const explain = explainOf(forest);
    const features = Array.from({ length: featureCount }, (_, feature) => feature);
    const sets = Array.from({ length: 2 ** featureCount }, (_, set) =>
      features.filter((feature) => (set >> feature) & 1),
    );
    for (let turn = 0; turn < 6; turn += 1) {
      const row = features.map((feature) =>
        turn % 3 === 2 && feature === turn % 2 ? NaN : 3 * Math.cos(7 * turn + feature),
      );
      const values = sets.map((known) => expected(row, new Set(known), forest));
      const contributions = explain(row);
      for (const feature of features) {
        let sum = 0;
        for (const [set, known] of sets.entries()) {
          if (known.includes(feature)) continue;
          const orders = factorial(known.length) * factorial(featureCount - 1 - known.length);
          sum += (orders * ((values[set | (1 << feature)] ?? NaN) - (values[set] ?? NaN))) / factorial(featureCount);
        }
        expect(contributions[feature]).toBeCloseTo(sum, 10);
      }
      expect(contributions[featureCount]).toBeCloseTo(values[0] ?? NaN, 10);
    }
  });

  it('is not made for trees that are too deep', () => {
    const nodes = Array.from({ length: 4001 }, (_, node) => node);
    const isInner = (node: number) => node % 2 === 0 && node < 4000;
    const tree = {
      nodeCount: nodes.length,
      left: nodes.map((node) => (isInner(node) ? node + 1 : -1)),
      right: nodes.map((node) => (isInner(node) ? node + 2 : -1)),
      feature: nodes.map(() => 0),
      threshold: nodes,
      defaultLeft: nodes.map(() => 0),
      cover: nodes.map(() => 1),
    };
    expect(createExplain({ ...smallForest(), trees: [tree] })).toBeNull();
  });

  it.each(['logistic', 'category-sets', 'dart'])('adds up to the margin (%s)', (name) => {
    const { forest, rows } = readExactModel(name);
    const explain = explainOf(forest.parts);
    const margins = new Float32Array(20);
    forest.predictMargins(rows, 20, margins);
    margins.forEach((margin, row) => {
      const own = explain(rows.subarray(row * forest.featureCount, (row + 1) * forest.featureCount));
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(margin, 5);
    });
  });

  it.each([4, 7, 12, 20])('adds up to the margin with %i features on a way, the first time and again', (count) => {
    const explain = explainOf(chain(count));
    for (let turn = 0; turn < 2; turn += 1) {
      for (let out = 0; out <= count; out += 1) {
        const row = Array.from({ length: count }, (_, feature) => (feature === out ? -1 : feature % 3 === 2 ? NaN : 1));
        const sum = explain(row).reduce((left, right) => left + right, 0);
        expect(sum).toBeCloseTo(out === count ? 0.5 + 100 : 0.5 + out, 9);
      }
    }
  });

  it('stays finite where the weights of training rows make no sense', () => {
    const { trees, ...rest } = smallForest();
    for (const cover of [
      [0, 0, 0, 0, 0, 0, 0],
      [1e-38, 3e38, 1e-38, 3e38, 3e38, -3e38, 3e38],
    ]) {
      const contributions = explainOf({ ...rest, trees: trees.map((tree) => ({ ...tree, cover })) })([1, 0, NaN]);
      expect(contributions.every((value) => Math.abs(value) < 100)).toBe(true);
    }
  });
});
