import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import type { JsonFields } from '../json-fields.ts';
import type { CategoricalSplits } from './categories.ts';
import { parseCategories } from './parse-categories.ts';

/**
 * One regression tree in XGBoost's own arrays. Node 0 is the root; a leaf has left -1 and its value as threshold. The
 * thresholds of categorical splits mean nothing.
 */
export interface Tree {
  readonly nodeCount: number;
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  /** 1 where a missing value goes left. */
  readonly defaultLeft: ArrayLike<number>;
  /** Weight of the training rows that came to a node. */
  readonly cover: ArrayLike<number>;
  /** Absent when every split is on a threshold. */
  readonly categories?: CategoricalSplits | undefined;
}

/**
 * Reads one element of `trees` with its leaves times `weight`. Guarantees that every walk from the root ends at a leaf and
 * reads existing columns only.
 * @throws InvalidModelError, UnsupportedModelError
 */
export function parseTree(fields: JsonFields, featureCount: number, weight: number): Tree {
  const leafSize = fields.object('tree_param').count('size_leaf_vector');
  if (leafSize > 1) throw new UnsupportedModelError(`leaves with ${String(leafSize)} values (multi-output trees)`);
  const left = fields.integers('left_children');
  const nodeCount = left.length;
  if (nodeCount === 0) throw new InvalidModelError(`${fields.path} has no node`);
  const categories = parseCategories(fields, nodeCount);
  const lists = {
    left,
    right: fields.integers('right_children'),
    feature: fields.integers('split_indices'),
    threshold: fields.floats('split_conditions', (node) => left[node] === -1 || !categories?.has(node)),
    defaultLeft: fields.integers('default_left'),
    cover: fields.floats('sum_hessian'),
  };
  for (const [name, { length }] of Object.entries(lists)) {
    if (length !== nodeCount) {
      throw new InvalidModelError(`${fields.path}: ${name} has ${String(length)} of ${String(nodeCount)} nodes`);
    }
  }
  const tree = { nodeCount, ...lists, categories };
  checkWalks(tree, featureCount, fields.path);
  lists.threshold.forEach((leaf, node, values) => {
    if (left[node] === -1) values[node] = leaf * weight;
  });
  return tree;
}

/** Steps from the root to the deepest leaf. */
export function depthOf({ nodeCount, left, right }: Tree): number {
  const open = new Int32Array(nodeCount);
  // All nodes of a level stand side by side: the next level is written behind them.
  let [start, end, depth] = [0, 1, -1];
  for (; start < end; depth += 1) {
    const levelEnd = end;
    for (; start < levelEnd; start += 1) {
      const node = open[start] as number;
      if (left[node] === -1) continue;
      open[end] = left[node] as number;
      open[end + 1] = right[node] as number;
      end += 2;
    }
  }
  return depth;
}

/** The values of the leaves, by node. */
export function leavesOf({ nodeCount, left, threshold }: Tree): Float32Array {
  const leaves = new Float32Array(nodeCount);
  let count = 0;
  for (let node = 0; node < nodeCount; node += 1) {
    if (left[node] === -1) leaves[count++] = threshold[node] as number;
  }
  return leaves.subarray(0, count);
}

function checkWalks(tree: Tree, featureCount: number, path: string): void {
  const visited = new Uint8Array(tree.nodeCount);
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node < 0 || node >= tree.nodeCount || visited[node] === 1) {
      throw new InvalidModelError(`${path}: node ${String(node)} does not exist or is reached twice`);
    }
    visited[node] = 1;
    if (tree.left[node] === -1) continue;
    const feature = tree.feature[node] as number;
    if (feature < 0 || feature >= featureCount) {
      throw new InvalidModelError(
        `${path}: node ${String(node)} splits on feature ${String(feature)} of ${String(featureCount)}`,
      );
    }
    const defaultLeft = tree.defaultLeft[node];
    if (defaultLeft !== 0 && defaultLeft !== 1) {
      throw new InvalidModelError(`${path}: default_left of node ${String(node)} is ${String(defaultLeft)}`);
    }
    open.push(tree.left[node] as number, tree.right[node] as number);
  }
}
