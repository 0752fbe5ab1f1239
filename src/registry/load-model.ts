import { basename, dirname, resolve } from 'node:path';
import { readModelFolder } from '../clients/model-folder.ts';
import { OperatorError } from '../errors.ts';
import { parseFactorization, type Factorization } from '../ranking/factorization.ts';
import { parseForest } from '../ranking/forest/parse-forest.ts';
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
  return loadFrom(folder, factorizationOf);
}

/** What a folder holds, after the same checks. @throws OperatorError as the functions above. */
export function describeModel(folder: string): { readonly manifest: unknown; readonly summary: string } {
  return loadFrom(folder, (files) => ({ manifest: files.get('manifest.json'), summary: summaryOf(files) }));
}

type Files = ReadonlyMap<string, unknown>;

function loadFrom<Model>(folder: string, read: (files: Files) => Model): Model {
  const files = readModelFolder(folder);
  try {
    checkPlace(new JsonFields(files.get('manifest.json'), ''), folder);
    return read(files);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `The model in ${folder} cannot be used: ${reason.replace(/\.$/, '')}. Restore it, choose another one with ` +
        '`snowgate models use`, or mend MODEL_FOLDER and RANKING_MODEL.',
      { cause },
    );
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
  const manifest = parseManifest(files.get('manifest.json'));
  const forest = parseForest(files.get('model.json'));
  return { manifest, ranker: createRanker(manifest, forest, parseReasonTemplates(files.get('reasons.json'))) };
}

function factorizationOf(files: Files): Factorization {
  return parseFactorization(files.get('manifest.json'), files.get('factors.json'));
}

function summaryOf(files: Files): string {
  if (files.has('factors.json')) {
    const { userCount, itemCount } = factorizationOf(files);
    return `ratings of ${String(userCount)} customers and ${String(itemCount)} products`;
  }
  // Without words for its reasons it is no ranking model, but one for a job.
  const templates = files.has('reasons.json') ? parseReasonTemplates(files.get('reasons.json')) : [];
  const { columns, forest } = createRanker(
    parseManifest(files.get('manifest.json')),
    parseForest(files.get('model.json')),
    templates,
  );
  return `${String(columns.length)} columns, ${String(forest.treeCount)} trees`;
}
