import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ROOT_FOLDER } from '../support/folders.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { MOVIELENS_COUNTS, MOVIELENS_LAYOUTS, writeFolder } from '../support/import-files.ts';
import { copyModel, sealModel } from '../support/model-copies.ts';

/** Rows of the export by customer, product and stars. */
type Ratings = readonly (readonly [string, string, number])[];

/** A rating as the rule wants it, from what the folder of the model holds. */
type Rule = (user: string, item: string) => number;

let folder: string;
let database: TestDatabase;
let gateway: TestGateway;
let ratings: Ratings;
let expected: Rule;

beforeAll(async () => {
  const readme = await readFile(join(ROOT_FOLDER, 'README.md'), 'utf8');
  const [, words = ''] = /^npm run snowgate -- (import movielens [^#\n]+)/m.exec(readme) ?? [];
  const [, name = '', value = ''] = /^(RATINGS_MODEL)=(\S+) npm start$/m.exec(readme) ?? [];
  folder = await writeFolder(MOVIELENS_LAYOUTS['tab-separated'] ?? {});
  database = await createTestDatabase('demo');
  const own = words.trim().replace('ml-100k', folder).split(/\s+/);
  await run([...own, '--rejects', join(folder, 'rejects.csv')]);
  await run(['export-ratings', '--out', folder]);
  const [header, ...lines] = (await readFile(join(folder, 'ratings.csv'), 'utf8')).trim().split('\n');
  expect(header).toBe('customer_id,product_id,rating');
  ratings = lines.map((line) => {
    const [user = '', item = '', stars] = line.split(',');
    return [user, item, Number(stars)];
  });
  // Trained as models/train_factors.py does, but small and here, because not every machine that tests has Python.
  expected = train(join(folder, 'models/ratings/1'), ratings);
  // The ranking model still is the one that ships.
  copyModel(join(folder, 'models'), 5);
  gateway = await startGateway(database.url, { MODEL_FOLDER: join(folder, 'models'), [name]: value });
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function run(words: readonly string[]): Promise<void> {
  const { code, stderr } = await startGatewayProcess(words, { DATABASE_URL: database.url }).ended;
  if (code !== 0) throw new Error(stderr);
}

/** Gradient descent on biases and two factors. Writes the model and gives the rule over the same numbers. */
function train(modelFolder: string, rows: Ratings): Rule {
  const learnt = { users: new Map<string, number[]>(), items: new Map<string, number[]>() };
  const rowOf = (side: Map<string, number[]>, id: string): number[] => {
    const row = side.get(id) ?? [0, Math.sin(Number(id)), Math.cos(Number(id))];
    side.set(id, row);
    return row;
  };
  const mean = rows.reduce((sum, [, , stars]) => sum + stars, 0) / rows.length;
  const raw = ([bu, ...p]: readonly number[], [bi, ...q]: readonly number[]): number =>
    mean + (bu ?? 0) + (bi ?? 0) + p.reduce((sum, value, index) => sum + value * (q[index] ?? 0), 0);
  for (let epoch = 0; epoch < 60; epoch += 1) {
    for (const [user, item, stars] of rows) {
      const [u, i] = [rowOf(learnt.users, user), rowOf(learnt.items, item)];
      const step = 0.03 * (stars - raw(u, i));
      const [pu, qi] = [[...u], [...i]];
      for (let place = 0; place < 3; place += 1) {
        u[place] = (pu[place] ?? 0) + step * (place === 0 ? 1 : (qi[place] ?? 0));
        i[place] = (qi[place] ?? 0) + step * (place === 0 ? 1 : (pu[place] ?? 0));
      }
    }
  }
  const side = (known: ReadonlyMap<string, number[]>) => ({
    ids: [...known.keys()],
    biases: [...known.values()].map(([bias]) => bias),
    factors: [...known.values()].flatMap(([, ...factors]) => factors),
  });
  const factors = { mean, scale: [1, 5], factorCount: 2, users: side(learnt.users), items: side(learnt.items) };
  mkdirSync(modelFolder, { recursive: true });
  writeFileSync(join(modelFolder, 'factors.json'), JSON.stringify(factors));
  const manifest = { name: 'ratings', version: '1', objective: 'rating:factorization' };
  writeFileSync(join(modelFolder, 'manifest.json'), JSON.stringify(manifest));
  sealModel(modelFolder);
  return (user, item) => {
    const [u, i] = [learnt.users.get(user), learnt.items.get(item)];
    const rating = u && i ? raw(u, i) : mean + (u?.[0] ?? 0) + (i?.[0] ?? 0);
    return Math.min(5, Math.max(1, rating));
  };
}

async function askedFor(user: string, item: string): Promise<number> {
  const { data, errors } = await gateway.run('predicted-affinity', { customerId: user, productId: item });
  expect(errors).toBeUndefined();
  return (data as { product: { predictedAffinity: number } }).product.predictedAffinity;
}

describe('ratings that were imported', () => {
  it('are exported whole, each customer and product once', () => {
    expect(ratings).toHaveLength(MOVIELENS_COUNTS.ratings);
    expect(new Set(ratings.map(([user, item]) => `${user} ${item}`)).size).toBe(ratings.length);
  });

  it('predict ratings by the rule, for customers and products without any as well', async () => {
    const pairs = [1, 2, 3].flatMap((user) => [1, 2, 3, 4, 59].map((item) => [String(user), String(item)] as const));
    for (const [user, item] of [...pairs, ['777777', '5'] as const]) {
      expect(Math.abs((await askedFor(user, item)) - expected(user, item))).toBeLessThan(1e-9);
    }
  });

  it('predict more stars where the customer likes the genre', async () => {
    // Movies that user 1 has not rated: of the genre they like, and of another.
    const unrated = (rest: number): string[] =>
      Array.from({ length: MOVIELENS_COUNTS.movies }, (_, index) => String(index + 1)).filter(
        (item) => Number(item) % 3 === rest && !ratings.some(([user, rated]) => user === '1' && rated === item),
      );
    const mean = async (items: readonly string[]): Promise<number> => {
      const stars = await Promise.all(items.map((item) => askedFor('1', item)));
      return stars.reduce((sum, value) => sum + value, 0) / stars.length;
    };
    expect(await mean(unrated(1))).toBeGreaterThan((await mean(unrated(2))) + 1);
  });

  it('are no purchases to train the ranking model from, which says what they are for', async () => {
    const exporting = startGatewayProcess(['export-training', '--out', join(folder, 'training'), '--truth'], {
      DATABASE_URL: database.url,
    });
    const { code, stderr } = await exporting.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('trained and measured by `npm run models:ratings`');
  });

  it('answer POST /invoke as text', async () => {
    const response = await fetch(`${gateway.url}/invoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        data: [
          [0, 'movielens-model-v1', '1', '2'],
          [1, 'movielens-model-v1', '777777', '2'],
        ],
      }),
    });
    const { data } = (await response.json()) as { data: [number, string][] };
    expect(data.map(([row]) => row)).toEqual([0, 1]);
    expect(Number(data[0]?.[1])).toBeCloseTo(expected('1', '2'), 9);
    expect(Number(data[1]?.[1])).toBeCloseTo(expected('777777', '2'), 9);
    expect(typeof data[0]?.[1]).toBe('string');
  });

  it('give what the same people liked', async () => {
    const { data, errors } = await gateway.ask(
      '{ recommendations(customerId: "1", strategy: COLLABORATIVE, first: 5) { rung degraded items { productId } } }',
    );
    expect(errors).toBeUndefined();
    const list = (data as { recommendations: { rung: string; items: { productId: string }[] } }).recommendations;
    expect(list).toMatchObject({ rung: 'COLLABORATIVE', degraded: false });
    expect(list.items.map(({ productId }) => Number(productId) % 3)).toEqual([1, 1, 1, 1, 1]);
  });
});
