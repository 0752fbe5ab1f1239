import { readModelFolder } from '../clients/model-folder.ts';
import { OperatorError } from '../errors.ts';
import { parseForest } from '../ranking/forest/parse-forest.ts';
import { createRanker, parseManifest } from '../ranking/manifest.ts';
import type { Ranker } from '../ranking/rank.ts';
import { parseReasonTemplates } from '../ranking/reason-templates.ts';

/**
 * Reads the ranking model of a folder; it scores in this process.
 * @throws OperatorError when it cannot be used.
 */
export function loadModel(folder: string): Ranker {
  const { manifest, model, reasons } = readModelFolder(folder);
  try {
    return createRanker(parseManifest(manifest), parseForest(model), parseReasonTemplates(reasons));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `The model in ${folder} cannot be used: ${problem.replace(/\.$/, '')}. Set MODEL_FOLDER to another one.`,
      { cause },
    );
  }
}
