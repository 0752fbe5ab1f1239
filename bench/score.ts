/**
 * `npm run bench:score`: `snowgate score` for 50,000 customers, top 10 each, into Postgres, beside XGBoost that predicts
 * the same candidates with all threads. Prints a Markdown table. XGBoost gets finished feature matrices in memory and keeps
 * the ten best; reading customers, computing features and writing lists is in our time only. Its matrices are made for a
 * sample of the customers, and its rate is taken for all of them: the whole would be 10 GB. BENCH_DATA_FOLDER names a data
 * folder to reuse (default: .cache/bench-score/data, seeded by the first run). Needs `npm run models:setup`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { INSTALLATION } from '../src/installation.ts';
import { readDatasetState } from '../src/jobs/dataset.ts';
import { openDatabase, type OpenDatabase } from '../src/jobs/open-database.ts';
import { createLogger } from '../src/logger.ts';
import { openRegistry } from '../src/registry/model-registry.ts';
import { sampleRows } from './score-sample.ts';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, '.cache/bench-score');
const DATA_FOLDER = process.env['BENCH_DATA_FOLDER'] ?? join(CACHE, 'data');
const PYTHON = join(ROOT, 'models/.venv/bin/python');
const CUSTOMERS = 50_000;
const SAMPLE = 500;
const FIRST = 10;

if (!existsSync(PYTHON)) throw new Error('models/.venv is missing. Run: npm run models:setup');
mkdirSync(CACHE, { recursive: true });
const registry = openRegistry({});
const id = registry.wanted();
const customers = await withDatabase(countCustomers);
if (customers !== CUSTOMERS) snowgate(['seed', '--customers', String(CUSTOMERS)]);
const ours = rateIn(snowgate(['score', '--first', String(FIRST)]));
const { rate: theirs, candidates, version } = await withDatabase(measureXgboost);
console.log(
  `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load ${(loadavg()[0] ?? 0).toFixed(1)}, Node ${process.version}, ` +
    `XGBoost ${version}, ${id.name}@${id.version}, ${candidates.toFixed(0)} candidates each, top ${FIRST}\n`,
);
console.log(`| who | customers per second | minutes for ${CUSTOMERS} |\n|${' --- |'.repeat(3)}`);
console.log(row('`snowgate score`: read, compute features, score, choose, write', ours));
console.log(row(`XGBoost, all threads: score, choose (rate of ${SAMPLE} customers)`, theirs));
console.log(`\n\`snowgate score\` is ${(ours / theirs).toFixed(1)} times as fast.`);

function row(who: string, rate: number): string {
  return `| ${who} | ${rate.toFixed(0)} | ${(CUSTOMERS / rate / 60).toFixed(1)} |`;
}

async function withDatabase<Result>(work: (database: OpenDatabase) => Promise<Result>): Promise<Result> {
  const database = await openDatabase({
    databaseUrl: undefined,
    dataFolder: DATA_FOLDER,
    migrationsFolder: INSTALLATION.migrations,
    poolSizeMax: 2,
    logger: createLogger('silent'),
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function countCustomers({ client }: OpenDatabase): Promise<number | null> {
  const state = await readDatasetState(client);
  return state.kind === 'complete' ? state.customers : null;
}

/** Runs a command of the program, whose messages are shown and returned. */
function snowgate(words: readonly string[]): string {
  const { stderr, status } = spawnSync(process.execPath, ['src/main.ts', ...words], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], DATA_FOLDER, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  process.stderr.write(stderr);
  if (status !== 0) throw new Error(`snowgate ${words.join(' ')} ended with ${String(status)}`);
  return stderr;
}

function rateIn(messages: string): number {
  const [, count, rate] = /about (\d+) customers in .*: (\d+) customers per second/.exec(messages) ?? [];
  if (Number(count) !== CUSTOMERS) throw new Error(`snowgate score scored ${String(count)} customers`);
  return Number(rate);
}

/** Customers per second of XGBoost alone. */
async function measureXgboost({
  client,
}: OpenDatabase): Promise<{ rate: number; candidates: number; version: string }> {
  const { features } = registry.load(id).ranker;
  const { matrices, counts } = await sampleRows(client, features, { customers: SAMPLE, of: CUSTOMERS });
  const [rows, sizes] = [join(CACHE, 'rows.f32'), join(CACHE, 'counts.i32')];
  rmSync(rows, { force: true });
  for (const matrix of matrices) writeFileSync(rows, matrix, { flag: 'a' });
  writeFileSync(sizes, Int32Array.from(counts));
  const model = join(registry.folderOf(id), 'model.json');
  const words = [join(ROOT, 'bench/score_side.py'), model, rows, String(features.length), sizes, String(FIRST)];
  const { seconds, version } = JSON.parse(execFileSync(PYTHON, words, { encoding: 'utf8' })) as {
    seconds: number;
    version: string;
  };
  rmSync(rows);
  return { rate: SAMPLE / seconds, candidates: counts.reduce((sum, count) => sum + count, 0) / SAMPLE, version };
}
