import { afterEach, beforeEach } from 'vitest';
import { createPostgresClient, type PostgresClient, type PostgresSession } from '../../src/clients/postgres.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { refreshDerived } from '../../src/jobs/refresh-derived.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { insertEvents, type GivenEvent } from './derived-tables.ts';
import { STATEMENTS_FOLDER } from './folders.ts';

/** The moment that derived tables are computed for. */
export const AS_OF = new Date('2026-07-01T00:00:00Z');

/** What is left of a weight after so many days. */
export const decay = (days: number, halfLife: number): number => 2 ** (-days / halfLife);

/** A database for each test of a file, with three products of two brands in two categories and nobody who shops. */
export function useDerivedWorld() {
  const statements = loadStatements(STATEMENTS_FOLDER);
  let database: TestDatabase;
  let client: PostgresClient;

  beforeEach(async () => {
    database = await createTestDatabase('empty');
    client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
    await execute(`
      INSERT INTO loyalty_tiers VALUES ('Bronze', 0, 1), ('Gold', 2, 1.5);
      INSERT INTO product_categories VALUES ('CAT-A', 'A', 'Apparel'), ('CAT-B', 'B', 'Home');
      INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier) VALUES
        (1, 'one', 'Xenia', 'CAT-A', 10, 'daily_staple'),
        (2, 'two', 'Yara', 'CAT-A', 1000, 'premium'),
        (3, 'three', 'Xenia', 'CAT-B', 100, 'mid_range');
    `);
  });

  afterEach(async () => {
    await client.close();
    await database.drop();
  });

  const transaction = <Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result> =>
    client.transaction(work);

  const execute = <Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> =>
    transaction((session) => session.execute<Row>(text, parameters));

  const givenCustomer = async (
    id: number,
    row: { birthDate?: string; joinedOn?: string; points?: number } = {},
  ): Promise<void> => {
    await execute(
      `INSERT INTO customers (customer_id, first_name, email, birth_date, joined_on, loyalty_tier, home_region,
                              zip_code, has_app, points_earned)
       VALUES ($1, 'Ada', 'ada@example.com', $2, $3, 'Gold', 'West', '80202', TRUE, $4)`,
      [id, row.birthDate ?? null, row.joinedOn ?? '2025-01-01', row.points ?? 0],
    );
  };

  const givenEvents = (...events: readonly GivenEvent[]): Promise<void> => insertEvents(client, AS_OF, events);

  /** Looks half a year back, has a cart of 90 days ago, buys today and goes on after the moment. */
  const givenShopper = async (): Promise<void> => {
    await givenCustomer(1, { birthDate: '1990-12-31', joinedOn: '2026-05-31', points: 1000 });
    await givenCustomer(2);
    await givenEvents(
      { customer: 1, type: 'product_view', daysAgo: 90, product: 1, session: 1 },
      { customer: 1, type: 'add_to_cart', daysAgo: 90, product: 1, session: 1 },
      { customer: 1, type: 'cart_abandon', daysAgo: 90, product: 1, session: 1 },
      { customer: 1, type: 'product_view', daysAgo: 0.5, product: 2, session: 2 },
      { customer: 1, type: 'search', daysAgo: 0.5, session: 2 },
      { customer: 1, type: 'pos_purchase', daysAgo: 0.5, product: 2, session: 3, quantity: 2 },
    );
  };

  const refreshIn = (session: PostgresSession, asOf: Date): Promise<void> =>
    refreshDerived(session, statements, asOf, SILENT_PROGRESS);

  const refresh = (asOf = AS_OF): Promise<void> => transaction((session) => refreshIn(session, asOf));

  return { execute, givenCustomer, givenEvents, givenShopper, refresh, refreshIn, transaction };
}
