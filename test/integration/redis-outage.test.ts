import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startFaultyProxy, through, type FaultyProxy, type ProxyMode } from '../support/faulty-proxy.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { testRedis } from '../support/redis.ts';

describe('Redis behind the entity cache', () => {
  let database: TestDatabase;
  let proxy: FaultyProxy;
  let gateway: TestGateway;
  let nextId = 1_000_000;
  const ask = (id: number) =>
    gateway.ask(`{ customer(id: "${String(id)}") { id loyaltyTier features { totalOrders } } }`);

  beforeAll(async () => {
    database = await createTestDatabase();
    const { hostname, port } = new URL(testRedis().url);
    proxy = await startFaultyProxy({ host: hostname, port: Number(port) });
    gateway = await startGateway(database.url, {
      CACHE_TTL_SECONDS: '60',
      REDIS_URL: through(testRedis().url, proxy),
      REDIS_TIMEOUT_MS: '100',
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await proxy.close();
    await database.drop();
  });

  it('shares rows with the next gateway, which then needs no statement', async () => {
    const id = nextId++;
    const first = await ask(id);
    const second = await startGateway(database.url, { CACHE_TTL_SECONDS: '60', REDIS_URL: testRedis().url });
    try {
      await expect
        .poll(async () => {
          const answer = await second.ask(
            `{ customer(id: "${String(id)}") { id loyaltyTier features { totalOrders } } }`,
          );
          return { data: answer.data as unknown, statements: second.takeStatements() };
        })
        .toEqual({ data: first.data, statements: [] });
    } finally {
      await second.stop();
    }
  });

  it.each<ProxyMode>(['refuse', 'hang'])('is missed by nobody but the metrics when it goes away (%s)', async (mode) => {
    proxy.setMode(mode);
    for (let request = 0; request < 8; request++) {
      const { errors, data } = await ask(nextId);
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ customer: { id: String(nextId) } });
      nextId++;
    }
    const failures = await gateway.app.metrics.cacheFailures.get();
    expect(failures.values.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    proxy.setMode('pass');
  });
});
