import type { PostgresClient } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';

const DAY_MS = 86_400_000;

/** Days after a moment in which a purchase counts as wanted. */
const LABEL_DAYS = 14;

/**
 * `count` moments before the end of the data, a label window apart so that no two windows overlap, earliest first. The
 * window of the last ends with the data.
 * @throws OperatorError when the database holds no finished data set.
 */
export async function defaultMoments(database: PostgresClient, count: number): Promise<Date[]> {
  const [dataset] = await database.transaction((session) =>
    session.execute<{ as_of: Date }>('SELECT as_of FROM dataset WHERE completed_at IS NOT NULL'),
  );
  if (!dataset)
    throw new OperatorError('The database holds no finished data to train from. Run the seed command first.');
  const end = dataset.as_of.getTime();
  return Array.from({ length: count }, (_, index) => new Date(end - (count - index) * LABEL_DAYS * DAY_MS));
}

/** When the label window of a moment ends. */
export function labelEnd(moment: Date): Date {
  return new Date(moment.getTime() + LABEL_DAYS * DAY_MS);
}
