import { basename, dirname, resolve } from 'node:path';
import { readModelFolder } from '../clients/model-folder.ts';
import { OperatorError } from '../errors.ts';
import { parseForest } from '../ranking/forest/parse-forest.ts';
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
  const files = readModelFolder(folder);
  try {
    const manifest = parseManifest(files.get('manifest.json'));
    checkPlace(manifest, folder);
    const forest = parseForest(files.get('model.json'));
    return { manifest, ranker: createRanker(manifest, forest, parseReasonTemplates(files.get('reasons.json'))) };
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
function checkPlace({ name, version }: Manifest, folder: string): void {
  const path = resolve(folder);
  if (basename(path) === version && basename(dirname(path)) === name) return;
  throw new Error(`its manifest says ${name}@${version}, which is not where it is`);
}
