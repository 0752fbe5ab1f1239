import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { INSTALLATION } from '../../src/installation.ts';
import { makeCollaborativeLists } from '../../src/jobs/collaborative-lists/make-lists.ts';
import { whileLoadingAlone } from '../../src/jobs/dataset.ts';
import { exportTraining } from '../../src/jobs/export-training/export-training.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { scoreCustomers } from '../../src/jobs/score/score-customers.ts';
import { replacePropensities } from '../../src/jobs/score/score-propensities.ts';
import { createLogger } from '../../src/logger.ts';
import { ModelRegistry } from '../../src/registry/model-registry.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';

const WAITING = 'Waiting for another command that fills this database';
const DAY_MS = 86_400_000;
const statements = loadStatements(INSTALLATION.statements);
const propensityModel = new ModelRegistry({ root: INSTALLATION.models }).newestPropensityModel();
if (!propensityModel) throw new Error('A propensity model ships.');
const model = propensityModel;

let folder: string;
let database: TestDatabase;
let client: PostgresClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loading-alone-'));
  database = await createTestDatabase();
  client = createPostgresClient({ url: database.url, poolSizeMax: 9, logger: createLogger('silent') });
});

afterEach(async () => {
  await client.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Everything that writes tables which are computed from others. */
const JOBS: Readonly<Record<string, (progress: Progress) => Promise<unknown>>> = {
  'a training export': (progress) =>
    exportTraining({
      database: client,
      statements,
      folder,
      progress,
      customersPerMoment: 20,
      testCustomers: 5,
      negatives: 4,
      moments: [28, 14].map((days) => new Date(DEMO_DATA.asOf.getTime() - days * DAY_MS)),
    }),
  'ranked lists': (progress) =>
    scoreCustomers({
      database: client,
      databaseUrl: database.url,
      statements,
      statementsFolder: INSTALLATION.statements,
      modelFolder: join(INSTALLATION.models, 'ranking/5'),
      rules: { first: 1, propensityWeight: 0, repeatDays: 7 },
      workers: 1,
      progress,
    }),
  propensities: (progress) => replacePropensities(client, { statements, model, progress }),
  'lists of neighbours': (progress) =>
    expect(
      makeCollaborativeLists({
        database: client,
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

describe('what fills a database', { timeout: 60_000 }, () => {
  it.each(Object.entries(JOBS))('waits for a load that is under way, and says so: %s', async (_name, run) => {
    const held = Promise.withResolvers<undefined>();
    const taken = Promise.withResolvers<undefined>();
    const holding = whileLoadingAlone(client, SILENT_PROGRESS, () => {
      taken.resolve(undefined);
      return held.promise;
    });
    await taken.promise;
    const { first, ended } = firstStep(run);
    expect(await first).toBe(WAITING);
    held.resolve(undefined);
    await Promise.all([holding, ended]);
  });

  it('may all begin at once: each does its work in its turn', async () => {
    await Promise.all(Object.values(JOBS).map((run) => run(SILENT_PROGRESS)));
    const [scored] = await client.transaction((session) =>
      session.execute<{ customers: string }>(`
        SELECT count(DISTINCT customer_id) AS customers
        FROM recommendation_lists JOIN customer_propensities USING (customer_id)`),
    );
    expect(Number(scored?.customers)).toBe(DEMO_DATA.customers);
  });
});
