/**
 * `npm run loadtest:faults`: 50 requests at once while one thing after the other goes wrong behind the gateway. Every
 * answer is compared with the true one. Starts everything it needs: Postgres, the local Snowflake, the ranking model as
 * a service, and a gateway for each order of the stores. Ends with 1 when a request failed although a rung was left, an
 * answer was not true, the best rungs took longer than 5 s to serve again, or a connection or timer was left over.
 * Speed is printed and never judged: the local Snowflake is none, and all of it shares one machine. A word as argument
 * runs the faults alone whose names hold it.
 */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway } from '../gateway.ts';
import { Asker, quantile, questionsAbout, type Answer, type LoadResult, type Question } from './load.ts';
import { rungsOf, settledCounts, type Counts } from './observe.ts';
import { CALM, lift, MODEL_SCENARIOS, POSTGRES_SCENARIOS, SNOWFLAKE_SCENARIOS, type Scenario } from './scenarios.ts';
import { startServices } from './services.ts';

const AT_ONCE = 50;
const CUSTOMERS = 120;
const FIRST_CUSTOMER_ID = 1_000_000;
const ASKED_CUSTOMERS = 40;
/** Whichever is later; a fault that nobody meets proves nothing. */
const REQUESTS_MIN = 150;
const FAULT_MS = 1200;
const REQUESTS_MAX = 2000;
const RECOVERY_MAX_MS = 5000;
/** A login that hangs is given up after SNOWFLAKE_LOGIN_TIMEOUT_MS, 10 s; what is still there then is left over. */
const SETTLE_MS = 13_000;

const PLAN = [
  {
    stores: 'snowflake,postgres',
    scenarios: [CALM, ...SNOWFLAKE_SCENARIOS, ...POSTGRES_SCENARIOS, ...MODEL_SCENARIOS],
  },
  { stores: 'postgres,snowflake', scenarios: [CALM, ...POSTGRES_SCENARIOS] },
] as const;

const word = process.argv[2] ?? '';
const customerIds = Array.from({ length: ASKED_CUSTOMERS }, (_, index) => String(FIRST_CUSTOMER_ID + index));
const questions = questionsAbout(customerIds);
const problems: string[] = [];
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption.abort();
  });
}
const services = await startServices(CUSTOMERS);
try {
  const truths = await readTruths();
  for (const { stores, scenarios } of PLAN) await runOrder(stores, scenarios, truths);
} finally {
  await services.stop();
}
for (const problem of problems) console.log(`\n${problem}`);
if (interruption.signal.aborted) problems.push('Interrupted.');
console.log(problems.length === 0 ? '\nEvery line holds.' : `\n${String(problems.length)} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What a gateway answers that has Postgres and its own model, one question after the other. */
async function readTruths(): Promise<ReadonlyMap<string, Answer>> {
  const gateway = await startGateway({ customers: CUSTOMERS, settings: { ...services.settings, RANKER: 'embedded' } });
  const asker = new Asker(gateway.url, 1);
  try {
    const truths = new Map<string, Answer>();
    for (const question of questions) {
      const answer = await asker.ask(question);
      if (answer.problem !== undefined) throw new Error(`Without any fault: ${answer.problem}`);
      truths.set(question.name, answer);
    }
    return truths;
  } finally {
    asker.close();
    await gateway.stop();
  }
}

async function runOrder(
  stores: string,
  scenarios: readonly Scenario[],
  truths: ReadonlyMap<string, Answer>,
): Promise<void> {
  const settings = { ...services.settings, SERVING_STORES: stores, RANKER: 'service-then-embedded' };
  const gateway = await startGateway({ customers: CUSTOMERS, settings });
  try {
    console.log(`\nSERVING_STORES=${stores}, ${String(AT_ONCE)} requests at once\n`);
    console.log(
      '| what goes wrong | requests | failed | wrong | p50 ms | p99 ms | struck | served below | back after ms | timers | connections | sessions | other files | load |',
    );
    console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
    let asker = new Asker(gateway.url, AT_ONCE);
    await asker.load(questions, truths, { atOnce: AT_ONCE, isEnough: (sent) => sent >= REQUESTS_MIN });
    asker.close();
    for (const scenario of scenarios.filter(({ name }) => name.includes(word))) {
      if (interruption.signal.aborted) break;
      asker = new Asker(gateway.url, AT_ONCE);
      console.log(await runScenario(scenario, { url: gateway.url, asker, truths, stores }));
    }
  } finally {
    await gateway.stop();
  }
}

function isQuiet(counts: Counts, earlier: Counts): boolean {
  return counts.otherFiles === earlier.otherFiles && counts.timers === earlier.timers;
}

interface Run {
  readonly url: string;
  readonly asker: Asker;
  readonly truths: ReadonlyMap<string, Answer>;
  readonly stores: string;
}

async function runScenario(scenario: Scenario, { url, asker, truths, stores }: Run): Promise<string> {
  const before = await settledCounts(url, services, isQuiet, SETTLE_MS);
  const rungsBefore = await rungsOf(url);
  const startedAt = performance.now();
  const isEnough = (sent: number): boolean =>
    interruption.signal.aborted ||
    sent >= REQUESTS_MAX ||
    (sent >= REQUESTS_MIN && performance.now() - startedAt > FAULT_MS);
  const loading = asker.load(questions, truths, { atOnce: AT_ONCE, isEnough });
  await delay(50);
  await scenario.strike(services);
  const result = await loading;
  const hits = await lift(services);
  const rungs = await rungsOf(url);
  const recoveryMs = await recovery(url, asker);
  const afterwards = await asker.load(questions, truths, { atOnce: AT_ONCE, isEnough: (sent) => sent >= AT_ONCE });
  asker.close();
  const isSettled = ({ timers, otherFiles }: Counts): boolean =>
    timers <= before.timers && otherFiles <= before.otherFiles;
  const after = await settledCounts(url, services, isSettled, SETTLE_MS);
  if (scenario.isInjected === true && hits === 0) problems.push(`${scenario.name} (${stores}): nobody met it`);
  judge(`${scenario.name} (${stores})`, { results: [result, afterwards], recoveryMs, before, after, isSettled });
  return row(scenario.name, {
    result,
    afterwards,
    hits,
    below: rungs.lower - rungsBefore.lower,
    recoveryMs,
    before,
    after,
  });
}

/** Milliseconds until a request is served by the best rungs alone. */
async function recovery(url: string, asker: Asker): Promise<number> {
  const liftedAt = performance.now();
  for (let place = 0; ; place += 1) {
    const before = await rungsOf(url);
    await asker.ask(questions[(place * 3) % questions.length] as Question);
    const after = await rungsOf(url);
    const elapsedMs = performance.now() - liftedAt;
    if (after.lower === before.lower && after.best > before.best) return elapsedMs;
    if (elapsedMs > RECOVERY_MAX_MS * 3) return Infinity;
    await delay(50);
  }
}

interface Outcome {
  readonly results: readonly LoadResult[];
  readonly recoveryMs: number;
  readonly before: Counts;
  readonly after: Counts;
  readonly isSettled: (counts: Counts) => boolean;
}

function judge(name: string, { results, recoveryMs, before, after, isSettled }: Outcome): void {
  const failures = results.flatMap((result) => result.failures);
  const wrong = results.flatMap((result) => result.wrong);
  if (failures.length > 0)
    problems.push(`${name}: ${String(failures.length)} requests failed, as ${failures[0] ?? ''}`);
  if (wrong.length > 0) problems.push(`${name}: ${String(wrong.length)} answers were wrong, as ${wrong[0] ?? ''}`);
  if (recoveryMs > RECOVERY_MAX_MS)
    problems.push(`${name}: the best rungs served again after ${String(Math.round(recoveryMs))} ms`);
  if (!isSettled(after)) problems.push(`${name}: left over ${JSON.stringify(after)}, before ${JSON.stringify(before)}`);
}

interface Row {
  readonly result: LoadResult;
  readonly afterwards: LoadResult;
  readonly hits: number;
  readonly below: number;
  readonly recoveryMs: number;
  readonly before: Counts;
  readonly after: Counts;
}

function row(name: string, { result, afterwards, hits, below, recoveryMs, before, after }: Row): string {
  const both = (key: keyof Counts): string => `${String(before[key])} → ${String(after[key])}`;
  const connections = ({ postgres, snowflake, model }: Counts): string => [postgres, snowflake, model].join('+');
  const cells = [
    name,
    result.sent + afterwards.sent,
    result.failures.length + afterwards.failures.length,
    result.wrong.length + afterwards.wrong.length,
    Math.round(quantile(result.latencies, 0.5)),
    Math.round(quantile(result.latencies, 0.99)),
    hits,
    below,
    Math.round(recoveryMs),
    both('timers'),
    `${connections(before)} → ${connections(after)}`,
    both('sessions'),
    both('otherFiles'),
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}
