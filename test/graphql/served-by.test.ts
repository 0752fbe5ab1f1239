import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSnowflake } from '../../local-snowflake/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settingsOf, startEmptySnowflake } from '../support/demo-snowflake.ts';
import { startGateway, useGateway, type TestGateway } from '../support/gateway.ts';

const CUSTOMER = 'query ($id: ID!) { customer(id: $id) { loyaltyTier } }';
const PRODUCTS = '{ products(first: 1) { edges { node { name } } } }';

describe('an answer names the stores that it waited for', () => {
  let local: LocalSnowflake;
  let database: TestDatabase;
  let gateway: TestGateway;

  // Snowflake's tables are empty, so that an answer of its own shows.
  beforeAll(async () => {
    [local, database] = await Promise.all([startEmptySnowflake(), createTestDatabase('demo')]);
    gateway = await startGateway(database.url, {
      SERVING_STORES: 'snowflake,postgres',
      CACHE_TTL_SECONDS: '300',
      ...settingsOf(local),
    });
  });
  afterEach(() => {
    local.faults.clear();
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([local.stop(), database.drop()]);
  });

  const failOnce = (sql: RegExp) =>
    local.faults.inject({ kind: 'failure', code: '000666', sqlState: '57P03', message: 'down' }, { sql });

  it('the first while it works', async () => {
    const { data, extensions } = await gateway.ask(CUSTOMER, { id: '1000000' });
    expect(data).toEqual({ customer: null });
    expect(extensions).toEqual({ snowgate: { stores: ['snowflake'] } });
  });

  it('the next where the first failed', async () => {
    failOnce(/customers/);
    const { data, extensions } = await gateway.ask(CUSTOMER, { id: '1000001' });
    expect(data.customer.loyaltyTier).toBeTypeOf('string');
    expect(extensions).toEqual({ snowgate: { stores: ['postgres'] } });
  });

  it('both where each answered a statement', async () => {
    failOnce(/products AS/);
    const { extensions } = await gateway.ask(`${PRODUCTS.slice(0, -1)} customer(id: "1000002") { id } }`);
    expect(extensions).toEqual({ snowgate: { stores: ['postgres', 'snowflake'] } });
  });

  it('to every request that waited for the same statement', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => gateway.ask(CUSTOMER, { id: '1000003' })));
    for (const { extensions } of answers) expect(extensions).toEqual({ snowgate: { stores: ['snowflake'] } });
  });

  it('and none when all of it came from the cache', async () => {
    await gateway.ask(CUSTOMER, { id: '1000004' });
    const { extensions } = await gateway.ask(CUSTOMER, { id: '1000004' });
    expect(extensions).toBeUndefined();
  });

  it('also after the document was compiled', async () => {
    for (const run of [1, 2, 3]) {
      const { extensions } = await gateway.ask(PRODUCTS);
      expect(extensions, `run ${run}`).toEqual({ snowgate: { stores: ['snowflake'] } });
    }
  });
});

describe('with one store alone', () => {
  const gateway = useGateway();

  it('an answer says nothing that is known already', async () => {
    expect((await gateway().ask(PRODUCTS)).extensions).toBeUndefined();
  });
});
