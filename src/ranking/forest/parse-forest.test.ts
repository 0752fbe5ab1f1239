import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { parseForest } from './parse-forest.ts';

const FIXTURES = join(import.meta.dirname, '../../../models/fixtures');

type JsonNode = Record<string, unknown>;

interface LayoutFixture {
  readonly model: unknown;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly predictions: readonly number[];
  readonly margins: readonly number[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, path), 'utf8'));
}

function readFloats(path: string): Float32Array {
  const bytes = gunzipSync(readFileSync(join(FIXTURES, path)));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function largestDifference(actual: Float32Array, expected: ArrayLike<number>): number {
  return actual.reduce((largest, value, index) => {
    const difference = Math.abs(value - (expected[index] ?? NaN));
    return difference <= largest ? largest : difference;
  }, 0);
}

/** A sound model in which the value at a path of names and indexes was replaced. */
function modelWith(path: string, replace: (old: unknown) => unknown): unknown {
  const fixture = readJson('layouts/3.2-logistic.json') as LayoutFixture;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const owner = names.reduce((node, name) => node[name] as JsonNode, fixture.model as JsonNode);
  owner[last] = replace(owner[last]);
  return fixture.model;
}

const TREES = 'learner.gradient_booster.model.trees';
const BASE_SCORE = 'learner.learner_model_param.base_score';
const always = (value: unknown) => () => value;
const withoutLast = (list: unknown) => (list as unknown[]).slice(0, -1);
const withFirst = (value: unknown) => (list: unknown) => [value, ...(list as unknown[]).slice(1)];
const withSecond = (value: unknown) => (list: unknown) => (list as unknown[]).with(1, value);
const emptied = (tree: unknown) =>
  Object.fromEntries(
    Object.entries(tree as JsonNode).map(([name, value]) => [name, Array.isArray(value) ? [] : value]),
  );

describe('parseForest', () => {
  it('predicts 10,240 rows as XGBoost does, missing values and values at a threshold included', () => {
    const forest = parseForest(readJson('exactness/model.json'));
    const rows = readFloats('exactness/rows.f32.gz');
    const expected = readFloats('exactness/predictions.f32.gz');
    const predictions = new Float32Array(expected.length);
    forest.predictRows(rows, expected.length, predictions);

    expect(expected.length).toBe(10_240);
    expect(rows.length).toBe(expected.length * forest.featureCount);
    expect(rows.filter(Number.isNaN).length).toBeGreaterThan(20_000);
    expect(largestDifference(predictions, expected)).toBeLessThanOrEqual(1e-6);
  });

  it.each(readdirSync(join(FIXTURES, 'layouts')))('reads %s and predicts what XGBoost predicted', (file) => {
    const { model, rows, predictions, margins } = readJson(`layouts/${file}`) as LayoutFixture;
    const forest = parseForest(model);
    const matrix = Float32Array.from(rows.flat(), (value) => value ?? NaN);
    const output = new Float32Array(rows.length);

    forest.predictRows(matrix, rows.length, output);
    expect(largestDifference(output, predictions)).toBeLessThanOrEqual(1e-6);
    forest.predictMargins(matrix, rows.length, output);
    expect(largestDifference(output, margins)).toBeLessThanOrEqual(1e-6);
  });

  it.each([
    ['multi-class', 'multi-class'],
    ['gblinear', 'booster gblinear'],
    ['dart', 'booster dart'],
    ['categorical', 'categorical splits'],
    ['multi-output', 'multi-output'],
    ['multi-output-tree', 'multi-output'],
    ['random-forest', 'num_parallel_tree 3'],
    ['poisson', 'objective count:poisson'],
  ])('refuses a %s model by name', (file, name) => {
    const parse = () => parseForest(readJson(`refused/${file}.json`));
    expect(parse).toThrow(UnsupportedModelError);
    expect(parse).toThrow(name);
  });

  it('names the columns in the order of the model, and none when it was trained without names', () => {
    expect(parseForest((readJson('layouts/3.2-logistic.json') as LayoutFixture).model).featureNames).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    const unnamed = readJson('layouts/3.2-logistic-base-score.json') as LayoutFixture;
    expect(parseForest(unnamed.model).featureNames).toEqual([]);
  });

  it('accepts base_score as a number', () => {
    expect(parseForest(modelWith(BASE_SCORE, always(0.25))).treeCount).toBe(4);
  });

  it.each<[string, string, string, (old: unknown) => unknown]>([
    ['no version', 'version', 'version', always(undefined)],
    ['no learner', 'learner', 'learner', always(undefined)],
    ['a base_score that is no number', 'base_score', BASE_SCORE, always('[]')],
    ['a base_score out of range', 'base_score', BASE_SCORE, always('[1E0]')],
    ['fewer names than columns', 'feature_names', 'learner.feature_names', withoutLast],
    ['fewer trees than announced', 'trees', TREES, withoutLast],
    ['a tree cut short', 'trees[0]', `${TREES}.0.split_conditions`, withoutLast],
    ['a tree without nodes', 'trees[1]', `${TREES}.1`, emptied],
    ['a split on no column', 'feature 9', `${TREES}.0.split_indices`, withFirst(9)],
    ['a child that leads back', 'twice', `${TREES}.0.left_children`, withSecond(0)],
    ['a child that does not exist', 'node 999', `${TREES}.0.right_children`, withFirst(999)],
    ['text among the thresholds', '[0]', `${TREES}.0.split_conditions`, withFirst('x')],
    ['a best_iteration behind the end', 'best_iteration', 'learner.attributes', always({ best_iteration: '4' })],
  ])('refuses %s and says where', (_, place, path, replace) => {
    const parse = () => parseForest(modelWith(path, replace));
    expect(parse).toThrow(InvalidModelError);
    expect(parse).toThrow(place);
  });

  it.each([[0], [null], ['model'], [[]], [{}]])('refuses %j as a model', (json) => {
    expect(() => parseForest(json)).toThrow(InvalidModelError);
  });

  it('refuses a model of a version it does not know', () => {
    expect(() => parseForest(modelWith('version', always([4, 0, 0])))).toThrow('XGBoost 4.0');
    expect(() => parseForest(modelWith('version', always([1, 6, 2])))).toThrow('XGBoost 1.6');
  });

  it('answers any JSON with a forest or one of its own errors', () => {
    const paths = [
      'version',
      'learner',
      'learner.attributes',
      BASE_SCORE,
      TREES,
      `${TREES}.0`,
      `${TREES}.0.left_children`,
    ];
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...paths), (value, path) => {
        try {
          expect(parseForest(modelWith(path, always(value))).treeCount).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof InvalidModelError || error instanceof UnsupportedModelError)) throw error;
        }
      }),
    );
  });

  it('predicts a row alike whatever stands beside it', () => {
    const { model, rows, margins } = readJson('layouts/3.2-squared-error.json') as LayoutFixture;
    const forest = parseForest(model);
    const matrix = Float32Array.from(rows.flat(), (value) => value ?? NaN);
    for (let count = 0; count <= 9; count += 1) {
      const output = new Float32Array(count + 1).fill(-7);
      forest.predictRows(matrix, count, output);
      expect(largestDifference(output, [...margins.slice(0, count), -7])).toBeLessThanOrEqual(1e-6);
    }
  });

  it('refuses arrays that the rows do not fit in', () => {
    const { model } = readJson('layouts/3.2-logistic.json') as LayoutFixture;
    const forest = parseForest(model);
    expect(() => forest.predictRows(new Float32Array(7), 2, new Float32Array(2))).toThrow(RangeError);
  });
});
