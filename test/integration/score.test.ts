import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { INSTALLATION } from '../../src/installation.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { scoreCustomers, type ScoreCustomersOptions } from '../../src/jobs/score/score-customers.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { startGateway } from '../support/gateway.ts';

interface StoredRow {
  readonly customer_id: string;
  readonly rank: number;
  readonly product_id: string;
  readonly score: number;
}

const FIRST = 10;
const LISTS = `query ($ids: [ID!]!) {
  recommendationsForCustomers(customerIds: $ids, first: ${String(FIRST)}) { items { rank score productId } }
}`;

let database: TestDatabase;
let client: PostgresClient;

beforeAll(async () => {
  database = await createTestDatabase();
  client = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
});

afterAll(async () => {
  await client.close();
  await database.drop();
});

function optionsWith(changes: Partial<ScoreCustomersOptions> = {}): ScoreCustomersOptions {
  return {
    database: client,
    databaseUrl: database.url,
    statements: loadStatements(INSTALLATION.statements),
    statementsFolder: INSTALLATION.statements,
    modelFolder: join(INSTALLATION.models, 'ranking/5'),
    rules: { first: FIRST, propensityWeight: 0, repeatDays: 7 },
    workers: 2,
    progress: SILENT_PROGRESS,
    ...changes,
  };
}

function storedRows(): Promise<StoredRow[]> {
  const text = 'SELECT customer_id, rank, product_id, score FROM recommendation_lists ORDER BY customer_id, rank';
  return client.transaction((session) => session.execute<StoredRow>(text));
}

describe('scoreCustomers', { timeout: 60_000 }, () => {
  it('writes the very lists that the gateway ranks, for every customer', async () => {
    expect(await scoreCustomers(optionsWith())).toEqual({
      customers: DEMO_DATA.customers,
      rows: FIRST * DEMO_DATA.customers,
    });
    const rows = await storedRows();
    expect(rows.length).toBe(FIRST * DEMO_DATA.customers);
    const ids = [...new Set(rows.map((row) => row.customer_id))].slice(0, 20);
    const gateway = await startGateway(database.url, { OPERATION_COST_MAX: '10000000' });
    try {
      const { data, errors } = await gateway.ask(LISTS, { ids });
      expect(errors).toBeUndefined();
      const lists = data.recommendationsForCustomers as { items: object[] }[];
      lists.forEach(({ items }, index) => {
        const own = rows.filter((row) => row.customer_id === ids[index]);
        expect(own.map(({ rank, score, product_id }) => ({ rank, score, productId: product_id }))).toEqual(items);
      });
    } finally {
      await gateway.stop();
    }
  });

  it('replaces the lists of the run before, whatever the number of workers', async () => {
    const before = await storedRows();
    await scoreCustomers(optionsWith({ workers: 1, rules: { first: 3, propensityWeight: 0, repeatDays: 7 } }));
    expect(await storedRows()).toEqual(before.filter(({ rank }) => rank <= 3));
  });

  it('leaves the lists as they were when a worker fails', async () => {
    const before = await storedRows();
    const url = new URL(database.url);
    url.pathname = '/not_there';
    await expect(scoreCustomers(optionsWith({ databaseUrl: url.href }))).rejects.toThrow();
    expect(await storedRows()).toEqual(before);
  });

  it('says so when the model cannot be used or there is nobody', async () => {
    await expect(scoreCustomers(optionsWith({ modelFolder: '/nowhere' }))).rejects.toThrow(OperatorError);
    const empty = await createTestDatabase('empty');
    const emptyClient = createPostgresClient({ url: empty.url, poolSizeMax: 2, logger: createLogger('silent') });
    try {
      const options = optionsWith({ database: emptyClient, databaseUrl: empty.url });
      await expect(scoreCustomers(options)).rejects.toThrow('no customers');
    } finally {
      await emptyClient.close();
      await empty.drop();
    }
  });
});
