import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { InvalidModelError, UnsupportedModelError } from './errors.ts';
import { createFeatureContext } from './feature-context.ts';
import { createForest, type ForestParts } from './forest/forest.ts';
import { parseForest } from './forest/parse-forest.ts';
import { createRanker, parseManifest } from './manifest.ts';

const MANIFEST = {
  name: 'ranking',
  version: '1',
  objective: 'binary:logistic',
  features: [
    { name: 'prior_score', kind: 'sum' },
    { name: 'price', kind: 'product' },
  ],
  metrics: { auc: 0.88 },
  trainingDataHash: 'ab12',
  createdFrom: 'xgboost 3.2.0',
};

function forestOf(changes: Partial<ForestParts> = {}) {
  const leaf = { nodeCount: 1, left: [-1], right: [-1], feature: [0], threshold: [0.5], defaultLeft: [0], cover: [1] };
  return createForest({
    objective: 'binary:logistic',
    featureNames: ['prior_score', 'price'],
    featureCount: 2,
    baseMargin: 0,
    trees: [leaf],
    ...changes,
  });
}

describe('parseManifest', () => {
  it('gives back a sound manifest', () => {
    const manifest = { ...MANIFEST, outputColumn: 'PROBABILITY' };
    expect(parseManifest(manifest)).toEqual(manifest);
  });

  it('takes the probability from where model serving puts it, unless told otherwise', () => {
    expect(parseManifest(MANIFEST).outputColumn).toBe('output_feature_1');
  });

  it.each<[string, Record<string, unknown>]>([
    ['name', { name: 5 }],
    ['version', { version: 1 }],
    ['objective', { objective: undefined }],
    ['metrics.auc', { metrics: { auc: 'good' } }],
    ['metrics', { metrics: [] }],
    ['trainingDataHash', { trainingDataHash: '' }],
    ['createdFrom', { createdFrom: null }],
    ['outputColumn', { outputColumn: 1 }],
    ['features', { features: 'all' }],
    ['features is empty', { features: [] }],
    ['features[0]', { features: ['price'] }],
    ['features[1].name', { features: [MANIFEST.features[0], { kind: 'product' }] }],
    ['features[0].kind must be "product"', { features: [{ name: 'price', kind: 'dense' }] }],
    ['price twice', { features: [MANIFEST.features[1], MANIFEST.features[1]] }],
  ])('names %s', (place, changes) => {
    const parse = () => parseManifest({ ...MANIFEST, ...changes });
    expect(parse).toThrow(InvalidModelError);
    expect(parse).toThrow(place);
  });

  it('names a feature that it cannot compute', () => {
    const parse = () => parseManifest({ ...MANIFEST, features: [{ name: 'shoe_size', kind: 'customer' }] });
    expect(parse).toThrow(UnsupportedModelError);
    expect(parse).toThrow('feature shoe_size');
  });
});

describe('createRanker', () => {
  it('joins a manifest with the forest it describes', () => {
    const ranker = createRanker(parseManifest(MANIFEST), forestOf(), []);
    expect(ranker.features.map(({ kind }) => kind)).toEqual(['sum', 'product']);
    expect([ranker.name, ranker.version]).toEqual(['ranking', '1']);
    expect(ranker.columns).toEqual(['prior_score', 'price']);
    expect(ranker.scorers.map(({ rung }) => rung)).toEqual(['EMBEDDED_MODEL']);
  });

  it('joins the files of the model that ships', () => {
    const folder = join(import.meta.dirname, '../../models/ranking/5');
    const readJson = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const manifest = parseManifest(readJson('manifest.json'));
    const ranker = createRanker(manifest, parseForest(readJson('model.json')), []);
    expect(ranker.features.length).toBeGreaterThanOrEqual(8);
    expect(manifest.metrics['model_auc']).toBeGreaterThan(manifest.metrics['prior_score_auc'] ?? 1);
  });

  it('scores with the model that ships where no styles are known', async () => {
    const folder = join(import.meta.dirname, '../../models/ranking/5');
    const readJson = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const ranker = createRanker(parseManifest(readJson('manifest.json')), parseForest(readJson('model.json')), []);
    const products = ['1', '2', '3'].map((id) => ({ product_id: id, popularity: Number(id), style: null }));
    const context = createFeatureContext(aSnapshot(products), someFeatures({ age: 40 }), someTastes());
    const question = { context, rows: Int32Array.of(0, 1, 2), prepared: null };
    const probabilities = [...((await ranker.scorers[0]?.score(question)) ?? [])];
    expect(probabilities.filter((probability) => probability > 0 && probability < 1)).toHaveLength(3);
    expect(new Set(probabilities).size).toBeGreaterThan(1);
  });

  it('accepts a forest without names when the number of columns fits', () => {
    expect(createRanker(parseManifest(MANIFEST), forestOf({ featureNames: [] }), []).features.length).toBe(2);
  });

  it.each<[string, Partial<ForestParts>]>([
    ['features[0] is prior_score, but price in the model', { featureNames: ['price', 'prior_score'] }],
    ['features lists 2 columns, the model has 3', { featureNames: [], featureCount: 3 }],
    ['objective is binary:logistic in the manifest, rank:ndcg in the model', { objective: 'rank:ndcg' }],
  ])('refuses what does not belong together: %s', (message, changes) => {
    const join = () => createRanker(parseManifest(MANIFEST), forestOf(changes), []);
    expect(join).toThrow(InvalidModelError);
    expect(join).toThrow(message);
  });

  it('refuses a model without probabilities', () => {
    const manifest = parseManifest({ ...MANIFEST, objective: 'rank:ndcg' });
    expect(() => createRanker(manifest, forestOf({ objective: 'rank:ndcg' }), [])).toThrow(UnsupportedModelError);
  });
});
