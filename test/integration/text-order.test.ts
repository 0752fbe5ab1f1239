import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { migrate } from '../../src/jobs/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { loadStatements } from '../../src/statements.ts';
import { createPostgresStore } from '../../src/stores/postgres-store.ts';
import type { ServingStore } from '../../src/stores/serving-store.ts';
import { urlOf } from '../support/database.ts';
import { MIGRATIONS_FOLDER, STATEMENTS_FOLDER } from '../support/folders.ts';

/** English sorts a, B, é, Z; bytes sort B, Z, a, é. */
const NAMES = ['a', 'B', 'é', 'Z'];
const BY_BYTES = ['B', 'Z', 'a', 'é'];

describe('a Postgres that sorts as English does', () => {
  const name = `english_${randomBytes(6).toString('hex')}`;
  let database: PostgresClient;
  let store: ServingStore;

  beforeAll(async () => {
    const { postgresUrl } = inject('services');
    await onServer(postgresUrl, `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`);
    database = createPostgresClient({ url: urlOf(postgresUrl, name), poolSizeMax: 1, logger: createLogger('silent') });
    await migrate(database, MIGRATIONS_FOLDER);
    await database.transaction(async (session) => {
      await session.execute(`
        INSERT INTO product_categories SELECT c, c, 'Home' FROM unnest(ARRAY['a', 'B', 'é', 'Z']) AS c;
        INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier)
        SELECT place, name, 'Plain', 'B', 1, 'premium'
        FROM unnest(ARRAY['a', 'B', 'é', 'Z']) WITH ORDINALITY AS n (name, place);
        INSERT INTO customer_propensities SELECT 1, category_id, 0.25, now() FROM product_categories`);
    });
    const statements = loadStatements(STATEMENTS_FOLDER);
    store = createPostgresStore({ client: database, statements, metrics: createMetrics(), deadlineMs: 5000 });
  });
  afterAll(async () => {
    await database.close();
    await onServer(inject('services').postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  });

  it('really sorts otherwise when it is asked to', async () => {
    const rows = await database.transaction((session) =>
      session.execute<{ product_name: string }>('SELECT product_name FROM products ORDER BY product_name'),
    );
    expect(rows.map((row) => row.product_name)).toEqual(NAMES);
  });

  it('pages through the catalog in the order of Snowflake', async () => {
    const pages: string[] = [];
    let after: readonly [string | null, string | null] = [null, null];
    for (const page of [1, 2, 3, 4]) {
      const rows: readonly ProductRow[] = await store.query<ProductRow>('products_by_name', [
        ...after,
        1,
        ...Array.from({ length: 6 }, () => null),
      ]);
      expect(rows, `page ${page}`).toHaveLength(1);
      after = [rows[0]?.product_name ?? null, rows[0]?.product_id ?? null];
      pages.push(rows[0]?.product_name ?? '');
    }
    expect(pages).toEqual(BY_BYTES);
  });

  it('lists equally likely categories in the order of Snowflake', async () => {
    const rows = await store.query<{ category_id: string }>('customer_propensities_by_ids', [['1']]);
    expect(rows.map((row) => row.category_id)).toEqual(BY_BYTES);
  });
});

interface ProductRow {
  readonly product_name: string;
  readonly product_id: string;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
