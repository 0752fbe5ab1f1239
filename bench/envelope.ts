/**
 * `npm run bench:envelope`: one call of RECOMMEND() with 10,000 rows, as Snowflake sends it: one envelope on
 * POST /recommend, every hundredth row malformed. Checks that each row is answered under its own number, prints the seconds
 * of three calls, the greatest memory of the gateway and how long others waited meanwhile. ENVELOPE_DATA_FOLDER names a
 * data folder to reuse.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway } from '../loadtest/gateway.ts';

const CUSTOMERS = 10_000;
const FIRST_CUSTOMER_ID = 1_000_000;
const TOP_N = 10;
const BAD_EVERY = 100;
const CALLS = 3;
const GOAL_SECONDS = 15;
const PROBE_EVERY_MS = 20;
const FIRST_DIGITS = 10;

type Answer = readonly [rowNumber: number, answer: { readonly error?: string; readonly recommendations?: object[] }];

const folder = process.env['ENVELOPE_DATA_FOLDER'];
const gateway = await startGateway({
  customers: CUSTOMERS,
  settings: { LOG_LEVEL: 'warn', ...(folder !== undefined && { DATA_FOLDER: folder }) },
});
try {
  console.log(`${String(cpus().length)} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`);
  console.log(`${String(CUSTOMERS)} rows in one envelope, ${String(TOP_N)} products each\n`);
  console.log('| call | seconds | goal | peak RSS MB | others waited ms at worst |\n|' + ' --- |'.repeat(5));
  for (let call = 1; call <= CALLS; call += 1) console.log(await measure(call));
} finally {
  await gateway.stop();
}

async function measure(call: number): Promise<string> {
  const rows = Array.from({ length: CUSTOMERS }, (_, place) => [
    // Numbers that are no places, to see that they come back as they are.
    7 * place + 3,
    isBad(place) ? 'nobody' : FIRST_CUSTOMER_ID + ((place * 13) % CUSTOMERS),
    `${String(place % FIRST_DIGITS)}0202`,
    TOP_N,
  ]);
  const start = performance.now();
  const answer = post(rows);
  const waited = longestWaitDuring(answer);
  const { data } = await answer;
  const seconds = (performance.now() - start) / 1000;
  check(rows, data);
  const peak = peakMegabytes(gateway.pid);
  return `| ${String(call)} | ${seconds.toFixed(1)} | under ${String(GOAL_SECONDS)} | ${peak} | ${(await waited).toFixed(0)} |`;
}

async function post(rows: readonly unknown[]): Promise<{ data: Answer[] }> {
  const response = await fetch(`${gateway.url}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: rows }),
  });
  if (!response.ok) throw new Error(`${String(response.status)}: ${await response.text()}`);
  return (await response.json()) as { data: Answer[] };
}

function check(rows: readonly (readonly unknown[])[], answers: readonly Answer[]): void {
  if (answers.length !== rows.length) throw new Error(`${String(answers.length)} rows came back`);
  answers.forEach(([number, answer], place) => {
    if (number !== rows[place]?.[0]) throw new Error(`row ${String(place)} came back as ${String(number)}`);
    const isAnswered = isBad(place) ? answer.error === 'bad_request' : answer.recommendations?.length === TOP_N;
    if (!isAnswered) throw new Error(`row ${String(place)}: ${JSON.stringify(answer).slice(0, 200)}`);
  });
}

function isBad(place: number): boolean {
  return place % BAD_EVERY === 0;
}

/** The greatest that the process has ever held in memory, where the system tells. */
function peakMegabytes(pid: number | undefined): string {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toFixed(0);
  } catch {
    return 'unknown';
  }
}

/** Milliseconds of the slowest answer of the health page until the envelope is answered. */
async function longestWaitDuring(answer: Promise<unknown>): Promise<number> {
  const state = { isRunning: true };
  const end = (): void => {
    state.isRunning = false;
  };
  answer.then(end, end);
  let longest = 0;
  while (state.isRunning) {
    const start = performance.now();
    await fetch(`${gateway.url}/healthz`).then((response) => response.text());
    longest = Math.max(longest, performance.now() - start);
    await delay(PROBE_EVERY_MS);
  }
  return longest;
}
