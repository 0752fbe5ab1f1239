import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { MOVIELENS_COUNTS, MOVIELENS_LAYOUTS, writeFolder } from '../support/import-files.ts';
import { copyModel, sealModel } from '../support/model-copies.ts';
import { neighbourListOf } from '../support/neighbour-lists.ts';
import { readRatingsRule } from '../support/ratings-rule.ts';

const { users, movies } = MOVIELENS_COUNTS;
const USERS = Array.from({ length: users }, (_, index) => String(index + 1));
const MOVIES = Array.from({ length: movies }, (_, index) => String(index + 1));
/** The best of all by the model, but not in the catalog. */
const LEFT_THE_CATALOG = '999999';
/** Customers whom the model does not know. */
const UNKNOWN_USERS = 2;

let folder: string;
let database: TestDatabase;
let gateway: TestGateway;
/** By user and movie, both from 1 on at place 0; 0 is no rating. */
let ratings: number[][];

beforeAll(async () => {
  folder = await writeFolder(MOVIELENS_LAYOUTS['comma-separated'] ?? {});
  database = await createTestDatabase('demo');
  await snowgate(['import', 'movielens', folder, '--replace', '--rejects', join(folder, 'rejects.csv')]);
  await snowgate(['export-ratings', '--out', join(folder, 'out')]);
  const [, ...lines] = (await readFile(join(folder, 'out/ratings.csv'), 'utf8')).trim().split('\n');
  ratings = USERS.map(() => MOVIES.map(() => 0));
  for (const [user = 0, movie = 0, stars = 0] of lines.map((line) => line.split(',').map(Number))) {
    (ratings[user - 1] ?? [])[movie - 1] = stars;
  }
  copyModel(join(folder, 'models'), 5);
  writeFactors(join(folder, 'models/ratings/1'));
  gateway = await startGateway(database.url, { CUSTOMER_ROUTE: 'recommendations' });
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

function snowgate(words: readonly string[], settings: Record<string, string> = {}) {
  return startGatewayProcess(words, {
    DATABASE_URL: database.url,
    MODEL_FOLDER: join(folder, 'models'),
    ...settings,
  }).ended;
}

/** Factors out of a sine: many ratings lie beyond the end of the scale, and no two are equal. */
function writeFactors(modelFolder: string): void {
  const side = (ids: readonly string[], spread: number) => ({
    ids,
    biases: ids.map((id) => Math.sin(7 * Number(id)) * spread),
    factors: ids.flatMap((id) => [Math.sin(Number(id) + spread), Math.cos(3 * Number(id))]),
  });
  const known = USERS.slice(0, -UNKNOWN_USERS);
  const items = side([...MOVIES, LEFT_THE_CATALOG], 1);
  items.biases[MOVIES.length] = 10;
  const factors = { mean: 3.5, scale: [1, 5], factorCount: 2, users: side(known, 0.5), items };
  mkdirSync(modelFolder, { recursive: true });
  writeFileSync(join(modelFolder, 'factors.json'), JSON.stringify(factors));
  const manifest = { name: 'ratings', version: '1', objective: 'rating:factorization' };
  writeFileSync(join(modelFolder, 'manifest.json'), JSON.stringify(manifest));
  sealModel(modelFolder);
}

interface List {
  readonly rung: string;
  readonly degraded: boolean;
  readonly model: { readonly name: string; readonly version: string } | null;
  readonly items: readonly { readonly productId: string; readonly score: number }[];
}

async function listsOf(ids: readonly string[], first: number): Promise<readonly List[]> {
  const { data, errors } = await gateway.ask(
    `query ($ids: [ID!]!) { recommendationsForCustomers(customerIds: $ids, strategy: COLLABORATIVE, first: ${String(first)}) {
      rung degraded model { name version } items { productId score }
    } }`,
    { ids },
  );
  expect(errors).toBeUndefined();
  return (data as { recommendationsForCustomers: List[] }).recommendationsForCustomers;
}

const titleOf = (movie: number): string => `Café "Nº ${movie}", the movie (19${70 + ((movie - 1) % 30)})`;

describe('what a customer has rated', () => {
  it.each(['RANKED', 'COLLABORATIVE', 'PROPENSITY', 'POPULAR'])(
    'does not come back by strategy %s',
    async (strategy) => {
      const { data, errors } = await gateway.ask(
        `{ recommendations(customerId: "1", strategy: ${strategy}, first: 50) { items { productId } } }`,
      );
      expect(errors).toBeUndefined();
      const { items } = (data as { recommendations: { items: { productId: string }[] } }).recommendations;
      const unrated = MOVIES.filter((_, place) => ratings[0]?.[place] === 0);
      expect(items.map(({ productId }) => productId).sort()).toEqual(unrated.sort());
    },
  );
});

describe('snowgate score neighbours', () => {
  it('gives each customer what the ten nearest rated, and GET /customer the best three', async () => {
    const { code, stderr } = await snowgate(['score', 'neighbours']);
    expect(stderr).toMatch(new RegExp(`Wrote ${String(users * 10)} rows about ${String(users)} customers`));
    expect(code).toBe(0);
    const response = await fetch(`${gateway.url}/customer/${USERS.join(',')}`);
    const rows = (await response.json()) as { USER_ID: number; RECOMMENDATIONS: string }[];
    expect(rows).toHaveLength(users);
    for (const { USER_ID: user, RECOMMENDATIONS: text } of rows) {
      const expected = neighbourListOf(ratings, user - 1, { neighbours: 10, first: 3 }).map(({ place, score }) => {
        return { movie_name: titleOf(place + 1), movie_score: score.toFixed(2) };
      });
      expect(JSON.parse(text)).toEqual(expected);
    }
  });

  it('is what strategy COLLABORATIVE serves, named and in full, and what is popular after it', async () => {
    await snowgate(['score', 'neighbours', '--first', '4', '--neighbours', '3']);
    const lists = await listsOf(USERS, 6);
    lists.forEach(({ rung, degraded, model, items }, user) => {
      expect({ rung, degraded, model }).toEqual({
        rung: 'COLLABORATIVE',
        degraded: false,
        model: { name: 'neighbours', version: '3' },
      });
      const expected = neighbourListOf(ratings, user, { neighbours: 3, first: 4 });
      const made = items.filter(({ score }) => score > 0);
      expect(made).toEqual(expected.map(({ place, score }) => ({ productId: MOVIES[place], score })));
      expect(items).toHaveLength(6);
    });
  });
});

describe('snowgate score ratings', () => {
  it('gives each customer whom the model knows the best movies that they have not rated', async () => {
    const ranked = await snowgate(['score', '--first', '2', '--workers', '1']);
    expect(ranked.code).toBe(0);
    const { code, stderr } = await snowgate(['score', 'ratings'], { RATINGS_MODEL: 'ratings@1' });
    const known = users - UNKNOWN_USERS;
    expect(stderr).toMatch(new RegExp(`Wrote ${String(known * 10)} rows about ${String(known)} customers`));
    expect(code).toBe(0);
    const { ratingOf } = readRatingsRule(join(folder, 'models/ratings/1'));
    // Without an end of the scale there are no ties.
    const { ratingOf: orderOf } = readRatingsRule(join(folder, 'models/ratings/1'), [-100, 100]);
    const lists = await listsOf(USERS, 10);
    USERS.slice(0, known).forEach((user, index) => {
      const expected = MOVIES.filter((_, place) => ratings[index]?.[place] === 0)
        .sort((a, b) => orderOf(user, b) - orderOf(user, a))
        .slice(0, 10);
      expect(lists[index]).toMatchObject({ rung: 'COLLABORATIVE', model: { name: 'ratings', version: '1' } });
      expect(lists[index]?.items.map(({ productId }) => productId)).toEqual(expected);
      for (const { productId, score } of lists[index]?.items ?? []) {
        expect(score).toBeCloseTo(ratingOf(user, productId), 9);
      }
    });
    expect(lists.slice(known).map(({ model }) => model)).toEqual([null, null]);
  });

  it('leaves the RANKED lists and, when it fails, its own', async () => {
    const before = await listsOf(USERS, 10);
    const missing = await snowgate(['score', 'ratings']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('Set RATINGS_MODEL to the model to rate with');
    const unknown = { ids: ['777'], biases: [0], factors: [0, 0] };
    const strangers = join(folder, 'models/ratings/2');
    mkdirSync(strangers);
    writeFileSync(
      join(strangers, 'factors.json'),
      JSON.stringify({ mean: 3, scale: [1, 5], factorCount: 2, users: unknown, items: unknown }),
    );
    writeFileSync(
      join(strangers, 'manifest.json'),
      JSON.stringify({ name: 'ratings', version: '2', objective: 'rating:factorization' }),
    );
    sealModel(strangers);
    const failed = await snowgate(['score', 'ratings'], { RATINGS_MODEL: 'ratings@2' });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('The model knows none of the customers');
    expect(await listsOf(USERS, 10)).toEqual(before);
  });
});
