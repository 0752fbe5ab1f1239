import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FOREST_FIXTURES, largestDifference } from '../../../test/support/forest-fixtures.ts';
import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import { parseForest, parseForestFile } from './parse-forest.ts';
import { parseJson } from './parse-json.ts';

const LAYOUTS = readdirSync(join(FOREST_FIXTURES, 'layouts'));

type JsonNode = Record<string, unknown>;

interface LayoutFixture {
  readonly model: unknown;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly predictions: readonly number[];
  readonly margins: readonly number[];
}

function readBytes(path: string): Uint8Array {
  return readFileSync(join(FOREST_FIXTURES, path));
}

function readJson(path: string): unknown {
  return parseJson(readBytes(path));
}

/** A sound model in which the value at a path of names and indexes was replaced. */
function modelWith(path: string, replace: (old: unknown) => unknown): unknown {
  return replaced((readJson('layouts/3.2-logistic.json') as LayoutFixture).model, path, replace);
}

function replaced(model: unknown, path: string, replace: (old: unknown) => unknown): unknown {
  const names = path.split('.');
  const last = names.pop() ?? '';
  const owner = names.reduce((node, name) => node[name] as JsonNode, model as JsonNode);
  owner[last] = replace(owner[last]);
  return model;
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
  it.each(LAYOUTS.filter((file) => file.endsWith('.json')))('reads %s and predicts what XGBoost predicted', (file) => {
    const { model, rows, predictions, margins } = readJson(`layouts/${file}`) as LayoutFixture;
    const forest = parseForest(model);
    const matrix = Float32Array.from(rows.flat(), (value) => value ?? NaN);
    const output = new Float32Array(rows.length);

    expect(rows.length).toBe(40);
    forest.predictRows(matrix, rows.length, output);
    expect(largestDifference(output, predictions)).toBeLessThanOrEqual(1e-6);
    forest.predictMargins(matrix, rows.length, output);
    expect(largestDifference(output, margins)).toBeLessThanOrEqual(1e-6);
  });

  it.each(LAYOUTS.filter((file) => file.endsWith('.ubj')))('reads %s as the same model in JSON', (file) => {
    const { model } = readJson(`layouts/${file.replace('.ubj', '.json')}`) as LayoutFixture;
    expect(parseForestFile(readBytes(`layouts/${file}`)).parts).toEqual(parseForest(model).parts);
  });

  it('was tried with four versions of XGBoost, nine kinds of models and both formats', () => {
    for (const version of ['1.7', '2.1', '3.0', '3.2']) {
      expect(LAYOUTS.filter((file) => file.startsWith(version) && file.endsWith('.json'))).toHaveLength(9);
      expect(LAYOUTS.filter((file) => file.startsWith(version) && file.endsWith('.ubj'))).toHaveLength(3);
    }
  });

  it.each([
    ['multi-class', 'multi-class'],
    ['gblinear', 'booster gblinear'],
    ['multi-output', 'multi-output'],
    ['multi-output-tree', 'multi-output'],
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
    ['a leaf that no float32 is', 'single precision', `${TREES}.0.split_conditions`, withFirst(1e39)],
    ['a best_iteration behind the end', 'best_iteration', 'learner.attributes', always({ best_iteration: '4' })],
  ])('refuses %s and says where', (_, place, path, replace) => {
    const parse = () => parseForest(modelWith(path, replace));
    expect(parse).toThrow(InvalidModelError);
    expect(parse).toThrow(place);
  });

  it.each([[0], [null], ['model'], [[]], [{}]])('refuses %j as a model', (json) => {
    expect(() => parseForest(json)).toThrow(InvalidModelError);
  });

  it.each<[string, string, string, (old: unknown) => unknown]>([
    ['more features than a model has', '65537 features', 'learner.learner_model_param.num_feature', always('65537')],
    ['leaves that add up to infinity', 'infinite', BASE_SCORE, always(3.4028235e38)],
  ])('refuses %s, which is no damage', (_, name, path, replace) => {
    const { model } = readJson('layouts/3.2-squared-error.json') as LayoutFixture;
    const parse = () => parseForest(replaced(model, path, replace));
    expect(parse).toThrow(UnsupportedModelError);
    expect(parse).toThrow(name);
  });

  it.each<[string, string, (old: unknown) => unknown]>([
    ['weight_drop has 5 of 6', 'learner.gradient_booster.weight_drop', withoutLast],
    ['weight_drop[0]', 'learner.gradient_booster.weight_drop', withFirst('x')],
  ])('refuses weights of a DART booster: %s', (place, path, replace) => {
    const { model } = readJson('layouts/3.2-dart.json') as LayoutFixture;
    expect(() => parseForest(replaced(model, path, replace))).toThrow(place);
  });

  it.each<[string, string, (old: unknown) => unknown]>([
    ['are in disorder', 'categories_segments', withFirst(1)],
    ['are in disorder', 'categories_sizes', withFirst(-1)],
    ['are in disorder', 'categories_nodes', withFirst(99)],
    ['are in disorder', 'categories_sizes', withoutLast],
    ['do not fit each other', 'categories', (old) => [...(old as number[]), 1]],
    ['do not fit each other', 'categories_segments', (old) => [...(old as number[]), 1]],
    ['are not all from 0', 'categories', withFirst(2 ** 24)],
    ['are not all from 0', 'categories', withFirst(-1)],
    ['whole number', 'categories', withFirst(1.5)],
    ['split_type of node 0', 'split_type', withFirst(2)],
    ['split_type has', 'split_type', withoutLast],
  ])('refuses categories that %s: %s', (place, list, replace) => {
    const { model } = readJson('layouts/3.2-category-sets.json') as LayoutFixture;
    const parse = () => parseForest(replaced(model, `${TREES}.0.${list}`, replace));
    expect(parse).toThrow(InvalidModelError);
    expect(parse).toThrow(place);
  });

  it('refuses more categories than it may keep, of one tree or of all of them', () => {
    const withSet = (size: number) => (json: unknown) => {
      const tree = json as { readonly split_type: readonly number[] };
      const categories = Int32Array.from({ length: size }, (_, category) => category);
      const lists = { categories, categories_nodes: [0], categories_segments: [0], categories_sizes: [size] };
      return { ...tree, ...lists, split_type: tree.split_type.map((_, node) => Number(node === 0)) };
    };
    const { model } = readJson('layouts/3.2-category-sets.json') as LayoutFixture;
    const refused = (place: number, size: number): (() => unknown) => {
      const changed = replaced(model, `${TREES}.${String(place)}`, withSet(size));
      return () => parseForest(changed);
    };
    expect(refused(0, 1_000_001)).toThrow(UnsupportedModelError);
    expect(refused(0, 1_000_001)).toThrow('1 categorical splits of 1000001 categories');
    expect(refused(0, 500_000)).not.toThrow();
    expect(refused(1, 500_000)).toThrow(/categorical splits of 10\d{5} categories/);
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
