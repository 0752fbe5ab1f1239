import { selectCandidates } from '../../ranking/candidates.ts';
import { fillFeatures } from '../../ranking/feature-columns.ts';
import { createFeatureContext, FEATURES } from '../../ranking/features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from '../../ranking/signals.ts';
import type { RegionSnapshot } from '../../ranking/snapshot.ts';
import type { Random } from '../demo-data/random.ts';

/** One customer at one moment: what was known of them, and what they bought afterwards. */
export interface TrainingCase {
  /** Seconds since 1970. */
  readonly moment: number;
  readonly customerId: string;
  readonly boughtProductIds: readonly string[];
  readonly snapshot: RegionSnapshot;
  readonly features: CustomerFeaturesRow;
  readonly tastes: CustomerTastesRow;
}

/** A float32 is told from its neighbours by nine digits. */
const FLOAT32_DIGITS = 9;

/** Every feature that ranking knows: training chooses among them. */
const FEATURE_LIST = [...FEATURES.values()];

/** First line of the CSV file. */
export const TRAINING_HEADER = `${['moment', 'customer', 'product', 'label', ...FEATURES.keys()].join(',')}\n`;

/**
 * The rows of a case as CSV lines, by product id: what was bought has label 1. Only products in stock are candidates;
 * of those not bought `negatives` are drawn, all equally likely, or all are taken. Empty when nothing that was bought
 * is a candidate: there would be nothing to order.
 */
export function trainingLines(trainingCase: TrainingCase, negatives: number | 'all', random: Random): string {
  const { snapshot, features, tastes, boughtProductIds } = trainingCase;
  const candidates = selectCandidates(snapshot, tastes, { repeatDays: 0, filter: {} }).rows;
  const bought = new Set(boughtProductIds.map((productId) => snapshot.rowOf(productId)));
  if (!candidates.some((row) => bought.has(row))) return '';
  const others = candidates.filter((row) => !bought.has(row));
  const drawn = new Set(negatives === 'all' ? others : draw(others, negatives, random));
  const rows = candidates.filter((row) => bought.has(row) || drawn.has(row));

  const { values } = fillFeatures(FEATURE_LIST, createFeatureContext(snapshot, features, tastes), rows);
  return toLines(trainingCase, rows, values, bought);
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

function toLines(
  { moment, customerId, snapshot }: TrainingCase,
  rows: Int32Array,
  matrix: Float32Array,
  bought: ReadonlySet<number | undefined>,
): string {
  const width = FEATURE_LIST.length;
  let lines = '';
  rows.forEach((row, index) => {
    const label = bought.has(row) ? '1' : '0';
    lines += `${String(moment)},${customerId},${snapshot.productIds[row] as string},${label}`;
    for (const value of matrix.subarray(index * width, (index + 1) * width)) lines += `,${toText(value)}`;
    lines += '\n';
  });
  return lines;
}

function toText(value: number): string {
  return Number.isInteger(value) || Number.isNaN(value) ? String(value) : value.toPrecision(FLOAT32_DIGITS);
}
