import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalSnowflake } from '../../local-snowflake/server.ts';
import { createTestDatabase } from '../support/database.ts';
import { fillSnowflake, settingsOf, startEmptySnowflake } from '../support/demo-snowflake.ts';
import { startGateway, useGateway, type TestGateway } from '../support/gateway.ts';

/** One request of schema/operations: golden/<name>.response.json and .statements.json say what it answers and costs. */
interface Case {
  readonly name: string;
  readonly operation: string;
  readonly variables: object;
}

const CASES: readonly Case[] = [
  { name: 'point-customer', operation: 'point-customer', variables: { customerId: '1000000' } },
  { name: 'unknown-customer', operation: 'point-customer', variables: { customerId: '424242' } },
  { name: 'customer-profile', operation: 'customer-profile', variables: { customerId: '1000001' } },
  { name: 'home-page', operation: 'home-page', variables: { customerId: '1000002' } },
  {
    name: 'home-pages',
    operation: 'home-pages',
    variables: { customerIds: ['1000005', '424242', '1000003'] },
  },
  {
    name: 'nested-purchases',
    operation: 'nested-purchases',
    variables: { customerId: '1000004', region: 'MIDWEST' },
  },
  { name: 'segment', operation: 'segment', variables: { filter: { segments: ['CHAMPION', 'LOYAL'] }, first: 3 } },
  {
    name: 'product-page',
    operation: 'product-page',
    variables: { productId: '42', region: 'WEST', customerId: '1000006' },
  },
  {
    name: 'ranked-list',
    operation: 'ranked-list',
    variables: { customerId: '1000007', region: 'SOUTH', first: 6, filter: { maxPerCategory: 2, priceMax: '80' } },
  },
];

/** What differs from run to run: clocks of this process. */
const VOLATILE = new Set(['timings', 'isStale']);

function steady(value: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => steady(item, path));
  // Postgres adds doubles in the order that it likes, so the last digits differ from run to run.
  if (typeof value === 'number') return Number(value.toPrecision(6));
  if (typeof value !== 'object' || value === null) return value;
  const isSnapshotMoment = (key: string): boolean =>
    key === 'asOf' && path.at(-1) === 'recommendations' && path.length === 2;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      VOLATILE.has(key) || isSnapshotMoment(key) ? '(varies)' : steady(child, [...path, key]),
    ]),
  );
}

describe('golden requests, served from Postgres', () => {
  const gateway = useGateway();

  it.each(CASES)('$name answers and costs what its golden files say', (golden) => expectGolden(gateway(), golden));
});

describe('golden requests, served from hybrid tables alone', () => {
  let local: LocalSnowflake | undefined;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    const [started, source] = await Promise.all([startEmptySnowflake(), createTestDatabase()]);
    local = started;
    await fillSnowflake(local, source.url);
    await source.drop();
    // Executing on DuckDB takes its time; how long is not what this is about.
    const settings = { SERVING_STORES: 'snowflake', STATEMENT_TIMEOUT_MS: '20000', ...settingsOf(local) };
    gateway = await startGateway(null, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await local?.stop();
  });

  it.each(CASES)('$name answers and costs the same', async (golden) => {
    if (!gateway) throw new Error('The gateway did not start');
    await expectGolden(gateway, golden);
  });
});

async function expectGolden(gateway: TestGateway, { name, operation, variables }: Case): Promise<void> {
  gateway.takeStatements();
  const { status, data, errors } = await gateway.run(operation, variables);
  const statements = gateway.takeStatements();
  expect(status).toBe(200);
  expect(errors).toBeUndefined();
  await expect(text(steady({ data }))).toMatchFileSnapshot(`golden/${name}.response.json`);
  await expect(text(statements)).toMatchFileSnapshot(`golden/${name}.statements.json`);
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
