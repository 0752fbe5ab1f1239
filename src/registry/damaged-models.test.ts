import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyModel, editModel, TREES, type ModelPath } from '../../test/support/model-copies.ts';
import { runProgram } from '../commands/program.ts';
import { OperatorError } from '../errors.ts';
import { Random as Numbers } from '../jobs/demo-data/random.ts';
import { openRanker } from '../load-ranker.ts';
import { createLogger } from '../logger.ts';
import { openRegistry } from './model-registry.ts';

type Random = () => number;

const FILES = ['manifest.json', 'model.json', 'reasons.json', 'SHA256SUMS'] as const;
const WRONG = [null, true, -1, 1.5, 1e300, '', []];
const GONE = undefined;
const MILLISECONDS_MAX = 2000;
const BOOSTER = ['learner', 'gradient_booster', 'model'];

const pick = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random() * items.length)] as Item;

/** Damage under sums that are right: what is inside has to be seen. */
const DAMAGES: readonly (readonly [file: string, path: ModelPath, to: readonly unknown[]])[] = [
  ['manifest.json', ['name'], [...WRONG, GONE]],
  ['manifest.json', ['objective'], [...WRONG, GONE]],
  ['manifest.json', ['features'], [...WRONG, GONE]],
  ['manifest.json', ['metrics'], [...WRONG, GONE]],
  ['manifest.json', ['trainingDataHash'], [...WRONG, GONE]],
  ['manifest.json', [], [null, [], 7, 'x', {}]],
  ['manifest.json', ['features', '?'], [GONE, null, 'popularity', {}]],
  ['manifest.json', ['features', '?', 'name'], ['shoe_size', 'popularity', 'price']],
  ['manifest.json', ['features', '?', 'kind'], ['', 'sum?', 7]],
  ['manifest.json', ['features'], [Array.from({ length: 1e5 }, () => ({ name: 'price', kind: 'product' }))]],
  ['manifest.json', ['metrics', '?'], ['0.9', null, [], {}]],
  ['manifest.json', ['version'], ['2', '../3', '1e9']],
  ['model.json', ['?'], [...WRONG, GONE]],
  ['model.json', ['learner', 'gradient_booster'], [...WRONG, {}]],
  ['model.json', ['learner', 'objective', 'name'], ['', 'multi:softmax', 'reg:squarederror', 7]],
  ['model.json', ['learner', 'learner_model_param', 'num_feature'], ['4000000000', '-1', '13', GONE]],
  ['model.json', ['learner', 'learner_model_param', 'num_class'], ['1000000000', '3']],
  ['model.json', ['learner', 'feature_names', '?'], ['shoe_size', GONE]],
  ['model.json', [...BOOSTER, 'gbtree_model_param', 'num_trees'], ['1000000000000', '9', '11', 'ten']],
  ['model.json', ['version'], [[0, 9, 0], [9, 0, 0], ['3'], 3]],
  ['model.json', [...TREES, '?'], [GONE, null, {}, []]],
  ['model.json', [...TREES, '?', 'left_children', 0], [0, 1e9, -7, 0.5, '1']],
  ['model.json', [...TREES, '?', 'right_children', 0], [1e9, -7, 0.5, null]],
  ['model.json', [...TREES, '?', 'split_indices', 0], [1000, 4e9, -1]],
  ['model.json', [...TREES, '?', 'split_conditions', '?'], [null, 'x', {}, GONE]],
  ['reasons.json', ['?', 'code'], ['BECAUSE', 7, GONE]],
  ['reasons.json', ['?', 'features', 0], ['shoe_size', null]],
  ['reasons.json', ['?', 'text'], [7, '', 'so {much}']],
];

function createRandom(seed: number): Random {
  const numbers = new Numbers(seed, 'damage');
  return () => numbers.uniform();
}

let root: string;
let folder: string;
let sound: ReadonlyMap<string, Buffer>;
const loggerOfTest = createLogger('silent');

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'damaged-'));
  folder = copyModel(root, 5);
  // Ten trees of the hundreds, because every case is written anew and read twice.
  editModel(folder, { file: 'model.json', path: TREES }, (trees) => (trees as unknown[]).slice(0, 10));
  editModel(folder, { file: 'model.json', path: [...BOOSTER, 'gbtree_model_param', 'num_trees'] }, () => '10');
  sound = new Map(FILES.map((file) => [file, readFileSync(join(folder, file))]));
});

afterAll(() => rmSync(root, { recursive: true }));

function damage(kind: number, random: Random): void {
  for (const [file, bytes] of sound) writeFileSync(join(folder, file), bytes);
  if (kind >= 2) {
    const [file, path, to] = DAMAGES[kind - 2] as (typeof DAMAGES)[number];
    editModel(folder, { file, path, random }, () => pick(to, random));
    return;
  }
  const file = pick(FILES, random);
  const bytes = Buffer.from(sound.get(file) ?? '');
  const place = Math.floor(random() * bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  writeFileSync(join(folder, file), kind === 0 ? bytes.subarray(0, place) : bytes);
}

/** Refused as `models verify` and `models use` read it, and as the gateway does at its start. */
function expectRefused(seed: number): void {
  const id = { name: 'ranking', version: '5' };
  const startedAt = performance.now();
  const reasons = [
    () => openRegistry({ MODEL_FOLDER: root }).load(id),
    () =>
      openRanker(
        {
          RANKER: 'embedded',
          MODEL_FOLDER: root,
          RANKING_MODEL: 'ranking@5',
          MODEL_TIMEOUT_MS: 100,
          MODEL_CONNECTIONS_MAX: 1,
          MODEL_PAYLOAD_BYTES_MAX: 10_000,
        },
        { logger: loggerOfTest, metrics: { modelServiceDuration: { observe: () => undefined } } },
      ),
  ].map((read) => {
    try {
      read();
    } catch (error) {
      if (error instanceof OperatorError) return error.message;
      throw error;
    }
    return `case ${String(seed)} was not refused`;
  });
  expect(reasons[0]).toMatch(/^The model in .* cannot be used: .{8,}\. Restore it/s);
  expect(reasons[1]).toBe(reasons[0]);
  expect(performance.now() - startedAt).toBeLessThan(MILLISECONDS_MAX);
}

describe('a damaged model', () => {
  it('is refused with a reason, at the start and when it is verified: 500 of them', () => {
    const cases = 500;
    for (let seed = 0; seed < cases; seed += 1) {
      const random = createRandom(seed);
      damage(seed < 200 ? seed % 2 : 2 + (seed % DAMAGES.length), random);
      expectRefused(seed);
    }
  }, 120_000);

  it('ends `models verify` and `models use` with 1 and the reason', async () => {
    damage(0, createRandom(1));
    for (const words of [['verify'], ['use', 'ranking@5']]) {
      const { code, text } = await snowgate(['models', ...words]);
      expect(code).toBe(1);
      expect(text).toContain('cannot be used: ');
    }
    expect((await snowgate(['models', 'list'])).text).toMatch(/^\* ranking@5 +The model in/);
  });

  it('works again once it is restored', async () => {
    for (const [file, bytes] of sound) writeFileSync(join(folder, file), bytes);
    expect(await snowgate(['models', 'verify'])).toEqual({ code: 0, text: 'ranking@5: ok, 35 columns, 10 trees\n' });
    expect(await snowgate(['models', 'use', 'ranking@5'])).toEqual({ code: 0, text: 'ranking@5 is chosen.\n' });
    expect((await snowgate(['models', 'list'])).text).toMatch(/^\* ranking@5 +ok/);
    expect(JSON.parse((await snowgate(['models', 'show', 'ranking@5'])).text)).toMatchObject({ version: '5' });
  });
});

async function snowgate(words: readonly string[]): Promise<{ code: number; text: string }> {
  const output = new PassThrough();
  const context = { environment: { MODEL_FOLDER: root }, stdout: output, stderr: output };
  const code = await runProgram(words, context as unknown as Parameters<typeof runProgram>[1]);
  return { code, text: String(output.read() ?? '') };
}
