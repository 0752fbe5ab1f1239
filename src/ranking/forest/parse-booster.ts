import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { JsonFields } from '../json-fields.ts';
import { checkSets } from './parse-categories.ts';
import { parseTree, type Tree } from './parse-tree.ts';

/**
 * Reads the trees of a `learner` that count, in order: all of them, or those up to its `best_iteration`. Those of a DART
 * booster have their weights in their leaves.
 * @throws InvalidModelError naming the field when it is not what XGBoost writes.
 * @throws UnsupportedModelError naming another kind of booster.
 */
export function parseTrees(learner: JsonFields, featureCount: number): Tree[] {
  const booster = learner.object('gradient_booster');
  const name = booster.string('name');
  if (name !== 'gbtree' && name !== 'dart') throw new UnsupportedModelError(`booster ${name}`);
  const model = (name === 'dart' ? booster.object('gbtree') : booster).object('model');
  if (model.integers('tree_info').some((group) => group !== 0)) throw new UnsupportedModelError('a multi-class model');

  const parameters = model.object('gbtree_model_param');
  const trees = model.array('trees');
  if (trees.length !== parameters.count('num_trees') || trees.length === 0) {
    throw new InvalidModelError(`${model.pathOf('trees')} holds ${String(trees.length)} trees, not num_trees`);
  }
  const weights = name === 'dart' ? parseWeights(booster, trees.length) : undefined;
  let [setCount, categoryCount] = [0, 0];
  return trees.slice(0, treesInUse(learner, parameters, trees.length)).map((json, index) => {
    const fields = new JsonFields(json, `${model.pathOf('trees')}[${String(index)}]`);
    const tree = parseTree(fields, featureCount, weights?.[index] ?? 1);
    for (const categories of tree.categories?.values() ?? []) {
      setCount += 1;
      categoryCount += categories.size;
    }
    checkSets(setCount, categoryCount);
    return tree;
  });
}

function parseWeights(booster: JsonFields, treeCount: number): Float32Array {
  const weights = booster.floats('weight_drop');
  if (weights.length === treeCount) return weights;
  throw new InvalidModelError(
    `${booster.pathOf('weight_drop')} has ${String(weights.length)} of ${String(treeCount)} trees`,
  );
}

function treesInUse(learner: JsonFields, parameters: JsonFields, treeCount: number): number {
  const attributes = learner.has('attributes') ? learner.object('attributes') : undefined;
  if (!attributes?.has('best_iteration')) return treeCount;
  const bestIteration = attributes.count('best_iteration');
  // XGBoost 1.7 wrote 0 for models whose training never set it.
  const parallelTrees = parameters.has('num_parallel_tree') ? Math.max(parameters.count('num_parallel_tree'), 1) : 1;
  if ((bestIteration + 1) * parallelTrees > treeCount) {
    throw new InvalidModelError(
      `${attributes.pathOf('best_iteration')} is ${String(bestIteration)}, but there are ${String(treeCount)} trees`,
    );
  }
  return (bestIteration + 1) * parallelTrees;
}
