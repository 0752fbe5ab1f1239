import { basename, dirname, resolve } from 'node:path';
import { readModelFolder } from '../clients/model-folder.ts';
import { OperatorError } from '../errors.ts';
import { createCategoryModel, type CategoryModel } from '../ranking/category-model.ts';
import { parseFactorization, type Factorization } from '../ranking/factorization.ts';
import type { Forest } from '../ranking/forest/forest.ts';
import { parseForestFile } from '../ranking/forest/parse-forest.ts';
import { parseJson } from '../ranking/forest/parse-json.ts';
import { JsonFields } from '../ranking/json-fields.ts';
import { createRanker, parseManifest, type Manifest } from '../ranking/manifest.ts';
import type { Ranker } from '../ranking/rank.ts';
import { parseReasonTemplates } from '../ranking/reason-templates.ts';

/** A ranking model, ready to score in this process, and what stands beside it. */
export interface LoadedModel {
  readonly manifest: Manifest;
  readonly ranker: Ranker;
}

/**
 * Reads and checks a ranking model in a folder `<name>/<version>`: the sums of its files, every field of its manifest, its
 * forest and its reasons, and that all of them belong together.
 * @throws OperatorError with the reason when anything of it cannot be used.
 */
export function loadModel(folder: string): LoadedModel {
  return loadFrom(folder, rankingModelOf);
}

/**
 * Reads and checks a factorization of ratings in a folder `<name>/<version>`.
 * @throws OperatorError with the reason when anything of it cannot be used.
 */
export function loadFactorization(folder: string): Factorization {
  return loadFrom(folder, factorizationOf, RATINGS_ADVICE);
}

/**
 * Reads and checks a propensity model in a folder `<name>/<version>`.
 * @throws OperatorError with the reason when anything of it cannot be used.
 */
export function loadCategoryModel(folder: string): CategoryModel {
  return loadFrom(folder, (files) => createCategoryModel(jobModelOf(files)));
}

/** What a folder holds, after the same checks. @throws OperatorError as the functions above. */
export function describeModel(folder: string): { readonly manifest: unknown; readonly summary: string } {
  return loadFrom(folder, (files) => ({ manifest: jsonOf(files, 'manifest.json'), summary: summaryOf(files) }));
}

type Files = ReadonlyMap<string, Uint8Array>;

/** Factors are long lists of numbers. */
const JSON_WEIGHT_MAX = 8_000_000;
/** XGBoost's two formats: a version has its forest in one of them. */
const FOREST_FILES = ['model.json', 'model.ubj'];

const RANKING_ADVICE =
  'Restore it, choose another one with `snowgate models use`, or mend MODEL_FOLDER and RANKING_MODEL.';
const RATINGS_ADVICE =
  'Restore it, train it anew with `npm run models:ratings`, or mend MODEL_FOLDER and RATINGS_MODEL.';

function loadFrom<Model>(folder: string, read: (files: Files) => Model, advice = RANKING_ADVICE): Model {
  const files = readModelFolder(folder);
  try {
    checkPlace(new JsonFields(jsonOf(files, 'manifest.json'), ''), folder);
    return read(files);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`The model in ${folder} cannot be used: ${reason.replace(/\.$/, '')}. ${advice}`, {
      cause,
    });
  }
}

/** Answers name the manifest's version: a copy under another name would make them lie. */
function checkPlace(manifest: JsonFields, folder: string): void {
  const [name, version] = [manifest.string('name'), manifest.string('version')];
  const path = resolve(folder);
  if (basename(path) === version && basename(dirname(path)) === name) return;
  throw new Error(`its manifest says ${name}@${version}, which is not where it is`);
}

function rankingModelOf(files: Files): LoadedModel {
  const manifest = parseManifest(jsonOf(files, 'manifest.json'));
  const templates = parseReasonTemplates(jsonOf(files, 'reasons.json'));
  return { manifest, ranker: createRanker(manifest, forestOf(files), templates) };
}

/** Without words for its reasons it is no ranking model, but one for a job. */
function jobModelOf(files: Files): Ranker {
  return createRanker(parseManifest(jsonOf(files, 'manifest.json')), forestOf(files), []);
}

function factorizationOf(files: Files): Factorization {
  return parseFactorization(jsonOf(files, 'manifest.json'), jsonOf(files, 'factors.json'));
}

function summaryOf(files: Files): string {
  if (files.has('factors.json')) {
    const { userCount, itemIds } = factorizationOf(files);
    return `ratings of ${String(userCount)} customers and ${String(itemIds.length)} products`;
  }
  const { columns, forest } = files.has('reasons.json') ? rankingModelOf(files).ranker : jobModelOf(files);
  return `${String(columns.length)} columns, ${String(forest.treeCount)} trees`;
}

function forestOf(files: Files): Forest {
  const [file, other] = FOREST_FILES.filter((name) => files.has(name));
  if (file === undefined) throw new Error(`it has no ${FOREST_FILES.join(' or ')}`);
  if (other !== undefined) throw new Error(`it has both ${FOREST_FILES.join(' and ')}, and only one can be right`);
  return readFrom(files, file, parseForestFile);
}

/** The contents of a JSON file; undefined when there is none, which its parser refuses by name. */
function jsonOf(files: Files, file: string): unknown {
  return files.has(file) ? readFrom(files, file, (bytes) => parseJson(bytes, JSON_WEIGHT_MAX)) : undefined;
}

function readFrom<Content>(files: Files, file: string, read: (bytes: Uint8Array) => Content): Content {
  try {
    return read(files.get(file) ?? new Uint8Array());
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
