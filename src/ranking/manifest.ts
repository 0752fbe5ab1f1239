import { InvalidModelError, UnsupportedModelError } from './errors.ts';
import { FEATURES, type Feature, type FeatureKind } from './features.ts';
import { forestFeaturesOf } from './feature-columns.ts';
import { createExplain } from './forest/contributions.ts';
import { prepareForest, type ForestEngine } from './forest/engine.ts';
import type { Forest } from './forest/forest.ts';
import { invalid, JsonFields } from './json-fields.ts';
import { createEmbeddedScorer } from './model-scorer.ts';
import type { Ranker } from './rank.ts';
import type { ReasonTemplate } from './reason-templates.ts';

/** What stands beside a model file and says how to use it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** XGBoost's name of the objective. */
  readonly objective: string;
  /** The columns of the model in order. */
  readonly features: readonly ManifestFeature[];
  /** The column of a model service's answer that holds the probability. */
  readonly outputColumn: string;
  /** What was measured on the test moment, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of the exported rows that the model was trained on, hexadecimal. */
  readonly trainingDataHash: string;
  /** Tools and settings that made it, for people. */
  readonly createdFrom: string;
}

/** A column of the model. */
export interface ManifestFeature {
  readonly name: string;
  readonly kind: FeatureKind;
}

/** What Snowflake model serving calls the probability of class 1 of an XGBClassifier. */
const OUTPUT_COLUMN = 'output_feature_1';

/**
 * Reads a manifest.
 * @throws InvalidModelError naming the field, UnsupportedModelError naming a feature that is not known.
 */
export function parseManifest(json: unknown): Manifest {
  const fields = new JsonFields(json, '');
  const metrics = fields.object('metrics');
  return {
    name: fields.string('name'),
    version: fields.string('version'),
    objective: fields.string('objective'),
    features: parseFeatures(fields),
    outputColumn: fields.has('outputColumn') ? fields.string('outputColumn') : OUTPUT_COLUMN,
    metrics: Object.fromEntries(metrics.names().map((name) => [name, metrics.number(name)])),
    trainingDataHash: fields.string('trainingDataHash'),
    createdFrom: fields.string('createdFrom'),
  };
}

/**
 * Joins a manifest with its forest, which scores in this process, and the templates of its reasons.
 * @throws InvalidModelError when the two do not belong together.
 * @throws UnsupportedModelError when the objective gives no probability.
 */
export function createRanker(manifest: Manifest, forest: Forest, reasonTemplates: readonly ReasonTemplate[]): Ranker {
  if (manifest.objective !== forest.objective) {
    throw new InvalidModelError(`objective is ${manifest.objective} in the manifest, ${forest.objective} in the model`);
  }
  if (forest.objective !== 'binary:logistic') {
    throw new UnsupportedModelError(`ranking by ${forest.objective}; scores must be probabilities (binary:logistic)`);
  }
  checkColumns(manifest, forest);
  const features = manifest.features.map(({ name }) => knownFeature(name));
  const { engine, refusal } = engineOf(forest, features);
  return {
    name: manifest.name,
    version: manifest.version,
    columns: manifest.features.map(({ name }) => name),
    features,
    outputColumn: manifest.outputColumn,
    forest,
    engine,
    engineRefusal: refusal,
    explain: createExplain(forest.parts),
    reasonTemplates,
    scorers: [createEmbeddedScorer(features, forest)],
  };
}

function engineOf(
  { parts }: Forest,
  features: readonly Feature[],
): { engine: ForestEngine | null; refusal: string | null } {
  try {
    return { engine: prepareForest(parts, forestFeaturesOf(features)), refusal: null };
  } catch (error) {
    if (!(error instanceof UnsupportedModelError)) throw error;
    return { engine: null, refusal: error.message };
  }
}

function parseFeatures(fields: JsonFields): ManifestFeature[] {
  const list = fields.array('features');
  if (list.length === 0) throw new InvalidModelError('features is empty');
  const features = list.map((item, index) => {
    const feature = new JsonFields(item, `features[${String(index)}]`);
    const name = feature.string('name');
    const { kind } = knownFeature(name);
    if (feature.string('kind') !== kind) throw invalid(feature.pathOf('kind'), `"${kind}"`, feature.raw('kind'));
    return { name, kind };
  });
  const names = features.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new InvalidModelError(`features names ${repeated} twice`);
  return features;
}

function knownFeature(name: string): Feature {
  const feature = FEATURES.get(name);
  if (!feature) throw new UnsupportedModelError(`feature ${name}`);
  return feature;
}

function checkColumns(manifest: Manifest, forest: Forest): void {
  const names = manifest.features.map(({ name }) => name);
  if (names.length !== forest.featureCount) {
    throw new InvalidModelError(
      `features lists ${String(names.length)} columns, the model has ${String(forest.featureCount)}`,
    );
  }
  forest.featureNames.forEach((name, column) => {
    if (names[column] !== name) {
      throw new InvalidModelError(`features[${String(column)}] is ${String(names[column])}, but ${name} in the model`);
    }
  });
}
