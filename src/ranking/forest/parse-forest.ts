import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { invalid, JsonFields } from '../json-fields.ts';
import { createForest, type Forest, type Objective } from './forest.ts';
import { parseTree, type Tree } from './parse-tree.ts';

const OBJECTIVES: readonly Objective[] = ['binary:logistic', 'reg:squarederror', 'rank:pairwise', 'rank:ndcg'];
const VERSION_MIN = [1, 7] as const;
const VERSION_MAJOR_MAX = 3;

const FILE_BYTES_MAX = 64 * 2 ** 20;

/**
 * Reads the bytes of a model file as `parseForest` reads its JSON.
 * @throws InvalidModelError also when the file is no JSON or larger than 64 MB, before it is read.
 * @internal The gateway reads files in src/clients/model-folder.ts; this is the package's own door.
 */
export function parseForestFile(bytes: Uint8Array): Forest {
  if (bytes.length > FILE_BYTES_MAX) {
    throw new InvalidModelError(`the file has ${String(bytes.length)} bytes, more than ${String(FILE_BYTES_MAX)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidModelError('the file is no JSON: it is cut off, damaged or of another format', { cause: error });
  }
  return parseForest(json);
}

/**
 * Reads a model that XGBoost 1.7 to 3.x saved as JSON: one output, numeric splits, a single tree per round. When the
 * model carries `best_iteration`, the trees after it are left out.
 * @throws InvalidModelError naming the field when the file is not such a model.
 * @throws UnsupportedModelError naming what is not supported when it is a sound model of another kind.
 */
export function parseForest(json: unknown): Forest {
  const file = new JsonFields(json, '');
  checkVersion(file);
  const learner = file.object('learner');
  const parameters = learner.object('learner_model_param');
  refuseSeveralOutputs(parameters);
  const objective = parseObjective(learner.object('objective').string('name'));
  const featureCount = parameters.count('num_feature');
  const trees = parseTrees(learner, featureCount);
  return createForest({
    objective,
    featureNames: parseFeatureNames(learner, featureCount),
    featureCount,
    baseMargin: parseBaseMargin(parameters, objective),
    trees,
  });
}

function checkVersion(file: JsonFields): void {
  const [major = 0, minor = 0] = file.numbers('version');
  const isTooOld = major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1]);
  if (isTooOld || major > VERSION_MAJOR_MAX) {
    throw new UnsupportedModelError(`a model of XGBoost ${String(major)}.${String(minor)}`);
  }
}

function refuseSeveralOutputs(parameters: JsonFields): void {
  const classCount = parameters.has('num_class') ? parameters.count('num_class') : 0;
  if (classCount > 1) throw new UnsupportedModelError(`a multi-class model (${String(classCount)} classes)`);
  const targetCount = parameters.has('num_target') ? parameters.count('num_target') : 1;
  if (targetCount > 1) throw new UnsupportedModelError(`a multi-output model (${String(targetCount)} targets)`);
}

function parseObjective(name: string): Objective {
  const objective = OBJECTIVES.find((supported) => supported === name);
  if (!objective) throw new UnsupportedModelError(`objective ${name}`);
  return objective;
}

function parseFeatureNames(learner: JsonFields, featureCount: number): readonly string[] {
  const names = learner.has('feature_names') ? learner.strings('feature_names') : [];
  if (names.length !== 0 && names.length !== featureCount) {
    throw new InvalidModelError(`learner.feature_names has ${String(names.length)} of ${String(featureCount)} names`);
  }
  return names;
}

function parseTrees(learner: JsonFields, featureCount: number): Tree[] {
  const booster = learner.object('gradient_booster');
  const boosterName = booster.string('name');
  if (boosterName !== 'gbtree') throw new UnsupportedModelError(`booster ${boosterName}`);
  const model = booster.object('model');
  const parameters = model.object('gbtree_model_param');
  // XGBoost 1.7 wrote 0 for models whose training never set it.
  const parallelTrees = parameters.has('num_parallel_tree') ? parameters.count('num_parallel_tree') : 1;
  if (parallelTrees > 1) {
    throw new UnsupportedModelError(`a boosted random forest (num_parallel_tree ${String(parallelTrees)})`);
  }
  if (model.numbers('tree_info').some((group) => group !== 0)) throw new UnsupportedModelError('a multi-class model');

  const trees = model.array('trees');
  if (trees.length !== parameters.count('num_trees') || trees.length === 0) {
    throw new InvalidModelError(`${model.pathOf('trees')} holds ${String(trees.length)} trees, not num_trees`);
  }
  return trees
    .slice(0, treesInUse(learner, trees.length))
    .map((tree, index) => parseTree(new JsonFields(tree, `${model.pathOf('trees')}[${String(index)}]`), featureCount));
}

function treesInUse(learner: JsonFields, treeCount: number): number {
  const attributes = learner.has('attributes') ? learner.object('attributes') : undefined;
  if (!attributes?.has('best_iteration')) return treeCount;
  const bestIteration = attributes.count('best_iteration');
  if (bestIteration >= treeCount) {
    throw new InvalidModelError(
      `${attributes.pathOf('best_iteration')} is ${String(bestIteration)}, but there are ${String(treeCount)} trees`,
    );
  }
  return bestIteration + 1;
}

function parseBaseMargin(parameters: JsonFields, objective: Objective): number {
  const raw = parameters.raw('base_score');
  const path = parameters.pathOf('base_score');
  const text = typeof raw === 'number' ? String(raw) : raw;
  if (typeof text !== 'string') throw invalid(path, 'a number', raw);
  // Since XGBoost 3.1 it is a list with one element per output, still written as text.
  const parts = text.replace(/^\[(.*)\]$/, '$1').split(',');
  if (parts.length > 1) throw new UnsupportedModelError(`a multi-output model (${String(parts.length)} base scores)`);
  const baseScore = Math.fround(Number(parts[0]));
  if (parts[0]?.trim() === '' || !Number.isFinite(baseScore)) throw invalid(path, 'a number', raw);
  if (objective !== 'binary:logistic') return baseScore;
  if (baseScore <= 0 || baseScore >= 1) throw invalid(path, 'between 0 and 1', raw);
  return Math.fround(-Math.log(Math.fround(Math.fround(1 / baseScore) - 1)));
}
