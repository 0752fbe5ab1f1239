import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';

const DAY_MS = 86_400_000;

/** Days after a moment in which a purchase counts as wanted. */
export const LABEL_DAYS = 14;
/** The same for propensities: two windows of ranking, so that both learn at the same moments. */
export const PROPENSITY_LABEL_DAYS = 28;

/** What the database holds. */
export interface ExportedDataset {
  readonly source: string;
  /** Null for data that no generator made. */
  readonly seed: number | null;
  readonly as_of: Date;
}

/** @throws OperatorError when the database holds no finished data set. */
export async function readDataset(database: PostgresClient): Promise<ExportedDataset> {
  const [dataset] = await database.transaction((session) =>
    session.execute<ExportedDataset>('SELECT source, seed, as_of FROM dataset WHERE completed_at IS NOT NULL'),
  );
  if (!dataset)
    throw new OperatorError('The database holds no finished data to train from. Run the seed command first.');
  return dataset;
}

/**
 * `count` moments before the end of the data, a label window apart so that no two windows overlap, earliest first. The
 * window of the last ends with the data.
 */
export function defaultMoments(end: Date, count: number): Date[] {
  return Array.from({ length: count }, (_, index) => daysAfter(end, -(count - index) * LABEL_DAYS));
}

/** That many days later. */
export function daysAfter(moment: Date, days: number): Date {
  return new Date(moment.getTime() + days * DAY_MS);
}
