/**
 * `npm run bench:ranked`: where the time of a ranked request goes, by its own `timings`, under 32 concurrent requests:
 * loading the customer against scoring, once with every customer read from the database and once from the cache. And
 * how long a batch of 100 customers keeps others waiting: every 2 ms a request for the health of the gateway.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway } from '../loadtest/gateway.ts';

const CUSTOMERS = 2000;
const FIRST_CUSTOMER_ID = 1_000_000;
const CONCURRENT = 32;
const REQUESTS = 3000;
const WARM_UP = 1000;
const BATCH = 100;
const BATCHES = 10;
const PROBE_EVERY_MS = 2;
const LIST = readFileSync(join(import.meta.dirname, '../schema/operations/ranked-list.graphql'), 'utf8');
const LISTS = `query ($ids: [ID!]!) {
  recommendationsForCustomers(customerIds: $ids, first: 5) { rung items { rank score } timings { rankingMs } }
}`;

interface Timings {
  readonly featuresMs: number;
  readonly rankingMs: number;
}

interface List {
  readonly rung: string;
  readonly timings: Timings;
}

console.log(`${String(cpus().length)} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`);
console.log(`${String(REQUESTS)} requests, ${String(CONCURRENT)} at a time, ${String(CUSTOMERS)} customers\n`);
console.log(
  '| customers | requests/s | loading p50 ms | p99 | scoring p50 ms | p99 | scoring is less |\n|' + ' --- |'.repeat(7),
);
await withGateway('from the database', { CACHE_TTL_SECONDS: '0' }, async (url, name) => {
  await reportTimings(url, name);
});
await withGateway('from the cache', {}, async (url, name) => {
  await reportTimings(url, name);
  await reportBatches(url);
});

async function withGateway(
  name: string,
  settings: Record<string, string>,
  run: (url: string, name: string) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway({
    customers: CUSTOMERS,
    settings: { OPERATION_COST_MAX: '1000000', LOG_LEVEL: 'warn', ...settings },
  });
  try {
    await run(gateway.url, name);
  } finally {
    await gateway.stop();
  }
}

async function reportTimings(url: string, name: string): Promise<void> {
  await rankedLists(url, WARM_UP);
  const start = performance.now();
  const timings = await rankedLists(url, REQUESTS);
  const perSecond = (1000 * REQUESTS) / (performance.now() - start);
  const loading = sorted(timings.map(({ featuresMs }) => featuresMs));
  const scoring = sorted(timings.map(({ rankingMs }) => rankingMs));
  const cells = [at(loading, 0.5), at(loading, 0.99), at(scoring, 0.5), at(scoring, 0.99)];
  const holds = at(scoring, 0.5) < at(loading, 0.5) && at(scoring, 0.99) < at(loading, 0.99);
  const quicker = timings.filter(({ featuresMs, rankingMs }) => rankingMs < featuresMs).length;
  const share = ((100 * quicker) / timings.length).toFixed(1);
  console.log(
    `| ${name} | ${perSecond.toFixed(0)} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} | ${holds ? 'yes' : 'no'}; in ${share} % of the requests |`,
  );
}

async function reportBatches(url: string): Promise<void> {
  const waits: number[] = [];
  const scoring: number[] = [];
  for (let batch = 0; batch <= BATCHES; batch += 1) {
    const ids = Array.from({ length: BATCH }, (_, index) => customerId(batch * BATCH + index));
    const answer = ask<{ recommendationsForCustomers: List[] }>(url, LISTS, { ids });
    const longest = await longestWaitDuring(url, answer);
    const { recommendationsForCustomers: lists } = await answer;
    // The first one warms up.
    if (batch === 0) continue;
    waits.push(longest);
    scoring.push(lists.reduce((sum, { timings }) => sum + timings.rankingMs, 0));
  }
  console.log(
    `\nA batch of ${String(BATCH)} customers: ${at(sorted(scoring), 0.5).toFixed(0)} ms of scoring; meanwhile the health ` +
      `page answers after ${at(sorted(waits), 0.5).toFixed(0)} ms at worst (median of ${String(BATCHES)} batches).`,
  );
}

/** Milliseconds of the slowest answer of the health page until the batch is there. */
async function longestWaitDuring(url: string, answer: Promise<unknown>): Promise<number> {
  const state = { isRunning: true };
  void answer.finally(() => {
    state.isRunning = false;
  });
  const waits: Promise<number>[] = [];
  while (state.isRunning) {
    const start = performance.now();
    waits.push(fetch(`${url}/healthz`).then(() => performance.now() - start));
    await delay(PROBE_EVERY_MS);
  }
  return Math.max(...(await Promise.all(waits)));
}

async function rankedLists(url: string, count: number): Promise<Timings[]> {
  const timings: Timings[] = [];
  let asked = 0;
  const worker = async (): Promise<void> => {
    while (asked < count) {
      const id = customerId(asked * 7);
      asked += 1;
      const { recommendations } = await ask<{ recommendations: List }>(url, LIST, { customerId: id });
      if (recommendations.rung !== 'EMBEDDED_MODEL') throw new Error(`ranked by ${recommendations.rung}`);
      timings.push(recommendations.timings);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  return timings;
}

async function ask<Data>(url: string, query: string, variables: object): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

function customerId(index: number): string {
  return String(FIRST_CUSTOMER_ID + (index % CUSTOMERS));
}

function sorted(values: number[]): number[] {
  return values.sort((a, b) => a - b);
}

function at(values: readonly number[], share: number): number {
  return values[Math.min(Math.floor(share * values.length), values.length - 1)] ?? NaN;
}
