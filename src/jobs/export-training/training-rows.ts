import { selectCandidates } from '../../ranking/candidates.ts';
import { fillFeatures } from '../../ranking/feature-columns.ts';
import { createFeatureContext } from '../../ranking/feature-context.ts';
import { FEATURES } from '../../ranking/features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from '../../ranking/signals.ts';
import type { RegionSnapshot } from '../../ranking/snapshot.ts';
import type { Random } from '../demo-data/random.ts';

/** What was known of one customer at one moment. */
export interface KnownCustomer {
  readonly snapshot: RegionSnapshot;
  readonly features: CustomerFeaturesRow;
  readonly tastes: CustomerTastesRow;
}

/** The same, and what they bought afterwards. */
export interface TrainingCase extends KnownCustomer {
  readonly boughtProductIds: readonly string[];
}

/** The rows of one case: `rows` of the snapshot, a label per row, and a matrix of all FEATURES, row-major. */
export interface TrainingRows {
  readonly rows: Int32Array;
  /** 1 where the product was bought afterwards, else 0. */
  readonly labels: Uint8Array;
  readonly values: Float32Array;
}

/** Every feature that ranking knows, in the order of FEATURES: training chooses among them. */
const FEATURE_LIST = [...FEATURES.values()];

/**
 * The rows of a case, by product id. Only products in stock are candidates; of those not bought `negatives` are drawn,
 * all equally likely, or all are taken. Null when nothing that was bought is a candidate: there would be nothing to order.
 */
export function trainingRows(
  trainingCase: TrainingCase,
  negatives: number | 'all',
  random: Random,
): TrainingRows | null {
  const { snapshot, features, tastes, boughtProductIds } = trainingCase;
  const candidates = selectCandidates(snapshot, tastes, { repeatDays: 0, filter: {} }).rows;
  const bought = new Set(boughtProductIds.map((productId) => snapshot.rowOf(productId)));
  if (!candidates.some((row) => bought.has(row))) return null;
  const others = candidates.filter((row) => !bought.has(row));
  const drawn = new Set(negatives === 'all' ? others : draw(others, negatives, random));
  const rows = candidates.filter((row) => bought.has(row) || drawn.has(row));
  const { values } = fillFeatures(FEATURE_LIST, createFeatureContext(snapshot, features, tastes), rows);
  return { rows, labels: Uint8Array.from(rows, (row) => Number(bought.has(row))), values };
}

/** Some elements, each at most once, all equally likely. */
function draw(elements: Int32Array, count: number, random: Random): Int32Array {
  const shuffled = Int32Array.from(elements);
  const drawn = Math.min(count, shuffled.length);
  for (let place = 0; place < drawn; place += 1) {
    const from = random.integer(place, shuffled.length - 1);
    [shuffled[place], shuffled[from]] = [shuffled[from] as number, shuffled[place] as number];
  }
  return shuffled.subarray(0, drawn);
}
