import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyModel, editModel } from '../../test/support/model-copies.ts';
import { OperatorError } from '../errors.ts';
import { INSTALLATION } from '../installation.ts';
import { parseModelId } from './model-id.ts';
import { openRegistry } from './model-registry.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'registry-'));
  for (const version of [1, 2, 10]) copyModel(root, version);
  mkdirSync(join(root, 'fixtures/layouts'), { recursive: true });
});

beforeEach(() => {
  rmSync(join(root, 'chosen-model'), { force: true });
});

afterAll(() => rmSync(root, { recursive: true }));

const registryOf = (RANKING_MODEL?: string) => openRegistry({ MODEL_FOLDER: root, RANKING_MODEL });

describe('parseModelId', () => {
  it.each([
    'ranking',
    '@1',
    'ranking@',
    'ranking@1@2',
    '..@1',
    'a/b@1',
    'ranking@../1',
    'ranking@1\n',
    `${'x'.repeat(99)}@1`,
  ])('refuses %j', (text) => {
    expect(parseModelId(text)).toBeNull();
  });
});

describe('ModelRegistry', () => {
  it('lists versions as people count them, and nothing that is no model', () => {
    expect(
      registryOf()
        .list()
        .map(({ name, version }) => `${name}@${version}`),
    ).toEqual(['ranking@1', 'ranking@2', 'ranking@10']);
    expect(openRegistry({ MODEL_FOLDER: join(root, 'nowhere') }).list()).toEqual([]);
  });

  it('wants ranking@5 until somebody chooses, then the choice, and a pin before both', () => {
    expect(registryOf().wanted()).toEqual({ name: 'ranking', version: '5' });
    registryOf().choose({ name: 'ranking', version: '10' });
    expect(registryOf().wanted()).toEqual({ name: 'ranking', version: '10' });
    expect(registryOf('ranking@1').wanted()).toEqual({ name: 'ranking', version: '1' });
    expect(readdirSync(root).toSorted()).toEqual(['chosen-model', 'fixtures', 'ranking']);
  });

  it('chooses nothing that does not work', () => {
    const registry = registryOf();
    registry.choose({ name: 'ranking', version: '2' });
    expect(() => registry.choose({ name: 'ranking', version: '5' })).toThrow('SHA256SUMS is missing');
    expect(registry.wanted()).toEqual({ name: 'ranking', version: '2' });
  });

  it('names what to do about a choice that is no model', () => {
    writeFileSync(join(root, 'chosen-model'), '../../etc');
    expect(() => registryOf().wanted()).toThrow(OperatorError);
    expect(() => registryOf().wanted()).toThrow('"../../etc" names no model: it must look like ranking@5');
  });

  it('refuses a version under another name than its own, because answers would name the wrong one', () => {
    const folder = copyModel(root, 7);
    editModel(folder, { file: 'manifest.json', path: ['version'] }, () => '8');
    expect(() => registryOf().load({ name: 'ranking', version: '7' })).toThrow('its manifest says ranking@8');
    rmSync(folder, { recursive: true });
  });

  it('finds the newest propensity model, 2 before 10, and none where there is none', () => {
    expect(registryOf().newestPropensityModel()).toBeNull();
    const models = mkdtempSync(join(tmpdir(), 'propensity-'));
    for (const version of ['2', '10']) {
      const folder = join(models, 'propensity', version);
      cpSync(join(INSTALLATION.models, 'propensity/4'), folder, { recursive: true });
      editModel(folder, { file: 'manifest.json', path: ['version'] }, () => version);
    }
    const model = openRegistry({ MODEL_FOLDER: models }).newestPropensityModel();
    expect(model).toMatchObject({ name: 'propensity', version: '10' });
    expect(model?.features.length).toBe(model?.columns.length);
    rmSync(models, { recursive: true });
  });

  it('refuses a model of products as one of categories, by the column', () => {
    expect(() => registryOf().loadCategoryModel({ name: 'ranking', version: '2' })).toThrow(
      /propensities from \w+, which depends on the product/,
    );
  });
});
