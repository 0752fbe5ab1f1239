/**
 * `npm run bench:smoke`: requests per second, p50 and p99 of the point, nested and ranked request, with statements per
 * request, against a gateway of its own with its full stack on (limits, masking, logging, cache). Ids are drawn
 * uniformly from a seeded generator. Takes about a minute; the load generator shares the machine with the gateway and
 * Postgres, so the numbers are comparable only with those of the same machine.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { startGateway } from '../loadtest/gateway.ts';

const CUSTOMERS = 2000;
const FIRST_CUSTOMER_ID = 1_000_000;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 3;
const MEASURED_SECONDS = 8;
const OPERATIONS_FOLDER = join(import.meta.dirname, '../schema/operations');

interface Scenario {
  readonly name: string;
  readonly operation: string;
  readonly variables: (customerId: string) => object;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'point', operation: 'point-customer', variables: (customerId) => ({ customerId }) },
  { name: 'nested', operation: 'nested-purchases', variables: (customerId) => ({ customerId, region: 'MIDWEST' }) },
  { name: 'ranked', operation: 'home-page', variables: (customerId) => ({ customerId }) },
];

const gateway = await startGateway({ customers: CUSTOMERS, settings: { LOG_LEVEL: 'info' } });
try {
  console.log(`${String(cpus().length)} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, `);
  console.log(
    `${String(CONNECTIONS)} connections, ${String(MEASURED_SECONDS)} s each, ${String(CUSTOMERS)} customers\n`,
  );
  console.log('| request | requests/s | p50 ms | p99 ms | statements/request | errors |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const scenario of SCENARIOS) console.log(await measure(scenario));
} finally {
  await gateway.stop();
}

async function measure({ name, operation, variables }: Scenario): Promise<string> {
  const query = readFileSync(join(OPERATIONS_FOLDER, `${operation}.graphql`), 'utf8');
  const nextCustomerId = seededIds();
  const run = (duration: number): Promise<autocannon.Result> =>
    autocannon({
      url: `${gateway.url}/graphql`,
      connections: CONNECTIONS,
      duration,
      requests: [
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          setupRequest: (request) => ({
            ...request,
            body: JSON.stringify({ query, variables: variables(nextCustomerId()) }),
          }),
          onResponse: (status, body) => {
            if (status !== 200 || body.includes('"errors"')) throw new Error(`${name}: ${body.slice(0, 500)}`);
          },
        },
      ],
    });
  await run(WARM_UP_SECONDS);
  const before = await statementCount();
  const result = await run(MEASURED_SECONDS);
  const statements = ((await statementCount()) - before) / result.requests.total;
  const cells = [
    name,
    result.requests.average.toFixed(0),
    result.latency.p50.toFixed(0),
    result.latency.p99.toFixed(0),
    statements.toFixed(2),
    String(result.errors + result.non2xx),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function statementCount(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const counts = [...text.matchAll(/^snowgate_statement_duration_seconds_count\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The same ids in the same order on every run. */
function seededIds(): () => string {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String(FIRST_CUSTOMER_ID + (state % CUSTOMERS));
  };
}
