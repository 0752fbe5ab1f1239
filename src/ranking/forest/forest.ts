import { isAmong } from './categories.ts';
import { depthOf, type Tree } from './parse-tree.ts';

/** What XGBoost was told to learn; decides how a margin becomes a prediction. */
export type Objective = 'binary:logistic' | 'reg:squarederror' | 'rank:pairwise' | 'rank:ndcg';

/** A boosted forest that computes what XGBoost's own `predict` computes, in float32. */
export interface Forest {
  readonly objective: Objective;
  /** Names of the columns in order; empty when the model was trained without names. */
  readonly featureNames: readonly string[];
  readonly featureCount: number;
  readonly treeCount: number;
  /** What it was made of: what `prepareForest` takes. */
  readonly parts: ForestParts;
  /**
   * Predicts the first `rowCount` rows of a row-major matrix of `featureCount` columns; NaN is a missing value. Writes
   * probabilities for binary:logistic and margins for every other objective to `output`.
   */
  predictRows(rows: Float32Array, rowCount: number, output: Float32Array): void;
  /** As `predictRows`, before the sigmoid. */
  predictMargins(rows: Float32Array, rowCount: number, output: Float32Array): void;
}

/** What a forest is made of, validated. */
export interface ForestParts {
  readonly objective: Objective;
  readonly featureNames: readonly string[];
  readonly featureCount: number;
  /** What a sum of leaves starts from, after the objective's link function. */
  readonly baseMargin: number;
  readonly trees: readonly Tree[];
}

/**
 * All nodes of all trees side by side. A node's children stand at 2 * node (not less, or missing) and 2 * node + 1
 * (less). A leaf is its own child and has its value as threshold, so that a walk may go on past its end.
 */
interface FlatTrees {
  readonly roots: Int32Array;
  /** Steps from the root to the deepest leaf, by tree. */
  readonly depths: Int32Array;
  readonly features: Int32Array;
  readonly thresholds: Float32Array;
  readonly children: Int32Array;
  /** 1 where a missing value goes the way of a lesser one. */
  readonly defaultsLeft: Uint8Array;
}

interface ScoringJob {
  readonly rows: Float32Array;
  readonly featureCount: number;
  readonly rowCount: number;
  readonly output: Float32Array;
}

/** Lays the trees out in flat arrays and returns the evaluator over them. */
export function createForest(parts: ForestParts): Forest {
  const { objective, featureNames, featureCount, baseMargin, trees } = parts;
  const flat = flatten(trees);

  function predictMargins(rows: Float32Array, rowCount: number, output: Float32Array): void {
    if (rows.length < rowCount * featureCount || output.length < rowCount) {
      throw new RangeError(`${String(rowCount)} rows of ${String(featureCount)} features do not fit the given arrays`);
    }
    output.fill(baseMargin, 0, rowCount);
    const job = { rows, featureCount, rowCount, output };
    trees.forEach((tree, index) => {
      if (tree.categories) addCategoricalTree(tree, job);
      else addTree(flat, index, job);
    });
  }

  function predictRows(rows: Float32Array, rowCount: number, output: Float32Array): void {
    predictMargins(rows, rowCount, output);
    if (objective !== 'binary:logistic') return;
    for (let row = 0; row < rowCount; row += 1) output[row] = 1 / (1 + Math.exp(-(output[row] as number)));
  }

  return { objective, featureNames, featureCount, treeCount: trees.length, parts, predictRows, predictMargins };
}

// The output is the accumulator: a store into a Float32Array rounds, so that sums are rounded after every tree as
// XGBoost's are. Four rows walk side by side without branches: each step waits for memory, and four waits overlap.
function addTree(flat: FlatTrees, tree: number, { rows, featureCount, rowCount, output }: ScoringJob): void {
  const { features, thresholds } = flat;
  const root = flat.roots[tree] as number;
  const depth = flat.depths[tree] as number;
  let row = 0;
  for (let start = 0; row + 4 <= rowCount; row += 4, start += 4 * featureCount) {
    let [a, b, c, d] = [root, root, root, root];
    for (let step = 0; step < depth; step += 1) {
      a = next(flat, a, rows[start + (features[a] as number)] as number);
      b = next(flat, b, rows[start + featureCount + (features[b] as number)] as number);
      c = next(flat, c, rows[start + 2 * featureCount + (features[c] as number)] as number);
      d = next(flat, d, rows[start + 3 * featureCount + (features[d] as number)] as number);
    }
    output[row] = (output[row] as number) + (thresholds[a] as number);
    output[row + 1] = (output[row + 1] as number) + (thresholds[b] as number);
    output[row + 2] = (output[row + 2] as number) + (thresholds[c] as number);
    output[row + 3] = (output[row + 3] as number) + (thresholds[d] as number);
  }
  for (; row < rowCount; row += 1) {
    let node = root;
    for (let step = 0; step < depth; step += 1) {
      node = next(flat, node, rows[row * featureCount + (features[node] as number)] as number);
    }
    output[row] = (output[row] as number) + (thresholds[node] as number);
  }
}

function addCategoricalTree(tree: Tree, { rows, featureCount, rowCount, output }: ScoringJob): void {
  for (let row = 0; row < rowCount; row += 1) {
    let node = 0;
    while (tree.left[node] !== -1) {
      const value = rows[row * featureCount + (tree.feature[node] as number)] as number;
      node = (goesLeft(tree, node, value) ? tree.left[node] : tree.right[node]) as number;
    }
    output[row] = (output[row] as number) + (tree.threshold[node] as number);
  }
}

function goesLeft({ categories, threshold, defaultLeft }: Tree, node: number, value: number): boolean {
  if (Number.isNaN(value)) return defaultLeft[node] === 1;
  const goRight = categories?.get(node);
  return goRight ? !isAmong(goRight, value) : value < (threshold[node] as number);
}

function next({ thresholds, children, defaultsLeft }: FlatTrees, node: number, value: number): number {
  const isLess = Number(value < (thresholds[node] as number));
  const isMissing = Number(Number.isNaN(value));
  return children[2 * node + (isLess | (isMissing & (defaultsLeft[node] as number)))] as number;
}

function flatten(trees: readonly Tree[]): FlatTrees {
  const nodeCount = trees.reduce((sum, tree) => sum + tree.nodeCount, 0);
  const flat: FlatTrees = {
    roots: new Int32Array(trees.length),
    depths: Int32Array.from(trees, depthOf),
    features: new Int32Array(nodeCount),
    thresholds: new Float32Array(nodeCount),
    children: new Int32Array(2 * nodeCount),
    defaultsLeft: new Uint8Array(nodeCount),
  };
  let offset = 0;
  trees.forEach((tree, index) => {
    flat.roots[index] = offset;
    for (let node = 0; node < tree.nodeCount; node += 1) placeNode(flat, offset, tree, node);
    offset += tree.nodeCount;
  });
  return flat;
}

function placeNode(flat: FlatTrees, offset: number, tree: Tree, node: number): void {
  const place = offset + node;
  const isLeaf = tree.left[node] === -1;
  flat.thresholds[place] = tree.threshold[node] as number;
  flat.features[place] = isLeaf ? 0 : (tree.feature[node] as number);
  flat.defaultsLeft[place] = isLeaf ? 0 : (tree.defaultLeft[node] as number);
  flat.children[2 * place] = isLeaf ? place : offset + (tree.right[node] as number);
  flat.children[2 * place + 1] = isLeaf ? place : offset + (tree.left[node] as number);
}
