import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { invalid, JsonFields } from '../json-fields.ts';
import { createForest, type Forest, type Objective } from './forest.ts';
import { parseTrees } from './parse-booster.ts';
import { parseJson } from './parse-json.ts';
import { leavesOf, type Tree } from './parse-tree.ts';
import { looksLikeUbjson, parseUbjson } from './parse-ubjson.ts';

const OBJECTIVES: readonly Objective[] = ['binary:logistic', 'reg:squarederror', 'rank:pairwise', 'rank:ndcg'];
const VERSION_MIN = [1, 7] as const;
const VERSION_MAJOR_MAX = 3;

const FILE_BYTES_MAX = 40 * 2 ** 20;
const FEATURES_MAX = 65_536;
/** The greatest float32. */
const MARGIN_MAX = (2 - 2 ** -23) * 2 ** 127;

/**
 * Reads the bytes of a model file, JSON or UBJSON, as `parseForest` reads what is in it. Whatever the bytes are, it takes
 * less than a second and 200 MB.
 * @throws InvalidModelError also when the file is neither or larger than 40 MB, before it is read.
 * @throws UnsupportedModelError as `parseForest` does.
 */
export function parseForestFile(bytes: Uint8Array): Forest {
  if (bytes.length > FILE_BYTES_MAX) {
    throw new InvalidModelError(`the file has ${String(bytes.length)} bytes, more than ${String(FILE_BYTES_MAX)}`);
  }
  return parseForest(looksLikeUbjson(bytes) ? parseUbjson(bytes) : parseJson(bytes));
}

/**
 * Reads a model of one output that XGBoost 1.7 to 3.x saved, as JSON.parse or `parseUbjson` gives it: boosted trees or
 * forests, also with dropout (DART), with splits on thresholds and categories. When the model carries `best_iteration`, the
 * rounds after it are left out. Values of a categorical feature are its codes in the training data.
 * @throws InvalidModelError naming the field when the file is not such a model.
 * @throws UnsupportedModelError naming what is not supported when it is a sound model of another kind.
 * @internal The gateway has bytes; tests and benchmarks have what is in them.
 */
export function parseForest(json: unknown): Forest {
  const file = new JsonFields(json, '');
  checkVersion(file);
  const learner = file.object('learner');
  const parameters = learner.object('learner_model_param');
  refuseSeveralOutputs(parameters);
  const objective = parseObjective(learner.object('objective').string('name'));
  const featureCount = parameters.count('num_feature');
  if (featureCount > FEATURES_MAX) throw new UnsupportedModelError(`a model of ${String(featureCount)} features`);
  const trees = parseTrees(learner, featureCount);
  const baseMargin = parseBaseMargin(parameters, objective);
  refuseInfiniteMargins(trees, baseMargin);
  const featureNames = parseFeatureNames(learner, featureCount);
  return createForest({ objective, featureNames, featureCount, baseMargin, trees });
}

function checkVersion(file: JsonFields): void {
  const [major = 0, minor = 0] = file.integers('version');
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

function refuseInfiniteMargins(trees: readonly Tree[], baseMargin: number): void {
  const most = trees.reduce((sum, tree) => {
    return sum + leavesOf(tree).reduce((greatest, leaf) => Math.max(greatest, Math.abs(leaf)), 0);
  }, Math.abs(baseMargin));
  if (!(most < MARGIN_MAX)) throw new UnsupportedModelError('leaf values whose sum may be infinite');
}

function parseFeatureNames(learner: JsonFields, featureCount: number): readonly string[] {
  const names = learner.has('feature_names') ? learner.strings('feature_names') : [];
  if (names.length !== 0 && names.length !== featureCount) {
    throw new InvalidModelError(`learner.feature_names has ${String(names.length)} of ${String(featureCount)} names`);
  }
  return names;
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
