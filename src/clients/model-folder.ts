import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';

const MANIFEST_FILE = 'manifest.json';
const MODEL_FILE = 'model.json';
const REASONS_FILE = 'reasons.json';

/** The files of a model as JSON, not yet looked into. */
export interface ModelFiles {
  readonly manifest: unknown;
  /** The model as XGBoost saved it. */
  readonly model: unknown;
  /** Templates of its reasons. */
  readonly reasons: unknown;
}

/**
 * Reads a folder as `models/<name>/<version>/`: manifest.json, model.json and reasons.json.
 * @throws OperatorError when one of them is missing, cannot be read or is not complete JSON.
 */
export function readModelFolder(folder: string): ModelFiles {
  return {
    manifest: readJson(folder, MANIFEST_FILE),
    model: readJson(folder, MODEL_FILE),
    reasons: readJson(folder, REASONS_FILE),
  };
}

function readJson(folder: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'));
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? 'is damaged or cut short' : 'is missing or cannot be read';
    throw new OperatorError(
      `${file} of the ranking model in ${folder} ${problem}; restore it, or let MODEL_FOLDER name a folder that holds ` +
        `${MANIFEST_FILE}, ${MODEL_FILE} and ${REASONS_FILE}.`,
      { cause },
    );
  }
}
