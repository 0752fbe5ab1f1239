import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { registerHealth, type HealthCheck } from './health.ts';

let server: FastifyInstance;
let isStopping: boolean;
let checks: HealthCheck[];

beforeEach(() => {
  server = fastify();
  isStopping = false;
  checks = [];
  registerHealth(server, { checks, isStopping: () => isStopping, logger: createLogger('silent') });
});

afterEach(() => server.close());

async function readiness(): Promise<[status: number, body: unknown]> {
  const { statusCode, body } = await server.inject('/readyz');
  return [statusCode, JSON.parse(body)];
}

const away = (): Promise<void> => Promise.reject(new Error('away'));

it('is ready while every required part answers, and says which does not', async () => {
  checks.push({ name: 'redis', isRequired: false, check: away });
  expect(await readiness()).toEqual([200, { status: 'ready', parts: { redis: 'away' } }]);
  checks.push({ name: 'postgres', isRequired: true, check: away });
  expect(await readiness()).toEqual([503, { status: 'not ready', parts: { redis: 'away', postgres: 'away' } }]);
  expect((await server.inject('/healthz')).statusCode).toBe(200);
});

it('is not ready once it stops, at once', async () => {
  checks.push({ name: 'postgres', isRequired: true, check: () => new Promise(() => undefined) });
  isStopping = true;
  expect(await readiness()).toEqual([503, { status: 'stopping' }]);
});

it('is not ready when it stops while a part is asked', async () => {
  const [began, asked] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const check = (): Promise<undefined> => (began.resolve(undefined), asked.promise);
  checks.push({ name: 'postgres', isRequired: true, check });
  const answer = readiness();
  await began.promise;
  isStopping = true;
  asked.resolve(undefined);
  expect(await answer).toEqual([503, { status: 'stopping' }]);
});
