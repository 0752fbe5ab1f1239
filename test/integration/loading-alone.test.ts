import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient, type PostgresSession } from '../../src/clients/postgres.ts';
import { INSTALLATION } from '../../src/installation.ts';
import { makeCollaborativeLists } from '../../src/jobs/collaborative-lists/make-lists.ts';
import { whileLoadingAlone } from '../../src/jobs/dataset.ts';
import { exportTraining, type ExportTrainingSummary } from '../../src/jobs/export-training/export-training.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { scoreCustomers } from '../../src/jobs/score/score-customers.ts';
import { replacePropensities } from '../../src/jobs/score/score-propensities.ts';
import { createLogger } from '../../src/logger.ts';
import { ModelRegistry } from '../../src/registry/model-registry.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';

const WAITING = 'Waiting for another command that works on this database';
const DAY_MS = 86_400_000;
const IDLE_MS = 100;
const statements = loadStatements(INSTALLATION.statements);
const propensityModel = new ModelRegistry({ root: INSTALLATION.models }).newestPropensityModel();
if (!propensityModel) throw new Error('A propensity model ships.');
const model = propensityModel;

let folder: string;
let database: TestDatabase;
let clients: PostgresClient[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loading-alone-'));
  database = await createTestDatabase();
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await database.drop();
  await rm(folder, { recursive: true });
});

/** As small as one may be set. */
function connect(): PostgresClient {
  const client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
  clients.push(client);
  return client;
}

function exportInto(out: string, progress: Progress): Promise<ExportTrainingSummary> {
  return exportTraining({
    database: connect(),
    statements,
    folder: out,
    progress,
    customersPerMoment: 20,
    testCustomers: 5,
    negatives: 4,
    momentCount: 2,
  });
}

/** Everything that writes tables which are computed from others, each as a process of its own. */
const JOBS: Readonly<Record<string, (progress: Progress) => Promise<unknown>>> = {
  'a training export': (progress) => exportInto(join(folder, 'out'), progress),
  'ranked lists': (progress) =>
    scoreCustomers({
      database: connect(),
      databaseUrl: database.url,
      statements,
      statementsFolder: INSTALLATION.statements,
      modelFolder: join(INSTALLATION.models, 'ranking/5'),
      rules: { first: 1, propensityWeight: 0, repeatDays: 7 },
      workers: 1,
      progress,
    }),
  propensities: (progress) => replacePropensities(connect(), { statements, model, progress }),
  'lists of neighbours': (progress) =>
    expect(
      makeCollaborativeLists({
        database: connect(),
        statements,
        method: { kind: 'neighbours', neighbours: 2 },
        first: 1,
        progress,
      }),
    ).rejects.toThrow(/no ratings/),
};

/** Resolves with the first step of a job's progress. */
function firstStep(run: (progress: Progress) => Promise<unknown>): { first: Promise<string>; ended: Promise<unknown> } {
  const { promise: first, resolve } = Promise.withResolvers<string>();
  return { first, ended: run({ ...SILENT_PROGRESS, step: resolve }) };
}

describe('what works on a database', { timeout: 60_000 }, () => {
  it.each(Object.entries(JOBS))('waits for a load that is under way, and says so: %s', async (_name, run) => {
    const { release, holding } = await load();
    const { first, ended } = firstStep(run);
    expect(await first).toBe(WAITING);
    release();
    await Promise.all([holding, ended]);
  });

  it('may all begin at once: each does its work in its turn', async () => {
    await Promise.all(Object.values(JOBS).map((run) => run(SILENT_PROGRESS)));
    const [scored] = await connect().transaction((session) =>
      session.execute<{ customers: string }>(`
        SELECT count(DISTINCT customer_id) AS customers
        FROM recommendation_lists JOIN customer_propensities USING (customer_id)`),
    );
    expect(Number(scored?.customers)).toBe(DEMO_DATA.customers);
  });

  it('exports the data that is there when its turn comes', async () => {
    const { release, holding } = await load((session) =>
      session.execute(`UPDATE dataset SET as_of = as_of - interval '7 days'`),
    );
    const { first, ended } = firstStep(JOBS['a training export'] ?? (() => Promise.reject(new Error('none'))));
    await first;
    release();
    await Promise.all([holding, ended]);
    const { dataset } = JSON.parse(await readFile(join(folder, 'out/export.json'), 'utf8')) as {
      dataset: { asOf: string };
    };
    expect(dataset.asOf).toBe(new Date(DEMO_DATA.asOf.getTime() - 7 * DAY_MS).toISOString());
  });

  it('may take longer than the server lets a session be idle', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await connect().transaction((session) =>
      session.execute(`ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = ${String(IDLE_MS)}`),
    );
    const { release, holding } = await load();
    await delay(3 * IDLE_MS);
    release();
    await holding;
  });

  it('exports twice to one folder, one after the other', async () => {
    const out = join(folder, 'out');
    const [one, other] = await Promise.all([exportInto(out, SILENT_PROGRESS), exportInto(out, SILENT_PROGRESS)]);
    expect(one).toEqual(other);
    const { rankingColumns } = JSON.parse(await readFile(join(out, 'export.json'), 'utf8')) as {
      rankingColumns: string[];
    };
    const { length } = await readFile(join(out, 'ranking.f32'));
    expect(length / rankingColumns.length / Float32Array.BYTES_PER_ELEMENT).toBe(one.rows);
  });
});

/** A load that goes on until it is released. */
async function load(
  change: (session: PostgresSession) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ release: () => void; holding: Promise<unknown> }> {
  const held = Promise.withResolvers<undefined>();
  const taken = Promise.withResolvers<undefined>();
  const holding = whileLoadingAlone(connect(), SILENT_PROGRESS, async (session) => {
    await change(session);
    taken.resolve(undefined);
    await held.promise;
  });
  await taken.promise;
  return {
    release: () => {
      held.resolve(undefined);
    },
    holding,
  };
}
