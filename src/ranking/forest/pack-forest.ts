import { UnsupportedModelError } from '../errors.ts';
import { createBinColumns, type BinColumns, type BinSplit } from './bin-columns.ts';
import type { ForestParts } from './forest.ts';
import { depthOf, leavesOf, type Tree } from './parse-tree.ts';

/** A forest as the kernel reads it: see kernel.ts for the three lists. */
export interface PackedForest {
  readonly bins: BinColumns;
  readonly treeCount: number;
  readonly counts: Uint16Array;
  readonly nodes: Uint8Array;
  readonly leaves: Uint32Array;
  /** Levels of the deepest tree. */
  readonly depth: number;
  /** A prediction before the sigmoid is `base + sum of leaves * step`. */
  readonly base: number;
  readonly step: number;
}

/** A node with both of its sides, or the number of steps that a leaf adds. */
type Branch = Split | number;

interface Split extends BinSplit {
  readonly left: Branch;
  readonly right: Branch;
  readonly leafCount: number;
}

const LEAVES_MAX = 256;
const DEPTH_MAX = 128;
/** A leaf is looked up as three bytes. */
const STEPS_MAX = 2 ** 24 - 1;
/** The most steps that a sum of leaves may have. */
export const SUM_MAX = 2 ** 32 - 1;
/** What rounding to steps may change in a sum, as a share of what the middle one of the trees decides. */
const ROUNDING_MAX = 1e-4;

/**
 * Turns values into bins and leaves into whole numbers of steps, so that a sum is the same in every order. A tree of more
 * than 256 leaves becomes several, each with some of the leaves and 0 in place of the others.
 * @throws UnsupportedModelError naming the limit that the model exceeds.
 */
export function packForest({ trees, featureCount, baseMargin }: ForestParts): PackedForest {
  const bins = createBinColumns(trees, featureCount);
  const lowest = trees.map((tree) => leavesOf(tree).reduce((least, leaf) => Math.min(least, leaf), Infinity));
  const ranges = trees.map(
    (tree, index) => leavesOf(tree).reduce((greatest, leaf) => Math.max(greatest, leaf), -Infinity) - at(lowest, index),
  );
  const step = stepOf(ranges);
  const depth = trees.reduce((deepest, tree) => Math.max(deepest, depthOf(tree)), 0);
  if (depth > DEPTH_MAX) throw new UnsupportedModelError(`a tree of ${depth} levels; the engine holds ${DEPTH_MAX}`);
  const branches = trees
    .map((tree, index) => toBranch(tree, 0, (leaf) => Math.round((leaf - at(lowest, index)) / step), bins))
    .flatMap((branch) => pieces(branch, LEAVES_MAX));
  return {
    bins,
    ...layOut(branches),
    depth,
    base: lowest.reduce((sum, leaf) => sum + leaf, baseMargin),
    step,
  };
}

/** The finest power of two in whose steps every leaf and every sum fits. */
function stepOf(ranges: readonly number[]): number {
  const widest = ranges.reduce((most, range) => Math.max(most, range), 0);
  const total = ranges.reduce((sum, range) => sum + range, 0);
  if (!Number.isFinite(total)) throw new UnsupportedModelError('a model with infinite leaf values');
  if (widest === 0) return 1;
  // Rounding may add half a step to each tree.
  const finest = Math.max(widest / STEPS_MAX, total / (SUM_MAX - ranges.length));
  const step = 2 ** Math.ceil(Math.log2(finest));
  const telling = ranges.filter((range) => range > 0).sort((a, b) => a - b);
  if (step * Math.sqrt(ranges.length) > ROUNDING_MAX * at(telling, telling.length >> 1)) {
    throw new UnsupportedModelError('leaf values that are too far apart to be summed exactly');
  }
  return step;
}

function toBranch(tree: Tree, node: number, toSteps: (leaf: number) => number, bins: BinColumns): Branch {
  if (tree.left[node] === -1) return toSteps(Math.fround(at(tree.threshold, node)));
  const split = bins.splitOf(tree, node);
  const left = toBranch(tree, at(tree.left, node), toSteps, bins);
  const right = toBranch(tree, at(tree.right, node), toSteps, bins);
  return join(split, left, right);
}

function join({ column, cut }: BinSplit, left: Branch, right: Branch): Split {
  return { column, cut, left, right, leafCount: leafCountOf(left) + leafCountOf(right) };
}

function leafCountOf(branch: Branch): number {
  return typeof branch === 'number' ? 1 : branch.leafCount;
}

/** Trees whose sum is the given one, none of more than `leavesMax` leaves. */
function pieces(branch: Branch, leavesMax: number): Branch[] {
  if (typeof branch === 'number' || branch.leafCount <= leavesMax) return [branch];
  return [
    ...pieces(branch.left, leavesMax - 1).map((piece) => join(branch, piece, 0)),
    ...pieces(branch.right, leavesMax - 1).map((piece) => join(branch, 0, piece)),
  ];
}

function layOut(branches: readonly Branch[]): Pick<PackedForest, 'treeCount' | 'counts' | 'nodes' | 'leaves'> {
  const counts = Uint16Array.from(branches, leafCountOf);
  const leafCount = counts.reduce((sum, count) => sum + count, 0);
  const nodes = new Uint8Array(4 * (leafCount - branches.length));
  const leaves = new Uint32Array(leafCount);
  let [node, leaf, firstLeaf] = [0, 0, 0];
  const place = (branch: Branch): void => {
    if (typeof branch === 'number') {
      leaves[leaf] = branch;
      leaf += 1;
      return;
    }
    nodes.set([branch.column, branch.cut, leaf - firstLeaf, leafCountOf(branch.left)], node);
    node += 4;
    place(branch.left);
    place(branch.right);
  };
  for (const branch of branches) {
    firstLeaf = leaf;
    place(branch);
  }
  return { treeCount: branches.length, counts, nodes, leaves };
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
