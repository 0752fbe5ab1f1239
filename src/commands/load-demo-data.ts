import { OperatorError } from '../errors.ts';
import { readDatasetState, whileLoadingAlone } from '../jobs/dataset.ts';
import { seedDemoData } from '../jobs/demo-data/seed-demo-data.ts';
import type { OpenDatabase } from '../jobs/open-database.ts';
import type { Progress } from '../jobs/progress.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { loadStatements } from '../statements.ts';
import { INSTALLATION } from '../installation.ts';

const DEMO_SOURCE = 'demo';

/** Which demo data to load. */
export interface DemoDataRequest {
  readonly customers: number;
  readonly seed: number;
  /** The moment that the data speaks for. */
  readonly asOf: Date;
  readonly progress: Progress;
  /** Where the model of propensities is, if there is one. */
  readonly registry: ModelRegistry;
  /** Whether the settings name a Snowflake that data can be copied from. */
  readonly hasSnowflake?: boolean;
}

/**
 * Replaces what the database holds by demo data.
 * @throws OperatorError when it holds data that is not demo data, or the propensity model cannot be used.
 */
export async function loadDemoData(database: OpenDatabase, { registry, ...demo }: DemoDataRequest): Promise<void> {
  await whileLoadingAlone(database.client, demo.progress, async () => {
    const state = await readDatasetState(database.client);
    if (state.kind !== 'none' && state.source !== DEMO_SOURCE) {
      throw new OperatorError(
        `The database holds data from ${state.source}, which demo data would replace. ` +
          'Point DATABASE_URL or DATA_FOLDER to another database.',
      );
    }
    const statements = loadStatements(INSTALLATION.statements);
    const propensityModel = registry.newestPropensityModel();
    await seedDemoData({ database: database.client, statements, propensityModel, ...demo });
    demo.progress.finish();
  });
}

/** Whether a database holds demo data, all of it. */
export async function hasDemoData(database: OpenDatabase): Promise<boolean> {
  const state = await readDatasetState(database.client);
  return state.kind === 'complete' && state.source === DEMO_SOURCE;
}

/**
 * Makes sure that there is data to serve: loads demo data into an embedded database that has none, or half of it.
 * @returns whether it is demo data that serves.
 * @throws OperatorError that says what to run when the database is the user's own and holds no complete data.
 */
export async function ensureData(database: OpenDatabase, request: DemoDataRequest): Promise<boolean> {
  const state = await readDatasetState(database.client);
  if (state.kind === 'complete') return state.source === DEMO_SOURCE;
  if (state.kind === 'unfinished' && state.source !== DEMO_SOURCE) {
    throw new OperatorError(
      `Loading data from ${state.source} did not end. Run the same command again, then start again.`,
    );
  }
  if (!database.isEmbedded) {
    const advice = request.hasSnowflake
      ? 'Run `npm run sync` to copy it from Snowflake, or `npm run seed` for demo data'
      : 'Run `npm run seed`';
    throw new OperatorError(`The database of DATABASE_URL holds no complete data. ${advice}, then start again.`);
  }
  await loadDemoData(database, request);
  return true;
}

/** Midnight UTC of the day that `now` falls on. */
export function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}
