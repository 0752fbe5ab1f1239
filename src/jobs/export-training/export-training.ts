import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { CATEGORY_FEATURES } from '../../ranking/category-model.ts';
import { FEATURES } from '../../ranking/features.ts';
import type { Statements } from '../../statements.ts';
import { whileLoadingAlone } from '../dataset.ts';
import { createDemoTruth, type DemoTruth } from '../demo-data/truth.ts';
import type { Progress } from '../progress.ts';
import { refreshDerived } from '../refresh-derived.ts';
import { createMomentReader } from './moment-reader.ts';
import { exportPairs, PAIR_COLUMNS } from './pair-rows.ts';
import { exportPropensityRows, exportRankingRows, RANKING_HEAD, PROPENSITY_HEAD } from './moment-rows.ts';
import { RowFile } from './row-file.ts';
import {
  daysAfter,
  defaultMoments,
  isPropensityMoment,
  LABEL_DAYS,
  readDataset,
  type ExportedDataset,
} from './training-moments.ts';

/** What to export. */
export interface ExportTrainingOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  /** Folder to write to; made when missing. */
  readonly folder: string;
  readonly progress: Progress;
  /** Whether the truth behind the data is written too, which only demo data has: the scores of who knows it. */
  readonly withTruth?: boolean;
  /** How many moments; see `defaultMoments`. Default: thirteen. */
  readonly momentCount?: number;
  /** Other moments than those, earliest first. */
  readonly moments?: readonly Date[];
  /** Customers per moment to learn ranking from. */
  readonly customersPerMoment?: number;
  /** Customers per moment to learn propensities from, and to measure them at the last one. */
  readonly propensityCustomers?: number;
  /** Customers of the test moment, each with every candidate. */
  readonly testCustomers?: number;
  /** Candidates not bought per customer and moment. */
  readonly negatives?: number;
  readonly seed?: number;
}

/** What an export has written. */
export interface ExportTrainingSummary {
  readonly moments: number;
  /** Rows of ranking.f32. */
  readonly rows: number;
  /** Rows of propensity.f32. */
  readonly propensityRows: number;
  readonly hasTruth: boolean;
}

/** An export as its parts see it. */
export interface TrainingExport extends Required<Omit<ExportTrainingOptions, 'withTruth' | 'momentCount'>> {
  readonly productIds: readonly string[];
  readonly truth: DemoTruth | null;
  readonly ranking: RowFile;
  readonly propensity: RowFile;
  readonly pairs: RowFile;
}

const MOMENT_COUNT = 13;
const DEFAULTS = { customersPerMoment: 4000, propensityCustomers: 10_000, testCustomers: 1500, negatives: 20, seed: 7 };

const NOTHING_BOUGHT =
  'Nobody bought anything after the moments to train from, and the ranking model learns from purchases. A model of ' +
  'ratings is trained and measured by `npm run models:ratings`.';

/** Ends a transaction whose work was only looked at. */
class RollbackSignal extends Error {}

/**
 * Writes what models are trained on: for each moment, what was known of a customer before it and what the customer
 * bought in the 14 days (for propensities 28 days) after it, with the features computed by the code that serves. The
 * derived tables are computed anew as of each moment in a transaction that is rolled back: afterwards the database is as
 * before. Waits for a load or another export that is under way, before it looks at anything. Memory does not grow with
 * customers or events. The same data and seed give the same rows, but for the last digits of sums, which Postgres adds in
 * no fixed order; export.json says what the columns are and is written last.
 * @throws OperatorError when there is nothing to train from or the folder cannot be written to.
 */
export async function exportTraining(options: ExportTrainingOptions): Promise<ExportTrainingSummary> {
  try {
    return await whileLoadingAlone(options.database, options.progress, () => exportAlone(options));
  } finally {
    options.progress.finish();
  }
}

async function exportAlone(options: ExportTrainingOptions): Promise<ExportTrainingSummary> {
  const dataset = await readDataset(options.database);
  const moments = options.moments ?? defaultMoments(dataset.as_of, options.momentCount ?? MOMENT_COUNT);
  const productIds = await readProductIds(options.database);
  const truth = options.withTruth === true ? truthOf(dataset) : null;
  const files = await createFiles(options.folder);
  const { ranking, propensity } = files;
  const job: TrainingExport = { ...DEFAULTS, ...options, moments, productIds, truth, ...files };
  try {
    for (const index of moments.keys()) await exportMoment(job, index);
    if (ranking.rows === 0) throw new OperatorError(NOTHING_BOUGHT);
    for (const file of Object.values(files)) await file.finish();
  } catch (error) {
    for (const file of Object.values(files)) await file.abandon();
    throw error;
  }
  await writeFile(join(options.folder, 'export.json'), describe(job, dataset));
  return { moments: moments.length, rows: ranking.rows, propensityRows: propensity.rows, hasTruth: truth !== null };
}

function truthOf({ source, seed, as_of: asOf }: ExportedDataset): DemoTruth | null {
  return source === 'demo' && seed !== null ? createDemoTruth(seed, asOf) : null;
}

async function readProductIds(database: PostgresClient): Promise<string[]> {
  const rows = await database.transaction((session) =>
    session.execute<{ product_id: string }>('SELECT product_id FROM products ORDER BY product_id'),
  );
  return rows.map((row) => row.product_id);
}

async function createFiles(folder: string): Promise<Pick<TrainingExport, 'ranking' | 'propensity' | 'pairs'>> {
  try {
    await mkdir(folder, { recursive: true });
    return {
      ranking: await RowFile.create(join(folder, 'ranking.f32')),
      propensity: await RowFile.create(join(folder, 'propensity.f32')),
      pairs: await RowFile.create(join(folder, 'pairs.f32')),
    };
  } catch (cause) {
    throw new OperatorError(`The folder ${folder} cannot be written to. Name another one.`, { cause });
  }
}

async function exportMoment(job: TrainingExport, index: number): Promise<void> {
  const moment = job.moments[index] as Date;
  const test = job.moments.at(-1) as Date;
  try {
    await job.database.transaction(async (session) => {
      await refreshDerived(session, job.statements, moment, job.progress);
      const reader = await createMomentReader(session, job.statements, moment);
      const customerIds = await exportRankingRows(job, index, reader);
      if (moment === test) await exportPairs(job, moment, customerIds, reader);
      // The windows of propensities are longer: the last that ends with the data is their test.
      if (isPropensityMoment(moment, daysAfter(test, LABEL_DAYS))) await exportPropensityRows(job, index, reader);
      throw new RollbackSignal();
    });
  } catch (error) {
    if (!(error instanceof RollbackSignal)) throw error;
  }
}

/** What training has to know of the files: their columns, and what the places in them mean. */
function describe({ moments, productIds }: TrainingExport, dataset: ExportedDataset): string {
  const description = {
    dataset: { source: dataset.source, seed: dataset.seed, asOf: dataset.as_of.toISOString() },
    moments: moments.map((moment) => moment.toISOString()),
    products: productIds.length,
    rankingColumns: [...RANKING_HEAD, ...FEATURES.keys()],
    propensityColumns: [...PROPENSITY_HEAD, ...CATEGORY_FEATURES.keys()],
    pairsColumns: PAIR_COLUMNS,
    features: [...FEATURES].map(([name, { kind }]) => ({ name, kind })),
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}
