import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startFaultyProxy, through, type FaultyProxy } from '../support/faulty-proxy.ts';
import { startGateway, type Answer, type TestGateway } from '../support/gateway.ts';

const STATEMENT_TIMEOUT_MS = 400;
const QUESTION = '{ customer(id: "1000000") { id features { totalOrders } } }';
const codesOf = ({ errors }: Answer): unknown[] => (errors ?? []).map((error) => error.extensions['code']);

describe('Postgres lost while serving', () => {
  let database: TestDatabase;
  let proxy: FaultyProxy;
  let gateway: TestGateway;

  beforeAll(async () => {
    database = await createTestDatabase();
    const { hostname, port } = new URL(database.url);
    proxy = await startFaultyProxy({ host: hostname, port: Number(port) });
    gateway = await startGateway(through(database.url, proxy), { STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS) });
  });

  beforeEach(async () => {
    proxy.setMode('pass');
    await vi.waitFor(async () => {
      expect((await gateway.ask(QUESTION)).errors).toBeUndefined();
    }, 5000);
  });

  afterAll(async () => {
    await gateway.stop();
    await proxy.close();
    await database.drop();
  });

  it('fails the affected fields with UPSTREAM_UNAVAILABLE and nothing else of the request', async () => {
    proxy.setMode('refuse');
    const answer = await gateway.ask(`{ __typename customer(id: "1000000") { id } }`);
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ __typename: 'Query', customer: null });
    expect(codesOf(answer)).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(answer.errors?.[0]?.message).not.toMatch(/postgres|127\.0\.0\.1|ECONN/i);
  });

  it('tells readiness, stays alive, and serves again within 5 s of its return', async () => {
    proxy.setMode('refuse');
    const readiness = await fetch(`${gateway.url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ status: 'not ready', parts: { postgres: 'away' } });
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    proxy.setMode('pass');
    await vi.waitFor(async () => {
      expect((await gateway.ask(QUESTION)).errors).toBeUndefined();
    }, 5000);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });

  it('fails with UPSTREAM_TIMEOUT within the deadline when it hangs, for every request at once', async () => {
    proxy.setMode('hang');
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.ask(QUESTION)));
    const elapsedMs = performance.now() - startedAt;
    expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['UPSTREAM_TIMEOUT']));
    // One deadline per statement in a row, with room for a busy machine; a hang would last for ever.
    expect(elapsedMs).toBeLessThan(STATEMENT_TIMEOUT_MS * 10);
  });
});
