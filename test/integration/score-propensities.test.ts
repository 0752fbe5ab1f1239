import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { INSTALLATION } from '../../src/installation.ts';
import { createMomentReader } from '../../src/jobs/export-training/moment-reader.ts';
import { propensityMatrix } from '../../src/jobs/export-training/propensity-rows.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { refreshDerived } from '../../src/jobs/refresh-derived.ts';
import { replacePropensities } from '../../src/jobs/score/score-propensities.ts';
import { createLogger } from '../../src/logger.ts';
import { CATEGORY_FEATURES } from '../../src/ranking/category-model.ts';
import { ModelRegistry } from '../../src/registry/model-registry.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { startGateway } from '../support/gateway.ts';

/** The parts of XGBoost's file that say how to predict. */
interface TreeFile {
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly split_indices: readonly number[];
  readonly split_conditions: readonly number[];
  readonly default_left: readonly number[];
}
interface ModelFile {
  readonly learner: {
    readonly feature_names: readonly string[];
    readonly learner_model_param: { readonly base_score: string };
    readonly gradient_booster: { readonly model: { readonly trees: readonly TreeFile[] } };
  };
}
interface StoredRow {
  readonly customer_id: string;
  readonly category_id: string;
  readonly propensity_score: number;
}

/** One row when it hit. */
const KILL_WHO_WAITS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event = 'PgSleep'`;
const PAIRS_MIN = 1000;
const CATEGORIES = 12;
const statements = loadStatements(INSTALLATION.statements);
const found = new ModelRegistry({ root: INSTALLATION.models }).newestPropensityModel();
if (!found) throw new Error('A propensity model ships.');
const model = found;

let database: TestDatabase;
let client: PostgresClient;

async function open(template: 'demo' | 'empty'): Promise<void> {
  database = await createTestDatabase(template);
  client = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
}

beforeEach(() => open('demo'));

afterEach(async () => {
  await client.close();
  await database.drop();
});

const replace = (progress: Progress = SILENT_PROGRESS) => replacePropensities(client, { statements, model, progress });

function select<Row extends object>(text: string): Promise<Row[]> {
  return client.transaction((session) => session.execute<Row>(text));
}

const storedRows = (): Promise<StoredRow[]> =>
  select('SELECT customer_id, category_id, propensity_score FROM customer_propensities ORDER BY 1, 2');

/** What XGBoost says a file predicts, walked node by node in doubles. */
function createReference(file: ModelFile): (valueOf: (column: string) => number) => number {
  const { feature_names: names, learner_model_param: parameters, gradient_booster: booster } = file.learner;
  const base = Number(parameters.base_score.replace(/[[\]]/g, ''));
  return (valueOf) => {
    let margin = Math.log(base / (1 - base));
    for (const tree of booster.model.trees) {
      let node = 0;
      while (tree.left_children[node] !== -1) {
        const value = Math.fround(valueOf(names[tree.split_indices[node] as number] as string));
        const isLess = Number.isNaN(value)
          ? tree.default_left[node] === 1
          : value < Math.fround(tree.split_conditions[node] as number);
        node = (isLess ? tree.left_children[node] : tree.right_children[node]) as number;
      }
      margin += tree.split_conditions[node] as number;
    }
    return 1 / (1 + Math.exp(-margin));
  };
}

/** The scores that the reference gives to the rows that training exports, by customer and category. */
async function referenceScores(): Promise<Map<string, number>> {
  const path = join(INSTALLATION.models, model.name, model.version, 'model.json');
  const predict = createReference(JSON.parse(readFileSync(path, 'utf8')) as ModelFile);
  const columns = [...CATEGORY_FEATURES.keys()];
  const scores = new Map<string, number>();
  await client.transaction(async (session) => {
    const reader = await createMomentReader(session, statements, DEMO_DATA.asOf);
    const customers = await session.execute<{ customer_id: string; home_region: string }>(
      'SELECT customer_id, home_region FROM customers ORDER BY customer_id LIMIT 100',
    );
    for await (const cases of reader.known(customers)) {
      for (const known of cases) {
        const matrix = propensityMatrix({ ...known, snapshot: reader.catalog });
        reader.catalog.categoryIds.forEach((categoryId, code) => {
          const row = matrix.subarray(code * columns.length, (code + 1) * columns.length);
          const score = predict((column) => row[columns.indexOf(column)] ?? NaN);
          scores.set(`${known.row.customer_id} ${categoryId}`, score);
        });
      }
    }
  });
  return scores;
}

describe('replacePropensities', { timeout: 60_000 }, () => {
  it('writes what the model predicts for the rows that training exports', async () => {
    const rows = DEMO_DATA.customers * CATEGORIES;
    expect(await replace()).toEqual({ customers: DEMO_DATA.customers, rows });
    const stored = await storedRows();
    expect(stored.length).toBe(rows);
    const byPair = new Map(stored.map((row) => [`${row.customer_id} ${row.category_id}`, row.propensity_score]));
    const expected = await referenceScores();
    expect(expected.size).toBeGreaterThanOrEqual(PAIRS_MIN);
    for (const [pair, score] of expected) expect(byPair.get(pair), pair).toBeCloseTo(score, 6);
  });

  it('tells the categories of every customer apart', async () => {
    await replace();
    const alike = await select(
      `SELECT customer_id FROM customer_propensities GROUP BY customer_id
       HAVING max(propensity_score) < 1.2 * min(propensity_score) OR count(DISTINCT propensity_score) < 6`,
    );
    expect(alike).toEqual([]);
  });

  it('is what GraphQL serves afterwards, and gateways hear of it', async () => {
    const heard = Promise.withResolvers<string>();
    const ready = Promise.withResolvers<boolean>();
    const listener = client.listen('dataset_changed', heard.resolve, ready.resolve);
    const gateway = await startGateway(database.url);
    try {
      await ready.promise;
      await replace();
      const [version] = await select<{ version: string }>(
        'SELECT extract(epoch FROM completed_at)::text AS version FROM dataset',
      );
      expect(await heard.promise).toBe(version?.version);
      const [best] = await select<StoredRow>(
        'SELECT * FROM customer_propensities ORDER BY propensity_score DESC LIMIT 1',
      );
      const { data } = await gateway.ask(
        'query ($id: ID!) { customer(id: $id) { propensities(first: 1) { score category { id } } } }',
        { id: best?.customer_id },
      );
      expect(data.customer).toEqual({
        propensities: [{ score: best?.propensity_score, category: { id: best?.category_id } }],
      });
    } finally {
      await gateway.stop();
      await listener.close();
    }
  });

  it('leaves the old rows when its connection is killed midway', async () => {
    const before = await storedRows();
    await select(`
      CREATE FUNCTION wait_a_minute() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
      CREATE TRIGGER wait_a_minute AFTER INSERT ON customer_propensities EXECUTE FUNCTION wait_a_minute()`);
    const replaced = expect(replace()).rejects.toThrow();
    await expect.poll(() => select(KILL_WHO_WAITS), { timeout: 10_000 }).toHaveLength(1);
    await replaced;
    expect(await storedRows()).toEqual(before);
  });

  it('scores who was never seen as somebody of whom nothing is known', async () => {
    await select('DELETE FROM customer_features; DELETE FROM customer_tastes');
    await replace();
    const rows = await storedRows();
    expect(rows.slice(0, CATEGORIES).map((row) => row.propensity_score)).toEqual(
      rows.slice(-CATEGORIES).map((row) => row.propensity_score),
    );
  });
});

describe('replacePropensities without customers', () => {
  it('says so', async () => {
    await client.close();
    await database.drop();
    await open('empty');
    await expect(replace()).rejects.toThrow(OperatorError);
  });
});

describe('refreshDerived', () => {
  it('lets a model fill the propensities, the same as scoring them afterwards', async () => {
    await client.transaction((session) => refreshDerived(session, statements, DEMO_DATA.asOf, SILENT_PROGRESS, model));
    const rows = await storedRows();
    expect(rows.length).toBe(DEMO_DATA.customers * CATEGORIES);
    await replace();
    expect(await storedRows()).toEqual(rows);
  });
});
