import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { seedDemoData } from '../../src/jobs/demo-data/seed-demo-data.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const AS_OF = new Date('2026-11-01T00:00:00Z');
const statements = loadStatements(STATEMENTS_FOLDER);

let database: TestDatabase;
let client: PostgresClient;

beforeEach(async () => {
  database = await createTestDatabase('empty');
  client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
});

afterEach(async () => {
  await client.close();
  await database.drop();
});

function seed(options: { customers?: number; seed?: number; progress?: Progress; shouldReplace?: boolean } = {}) {
  return seedDemoData({
    database: client,
    statements,
    customers: 60,
    seed: 7,
    asOf: AS_OF,
    progress: SILENT_PROGRESS,
    ...options,
  });
}

function select<Row extends object>(text: string): Promise<Row[]> {
  return client.transaction((session) => session.execute<Row>(text));
}

const TABLES = [
  'product_categories', 'products', 'loyalty_tiers', 'stores', 'customers', 'inventory', 'events', 'customer_features',
  'customer_propensities', 'customer_tastes', 'taste_priors', 'product_statistics', 'product_neighbours',
]; // prettier-ignore

async function fingerprints(): Promise<Record<string, string>> {
  const entries = TABLES.map(async (table) => {
    const [found] = await select<{ digest: string }>(
      `SELECT count(*) || '/' || md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${table} AS t`,
    );
    return [table, found?.digest ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe('seedDemoData', () => {
  it('fills every table and says at the end that the data is complete', async () => {
    const summary = await seed();
    const [counts] = await select<Record<string, number>>(
      `SELECT ${TABLES.map((table) => `(SELECT count(*)::integer FROM ${table}) AS ${table}`).join(', ')}`,
    );
    expect(counts).toMatchObject({
      product_categories: 12,
      products: 2000,
      loyalty_tiers: 4,
      stores: 500,
      customers: 60,
      inventory: 10_000,
      events: summary.events,
      customer_features: 60,
      customer_propensities: 720,
      customer_tastes: 60,
      taste_priors: 100,
      product_statistics: 10_000,
    });
    expect(summary).toMatchObject({ customers: 60, products: 2000 });
    expect(summary.events).toBeGreaterThan(60 * 40);
    expect(
      await select('SELECT source, seed, customers, as_of, completed_at IS NOT NULL AS done FROM dataset'),
    ).toEqual([{ source: 'demo', seed: 7, customers: 60, as_of: AS_OF, done: true }]);
  });

  it('gives the same rows for the same seed and replaces those of another', async () => {
    await seed();
    const first = await fingerprints();
    await seed({ seed: 8, customers: 70 });
    expect(await fingerprints()).not.toEqual(first);
    await seed();
    expect(await fingerprints()).toEqual(first);
  });

  it('writes events that name a product in its own category, in the 180 days and after the customer joined', async () => {
    await seed();
    const strays = await select(`
      SELECT events.event_id
      FROM events
      INNER JOIN customers ON customers.customer_id = events.customer_id
      LEFT JOIN products ON products.product_id = events.product_id
      WHERE events.occurred_at >= '${AS_OF.toISOString()}'
         OR events.occurred_at < '${AS_OF.toISOString()}'::timestamptz - interval '180 days'
         OR events.occurred_at < customers.joined_on
         OR (events.product_id IS NOT NULL AND products.category_id IS DISTINCT FROM events.category_id)`);
    expect(strays).toEqual([]);
  });

  it('gives no two categories of a customer the same propensity', async () => {
    await seed();
    const ties = await select(
      'SELECT customer_id FROM customer_propensities GROUP BY customer_id, propensity_score HAVING count(*) > 1',
    );
    expect(ties).toEqual([]);
  });

  it('leaves the old data whole when it is cut short, however late', async () => {
    await seed();
    const before = await fingerprints();
    const broken: Progress = {
      ...SILENT_PROGRESS,
      step: (label) => {
        if (label === 'Similar products') throw new Error('power cut');
      },
    };
    await expect(seed({ seed: 8, progress: broken })).rejects.toThrow('power cut');
    expect(await fingerprints()).toEqual(before);
    expect(await select('SELECT seed FROM dataset')).toEqual([{ seed: 7 }]);
  });

  it('leaves an empty database empty when the connection is lost in the middle', async () => {
    let isKilled = false;
    const killing: Progress = {
      ...SILENT_PROGRESS,
      advance: () => {
        if (isKilled) return;
        isKilled = true;
        const others = 'datname = current_database() AND pid <> pg_backend_pid()';
        void select(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
      },
    };
    await expect(seed({ customers: 5000, progress: killing })).rejects.toThrow();
    const found = await select(
      'SELECT (SELECT count(*) FROM dataset) AS datasets, (SELECT count(*) FROM products) AS products',
    );
    expect(found).toEqual([{ datasets: '0', products: '0' }]);
  });

  it('refuses to throw away other data unless told to, and touches nothing then', async () => {
    await select(`INSERT INTO dataset (source, as_of, completed_at) VALUES ('snowflake', now(), now())`);
    await expect(seed()).rejects.toThrow(OperatorError);
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'snowflake' }]);
    await seed({ shouldReplace: true });
    expect(await select('SELECT source FROM dataset')).toEqual([{ source: 'demo' }]);
  });

  it.each([0, -1, 1.5, NaN, 1_000_001])('refuses %d customers', async (customers) => {
    await expect(seed({ customers })).rejects.toThrow(/number of customers must be a whole number from 1 to 1000000/);
  });

  it.each([0.5, NaN, 2 ** 31])('refuses the seed %d', async (value) => {
    await expect(seed({ seed: value })).rejects.toThrow(/seed must be a whole number/);
  });
});
