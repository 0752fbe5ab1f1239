import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient, type PostgresSession } from '../../src/clients/postgres.ts';
import { createMomentReader } from '../../src/jobs/export-training/moment-reader.ts';
import { trainingRows } from '../../src/jobs/export-training/training-rows.ts';
import { Random } from '../../src/jobs/demo-data/random.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { refreshDerived } from '../../src/jobs/refresh-derived.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { fillFeatures } from '../../src/ranking/feature-columns.ts';
import { createFeatureContext } from '../../src/ranking/feature-context.ts';
import { FEATURES } from '../../src/ranking/features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow, SnapshotRow, TastePriorRow } from '../../src/ranking/signals.ts';
import { createSnapshot } from '../../src/ranking/snapshot.ts';
import { loadStatements } from '../../src/statements.ts';
import { createPostgresStore } from '../../src/stores/postgres-store.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const MOMENT = new Date(DEMO_DATA.asOf.getTime() - 14 * 86_400_000);
const CUSTOMERS = 10;
const PRODUCTS = 100;
const NAMES = [...FEATURES.keys()];
const statements = loadStatements(STATEMENTS_FOLDER);

/** A customer, and products that are in stock in the home region. */
interface Subject {
  readonly customer_id: string;
  readonly home_region: string;
  readonly product_ids: readonly string[];
}

let database: TestDatabase;
let client: PostgresClient;
let subjects: Subject[];

beforeEach(async () => {
  database = await createTestDatabase('demo');
  client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
  subjects = await client.transaction((session) =>
    session.execute<Subject>(
      `SELECT customer_id, home_region,
              ARRAY(SELECT product_id::text FROM inventory WHERE region = home_region AND quantity_on_hand > 0
                    ORDER BY md5(product_id::text || customer_id::text) LIMIT ${String(PRODUCTS)}) AS product_ids
       FROM customers ORDER BY customer_id LIMIT ${String(CUSTOMERS)}`,
    ),
  );
});

afterEach(async () => {
  await client.close();
  await database.drop();
});

/** Values by "customer product feature". */
type Values = ReadonlyMap<string, number>;

function addValues(to: Map<string, number>, subject: Subject, productId: string, values: Float32Array): void {
  NAMES.forEach((name, index) => to.set(`${subject.customer_id} ${productId} ${name}`, values[index] ?? NaN));
}

/** As training reads them: in a transaction whose derived tables are as of the moment, and which is rolled back. */
async function trainingValues(moment: Date): Promise<Values> {
  const found = new Map<string, number>();
  const work = async (session: PostgresSession): Promise<never> => {
    await refreshDerived(session, statements, moment, SILENT_PROGRESS);
    const reader = await createMomentReader(session, statements, moment);
    for await (const cases of reader.known(subjects)) {
      for (const known of cases) {
        const { snapshot, row } = known;
        const training = trainingRows({ ...known, boughtProductIds: row.product_ids }, 0, new Random(1, 'test'));
        if (!training) throw new Error('All products of a subject are in stock.');
        training.rows.forEach((product, index) => {
          const values = training.values.subarray(index * NAMES.length, (index + 1) * NAMES.length);
          addValues(found, row, snapshot.productIds[product] ?? '', values);
        });
      }
    }
    throw new Error('roll back');
  };
  await expect(client.transaction(work)).rejects.toThrow('roll back');
  return found;
}

/** As the gateway reads them: through the serving store, from what the last refresh has committed. */
async function servingValues(): Promise<Values> {
  const store = createPostgresStore({ client, statements, metrics: createMetrics(), deadlineMs: 5000 });
  const found = new Map<string, number>();
  const priors = await store.query<TastePriorRow>('taste_priors', []);
  for (const subject of subjects) {
    const rows = await store.query<SnapshotRow>('region_stock_snapshot', [subject.home_region]);
    const snapshot = createSnapshot(subject.home_region, rows, priors, new Date());
    const [features] = await store.query<CustomerFeaturesRow>('customer_features_by_ids', [[subject.customer_id]]);
    const [tastes] = await store.query<CustomerTastesRow>('customer_tastes_by_ids', [[subject.customer_id]]);
    if (!features || !tastes) throw new Error('Every customer has features and tastes.');
    const context = createFeatureContext(snapshot, features, tastes);
    for (const productId of subject.product_ids) {
      const row = snapshot.rowOf(productId) ?? NaN;
      addValues(found, subject, productId, fillFeatures([...FEATURES.values()], context, Int32Array.of(row)).values);
    }
  }
  return found;
}

/** Postgres adds in no fixed order: the last digits may differ. */
function expectSame(values: Values, wanted: Values): void {
  expect(values.size).toBe(wanted.size);
  const differing = [...values].filter(([key, value]) => {
    const other = wanted.get(key) ?? NaN;
    const isSame = Number.isNaN(value) ? Number.isNaN(other) : Math.abs(value - other) <= 1e-5 * (1 + Math.abs(other));
    return !isSame;
  });
  expect(differing.slice(0, 5)).toEqual([]);
}

describe('features as of a moment', { timeout: 60_000 }, () => {
  it('are the same in training and in serving: every feature of 1,000 pairs', async () => {
    const trained = await trainingValues(DEMO_DATA.asOf);
    expect(trained.size).toBe(CUSTOMERS * PRODUCTS * NAMES.length);
    expectSame(await servingValues(), trained);
    expect(
      new Set([...trained].filter(([key]) => key.endsWith('style_match')).map(([, value]) => value)).size,
    ).toBeGreaterThan(500);
  });

  it('do not move when the future changes: a day of frenzy right after the moment', async () => {
    const before = await trainingValues(MOMENT);
    await client.transaction((session) =>
      session.execute(
        `INSERT INTO events (event_id, customer_id, event_type, occurred_at, region, product_id, category_id, quantity, unit_price)
         SELECT gen_random_uuid(), customer_id, kind, $1, home_region, product_id, category_id, 9, price
         FROM customers
         CROSS JOIN (SELECT * FROM products ORDER BY product_id LIMIT 50) AS products
         CROSS JOIN unnest(ARRAY['product_view', 'add_to_cart', 'pos_purchase']) AS kind`,
        [MOMENT],
      ),
    );
    expectSame(await trainingValues(MOMENT), before);
  });
});
