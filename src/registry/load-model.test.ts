import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyModel, sealModel } from '../../test/support/model-copies.ts';
import { encodeUbjson } from '../../test/support/ubjson.ts';
import { OperatorError } from '../errors.ts';
import { describeModel, loadModel } from './load-model.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'load-model-'));
  folder = copyModel(root, 2);
});

afterEach(() => rmSync(root, { recursive: true }));

/** As `save_model` would have written it. */
function saveAsUbjson(): void {
  writeFileSync(join(folder, 'model.ubj'), encodeUbjson(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))));
}

function refusedWith(): string {
  sealModel(folder);
  try {
    loadModel(folder);
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
  }
  return 'not refused';
}

describe('loadModel', () => {
  it('reads model.ubj as it reads model.json', () => {
    const { parts } = loadModel(folder).ranker.forest;
    const { summary } = describeModel(folder);
    saveAsUbjson();
    rmSync(join(folder, 'model.json'));
    sealModel(folder);
    expect(loadModel(folder).ranker.forest.parts).toEqual(parts);
    expect(describeModel(folder).summary).toBe(summary);
    expect(summary).toMatch(/^35 columns, \d+ trees$/);
  });

  it('refuses a version with two forests, or with none', () => {
    saveAsUbjson();
    expect(refusedWith()).toContain('it has both model.json and model.ubj');
    rmSync(join(folder, 'model.ubj'));
    rmSync(join(folder, 'model.json'));
    expect(refusedWith()).toContain('it has no model.json or model.ubj');
  });

  it.each(['manifest.json', 'reasons.json', 'model.json'])(
    'names %s when it is no JSON though its sum is right',
    (file) => {
      writeFileSync(join(folder, file), '{"version":[3,2');
      expect(refusedWith()).toContain(`cannot be used: ${file}: the file is no JSON`);
    },
  );

  it('names model.ubj when it is damaged though its sum is right', () => {
    saveAsUbjson();
    rmSync(join(folder, 'model.json'));
    truncateSync(join(folder, 'model.ubj'), 5000);
    expect(refusedWith()).toMatch(
      /cannot be used: model\.ubj: the file is no UBJSON of a model: .* at byte \d+\. Restore/,
    );
  });
});
