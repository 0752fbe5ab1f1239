import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../errors.ts';
import { readModelFolder } from './model-folder.ts';

describe('readModelFolder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'model-folder-'));
    writeFileSync(join(folder, 'manifest.json'), '{"name":"ranking"}');
    writeFileSync(join(folder, 'model.json'), '{"version":[3,2,0]}');
    writeFileSync(join(folder, 'reasons.json'), '[]');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads the files', () => {
    expect(readModelFolder(folder)).toEqual({
      manifest: { name: 'ranking' },
      model: { version: [3, 2, 0] },
      reasons: [],
    });
  });

  it.each(['manifest.json', 'model.json', 'reasons.json'])(
    'names the folder, the setting and %s when that file is missing',
    (file) => {
      rmSync(join(folder, file));
      expect(() => readModelFolder(folder)).toThrow(OperatorError);
      expect(() => readModelFolder(folder)).toThrow(`${file} of the ranking model in ${folder} is missing`);
      expect(() => readModelFolder(folder)).toThrow('MODEL_FOLDER');
    },
  );

  it('tells a file that was cut short from one that is missing', () => {
    writeFileSync(join(folder, 'model.json'), '{"version":[3,2');
    expect(() => readModelFolder(folder)).toThrow('model.json of the ranking model');
    expect(() => readModelFolder(folder)).toThrow('is damaged or cut short');
  });
});
