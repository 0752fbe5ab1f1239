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

/** Days between two moments to learn from: their windows overlap, but what is known at them differs enough. */
const LEARNING_DAYS = 7;

/**
 * `count` moments before the end of the data, earliest first. The window of the last, the test, ends with the data, that
 * of the one before where the test begins, so that nothing of the test is learned; the others are a week apart.
 */
export function defaultMoments(end: Date, count: number): Date[] {
  const learning = Array.from({ length: count - 1 }, (_, index) =>
    daysAfter(end, -2 * LABEL_DAYS - (count - 2 - index) * LEARNING_DAYS),
  );
  return [...learning, daysAfter(end, -LABEL_DAYS)];
}

/** Whether the window of propensities of the moment ends with the data, or so many whole windows before. */
export function isPropensityMoment(moment: Date, end: Date): boolean {
  const left = (end.getTime() - daysAfter(moment, PROPENSITY_LABEL_DAYS).getTime()) / DAY_MS;
  return left >= 0 && left % PROPENSITY_LABEL_DAYS === 0;
}

/** That many days later. */
export function daysAfter(moment: Date, days: number): Date {
  return new Date(moment.getTime() + days * DAY_MS);
}
