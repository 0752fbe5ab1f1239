import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import type { JsonFields } from '../json-fields.ts';

/** One regression tree in XGBoost's own arrays. Node 0 is the root; a leaf has left -1 and its value as threshold. */
export interface Tree {
  readonly nodeCount: number;
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  /** 1 where a missing value goes left. */
  readonly defaultLeft: readonly number[];
  /** Weight of the training rows that came to a node. */
  readonly cover: readonly number[];
}

/**
 * Reads one element of `trees`. Guarantees that every walk from the root ends at a leaf and reads existing columns only.
 * @throws InvalidModelError, UnsupportedModelError
 */
export function parseTree(fields: JsonFields, featureCount: number): Tree {
  refuseUnsupported(fields);
  const left = fields.numbers('left_children');
  const tree = {
    nodeCount: left.length,
    left,
    right: fields.numbers('right_children'),
    feature: fields.numbers('split_indices'),
    threshold: fields.numbers('split_conditions'),
    defaultLeft: fields.numbers('default_left'),
    cover: fields.numbers('sum_hessian'),
  };
  if (tree.nodeCount === 0) throw new InvalidModelError(`${fields.path} has no node`);
  for (const [name, list] of Object.entries(tree)) {
    if (typeof list !== 'number' && list.length !== tree.nodeCount) {
      throw new InvalidModelError(
        `${fields.path}: ${name} has ${String(list.length)} of ${String(tree.nodeCount)} nodes`,
      );
    }
  }
  checkWalks(tree, featureCount, fields.path);
  return tree;
}

/** Steps from the root to the deepest leaf. */
export function depthOf(tree: Tree): number {
  let depth = -1;
  for (let level = [0]; level.length > 0; depth += 1) {
    const inner = level.filter((node) => tree.left[node] !== -1);
    level = inner.flatMap((node) => [tree.left[node] as number, tree.right[node] as number]);
  }
  return depth;
}

function refuseUnsupported(fields: JsonFields): void {
  const leafSize = fields.object('tree_param').count('size_leaf_vector');
  if (leafSize > 1) throw new UnsupportedModelError(`leaves with ${String(leafSize)} values (multi-output trees)`);
  const hasCategories = fields.has('categories') && fields.array('categories').length > 0;
  const hasCategoricalSplit = fields.has('split_type') && fields.numbers('split_type').some((type) => type !== 0);
  if (hasCategories || hasCategoricalSplit) throw new UnsupportedModelError('categorical splits');
}

function checkWalks(tree: Tree, featureCount: number, path: string): void {
  const visited = new Uint8Array(tree.nodeCount);
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!Number.isInteger(node) || node < 0 || node >= tree.nodeCount || visited[node] === 1) {
      throw new InvalidModelError(`${path}: node ${String(node)} does not exist or is reached twice`);
    }
    visited[node] = 1;
    if (tree.left[node] === -1) continue;
    const feature = tree.feature[node] as number;
    if (!Number.isInteger(feature) || feature < 0 || feature >= featureCount) {
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
