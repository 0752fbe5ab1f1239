import { mkdir, open, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { StatementName } from '../../generated/statement-names.ts';
import { FEATURES } from '../../ranking/features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow, SnapshotRow, TastePriorRow } from '../../ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../../ranking/snapshot.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { Random } from '../demo-data/random.ts';
import type { Progress } from '../progress.ts';
import { refreshDerived } from '../refresh-derived.ts';
import { defaultMoments, labelEnd } from './training-moments.ts';
import { TRAINING_HEADER, trainingLines } from './training-rows.ts';

/** What to export. */
export interface ExportTrainingOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  /** Folder for rows.csv and export.json; made when missing. */
  readonly folder: string;
  readonly progress: Progress;
  /** Moments to learn from, earliest first; the last is the test. Default: six, each 14 days, up to the data's end. */
  readonly moments?: readonly Date[];
  /** Customers per moment to learn from, of those who bought afterwards. */
  readonly customersPerMoment?: number;
  /** Customers of the test moment, each with every candidate. */
  readonly testCustomers?: number;
  /** Candidates not bought per customer and moment. */
  readonly negatives?: number;
  readonly seed?: number;
}

/** What an export has written. */
export interface ExportTrainingSummary {
  readonly moments: number;
  readonly customers: number;
  readonly rows: number;
}

interface BuyerRow {
  readonly customer_id: string;
  readonly home_region: string;
  readonly product_ids: readonly string[];
}

/** What a moment's transaction needs besides its session. */
interface MomentJob extends Required<ExportTrainingOptions> {
  readonly moment: Date;
  readonly isTest: boolean;
  readonly file: FileHandle;
}

const MOMENT_COUNT = 6;
const DEFAULTS = { customersPerMoment: 2200, testCustomers: 300, negatives: 20, seed: 7 };
const CUSTOMERS_PER_READ = 200;

/** Ends a transaction whose work was only looked at. */
class RollbackSignal extends Error {}

/**
 * Writes what the ranking model is trained on: for each moment, what was known of a customer before it and what the
 * customer bought in the 14 days after it, with the features computed by the code that serves. The derived tables are
 * computed anew as of each moment in a transaction that is rolled back: afterwards the database is as before. Memory
 * does not grow with customers or events. The same data and seed give the same rows, but for the last digits of sums,
 * which Postgres adds in no fixed order; rows.csv is complete or absent.
 * @throws OperatorError when there is nothing to train from or the folder cannot be written to.
 */
export async function exportTraining(options: ExportTrainingOptions): Promise<ExportTrainingSummary> {
  const { database, folder, progress } = options;
  const moments = options.moments ?? (await defaultMoments(database, MOMENT_COUNT));
  const partialPath = join(folder, 'rows.csv.partial');
  const file = await createFile(folder, partialPath);
  const summary = { moments: moments.length, customers: 0, rows: 0 };
  try {
    await file.write(TRAINING_HEADER);
    for (const [index, moment] of moments.entries()) {
      const isTest = index === moments.length - 1;
      const written = await exportMoment({ ...DEFAULTS, ...options, moments, moment, isTest, file });
      summary.customers += written.customers;
      summary.rows += written.rows;
    }
  } finally {
    await file.close();
    progress.finish();
  }
  if (summary.rows === 0) throw new OperatorError('Nobody bought anything after the moments to train from.');
  await writeFile(join(folder, 'export.json'), describe(moments));
  await rename(partialPath, join(folder, 'rows.csv'));
  return summary;
}

async function createFile(folder: string, path: string): Promise<FileHandle> {
  try {
    await mkdir(folder, { recursive: true });
    return await open(path, 'w');
  } catch (cause) {
    throw new OperatorError(`The folder ${folder} cannot be written to. Name another one.`, { cause });
  }
}

async function exportMoment(job: MomentJob): Promise<{ customers: number; rows: number }> {
  const written = { customers: 0, rows: 0 };
  try {
    await job.database.transaction(async (session) => {
      await refreshDerived(session, job.statements, job.moment, job.progress);
      const read = <Row extends object>(statement: StatementName, parameters: readonly unknown[]) =>
        session.execute<Row>(statementNamed(job.statements, statement).text, parameters);
      const buyers = await read<BuyerRow>('training_customers', [
        job.moment,
        labelEnd(job.moment),
        String(job.seed),
        job.isTest ? job.testCustomers : job.customersPerMoment,
      ]);
      job.progress.step(`Training rows of ${job.moment.toISOString().slice(0, 10)}`, buyers.length);
      for await (const lines of linesOf(buyers, read, job)) {
        await job.file.write(lines);
        written.customers += Number(lines !== '');
        written.rows += lines.split('\n').length - 1;
        job.progress.advance(1);
      }
      throw new RollbackSignal();
    });
  } catch (error) {
    if (!(error instanceof RollbackSignal)) throw error;
  }
  return written;
}

type Read = <Row extends object>(statement: StatementName, parameters: readonly unknown[]) => Promise<Row[]>;

async function* linesOf(buyers: readonly BuyerRow[], read: Read, job: MomentJob): AsyncGenerator<string> {
  const moment = job.moment.getTime() / 1000;
  const random = new Random(job.seed, 'training negatives', moment);
  const snapshots = await readSnapshots(buyers, read, job.moment);
  for (let start = 0; start < buyers.length; start += CUSTOMERS_PER_READ) {
    const some = buyers.slice(start, start + CUSTOMERS_PER_READ);
    const ids = some.map((buyer) => buyer.customer_id);
    const features = byCustomer(await read<CustomerFeaturesRow>('customer_features_by_ids', [ids]));
    const tastes = byCustomer(await read<CustomerTastesRow>('customer_tastes_by_ids', [ids]));
    for (const { customer_id: customerId, home_region, product_ids: boughtProductIds } of some) {
      const trainingCase = {
        moment,
        customerId,
        boughtProductIds,
        snapshot: present(snapshots, home_region),
        features: present(features, customerId),
        tastes: present(tastes, customerId),
      };
      yield trainingLines(trainingCase, job.isTest ? 'all' : job.negatives, random);
    }
  }
}

async function readSnapshots(
  buyers: readonly BuyerRow[],
  read: Read,
  moment: Date,
): Promise<ReadonlyMap<string, RegionSnapshot>> {
  const priors = await read<TastePriorRow>('taste_priors', []);
  const snapshots = new Map<string, RegionSnapshot>();
  for (const region of new Set(buyers.map((buyer) => buyer.home_region))) {
    const rows = await read<SnapshotRow>('region_stock_snapshot', [region]);
    snapshots.set(region, createSnapshot(region, rows, priors, moment));
  }
  return snapshots;
}

function byCustomer<Row extends { readonly customer_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.customer_id, row]));
}

function present<Value>(values: ReadonlyMap<string, Value>, key: string): Value {
  const value = values.get(key);
  if (value === undefined) throw new Error('A refresh of the derived tables left a row out');
  return value;
}

/** What training has to know of rows.csv: the columns that are features, and which moment is the test. */
function describe(moments: readonly Date[]): string {
  const features = [...FEATURES].map(([name, { kind }]) => ({ name, kind }));
  const seconds = moments.map((moment) => moment.getTime() / 1000);
  return `${JSON.stringify({ features, moments: seconds, testMoment: seconds.at(-1) }, null, 2)}\n`;
}
