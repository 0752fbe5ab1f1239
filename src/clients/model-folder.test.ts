import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealModel } from '../../test/support/model-copies.ts';
import { OperatorError } from '../errors.ts';
import { readModelFolder } from './model-folder.ts';

describe('readModelFolder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'model-folder-'));
    writeFileSync(join(folder, 'manifest.json'), '{"name":"ranking"}');
    writeFileSync(join(folder, 'model.json'), '{"version":[3,2,0]}');
    sealModel(folder);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads the files that the sums name', () => {
    writeFileSync(join(folder, 'model.ubj'), '{L');
    sealModel(folder);
    writeFileSync(join(folder, 'notes.json'), 'not one of them');
    const read = [...readModelFolder(folder)].map(([file, bytes]) => [file, Buffer.from(bytes).toString()]);
    expect(read).toEqual([
      ['manifest.json', '{"name":"ranking"}'],
      ['model.json', '{"version":[3,2,0]}'],
      ['model.ubj', '{L'],
    ]);
  });

  it.each(['manifest.json', 'model.json', 'SHA256SUMS'])(
    'names the folder, what to do and %s when it is missing',
    (file) => {
      rmSync(join(folder, file));
      expect(() => readModelFolder(folder)).toThrow(OperatorError);
      expect(() => readModelFolder(folder)).toThrow(`The model in ${folder} cannot be used: ${file} is missing`);
      expect(() => readModelFolder(folder)).toThrow('MODEL_FOLDER');
    },
  );

  it('refuses a file that is another one than was summed up', () => {
    writeFileSync(join(folder, 'model.json'), '{"version":[3,2,1]}');
    expect(() => readModelFolder(folder)).toThrow('model.json is damaged, cut short or of another version');
  });

  it('refuses a file by its size before it reads it', () => {
    truncateSync(join(folder, 'model.json'), 65 * 2 ** 20);
    expect(() => readModelFolder(folder)).toThrow('more than 67108864');
  });

  it.each(['', 'x\n', `${'0'.repeat(64)}  ../../secret.json\n`, `${'0'.repeat(64)} *model.json\n`])(
    'refuses %j for sums',
    (sums) => {
      writeFileSync(join(folder, 'SHA256SUMS'), sums);
      expect(() => readModelFolder(folder)).toThrow('SHA256SUMS is damaged or cut short');
    },
  );
});
