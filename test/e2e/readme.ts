/**
 * Rehearses the sections "Your own data" and "With Snowflake" of README.md: runs their commands from top to bottom as they
 * stand, apart from ports, folders and the reader's files, asks what they ask, and compares what is printed with the JSON
 * that follows. A block marked `terminal=<name>` runs beside the others until another takes its terminal or the text says
 * "Stop the <name>". Usage: node test/e2e/readme.ts
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_FOLDER } from '../support/folders.ts';
import { freePort } from '../support/free-port.ts';
import { MOVIELENS_COUNTS, MOVIELENS_LAYOUTS, writeFolder } from '../support/import-files.ts';
import { copyModel } from '../support/model-copies.ts';
import { readRatingsRule } from '../support/ratings-rule.ts';
import { ReaderShell } from '../support/reader-shell.ts';

/** What a reader does next. */
interface Step {
  readonly kind: 'sh' | 'json' | 'graphql' | 'stop';
  readonly terminal: string;
  readonly text: string;
}

const UNKNOWN = '777777';
const TOLERANCE = 1e-9;

const folder = await mkdtemp(join(tmpdir(), 'snowgate-readme-'));
const movies = await writeFolder(MOVIELENS_LAYOUTS['tab-separated'] ?? {});
const models = join(folder, 'models');
const ports = { gateway: await freePort(), snowflake: await freePort(), ranker: await freePort() };
const gateway = `http://localhost:${String(ports.gateway)}`;
copyModel(models, 5);
const ownData = new ReaderShell({ DATA_FOLDER: join(folder, 'own'), MODEL_FOLDER: models }, [
  [' ml-100k ', ` ${movies} `],
  ['npm start', `PORT=${String(ports.gateway)} npm start`],
]);
const withSnowflake = new ReaderShell({ DATA_FOLDER: join(folder, 'data') }, [
  ['localhost:4000', `localhost:${String(ports.gateway)}`],
  ['127.0.0.1:8084', `127.0.0.1:${String(ports.snowflake)}`],
  ['127.0.0.1:5000', `127.0.0.1:${String(ports.ranker)}`],
  ['data/synced', join(folder, 'synced')],
  ['npm run snowflake-local', `npm run snowflake-local -- --port ${String(ports.snowflake)}`],
  ['npm run ranker', `PORT=${String(ports.ranker)} npm run ranker`],
  ['npm start', `PORT=${String(ports.gateway)} npm start`],
]);

// The terminals are groups of their own: whoever stops this must not leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.all([ownData.stopAll(), withSnowflake.stopAll()]).then(() => process.exit(1));
  });
}

try {
  await rehearse('## Your own data', ownData);
  await checkRatings();
  await ownData.stopAll();
  await rehearse('## With Snowflake', withSnowflake);
  process.stdout.write('\nEvery command of "Your own data" and "With Snowflake" did what README.md says.\n');
} finally {
  await ownData.stopAll();
  await withSnowflake.stopAll();
  for (const made of [folder, movies]) await rm(made, { recursive: true, force: true });
}

async function rehearse(heading: string, shell: ReaderShell): Promise<void> {
  let printed = '';
  for (const { kind, terminal, text } of stepsOf(heading)) {
    if (kind === 'json') {
      assert.deepEqual(JSON.parse(printed), JSON.parse(text));
      continue;
    }
    process.stdout.write(kind === 'stop' ? `\n(stop the ${terminal})\n` : `\n${text.replace(/^(?=.)/gm, '$ ')}`);
    if (kind === 'stop') await shell.stopIn(terminal);
    else if (kind === 'graphql') printed = JSON.stringify({ data: await ask(text) });
    else if (terminal === '') printed = await shell.run(text);
    else await shell.startIn(terminal, text);
  }
}

function stepsOf(heading: string): Step[] {
  const readme = readFileSync(join(ROOT_FOLDER, 'README.md'), 'utf8');
  const [section = ''] = readme.slice(readme.indexOf(`${heading}\n`) + heading.length).split('\n## ');
  const steps = section.matchAll(/^```(sh|json|graphql)(?: terminal=(\w+))?\n(.*?)^```$|Stop the (\w+) \(Ctrl\+C\)/gms);
  const found = [...steps].map(([, kind = 'stop', terminal, text = '', stopped = '']) => {
    return { kind, terminal: terminal ?? stopped, text } as Step;
  });
  assert.ok(found.length >= 7, `${heading} has too few commands: ${String(found.length)}`);
  return found;
}

async function ask(query: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
  assert.equal(errors, undefined, `The gateway refuses: ${query}`);
  return data;
}

/** Holds what training measured against the mean, and the answers of the gateway against the rule over what it wrote. */
async function checkRatings(): Promise<void> {
  const { mean, userIds, itemIds, ratingOf } = readRatingsRule(join(models, 'ratings/1'));
  assert.equal(userIds.length, MOVIELENS_COUNTS.users);
  const { metrics } = JSON.parse(readFileSync(join(models, 'ratings/1/manifest.json'), 'utf8')) as {
    metrics: Readonly<Record<'ratings' | 'rmse' | 'mae' | 'mean_rmse', number>>;
  };
  assert.equal(metrics.ratings, MOVIELENS_COUNTS.ratings);
  assert.ok(metrics.mae < metrics.rmse && metrics.rmse < metrics.mean_rmse / 2, JSON.stringify(metrics));
  const products = [...itemIds.slice(0, 20), String(MOVIELENS_COUNTS.movies)];
  for (const user of [...userIds.slice(0, 5), UNKNOWN]) {
    const fields = products.map((id) => `p${id}: product(id: "${id}") { predictedAffinity(customerId: "${user}") }`);
    const data = (await ask(`{ ${fields.join(' ')} }`)) as Record<string, { predictedAffinity: number }>;
    for (const id of products) {
      const difference = (data[`p${id}`]?.predictedAffinity ?? NaN) - ratingOf(user, id);
      assert.ok(Math.abs(difference) < TOLERANCE, `customer ${user}, product ${id}: off by ${String(difference)}`);
    }
  }
  assert.equal(ratingOf(UNKNOWN, UNKNOWN), mean);
  process.stdout.write(`\nRatings of ${String(products.length * 6)} pairs are those of the factors.\n`);
}
