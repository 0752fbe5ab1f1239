import type { Steps } from './product-order.ts';

/** Numbers by row, and how much a difference of 1 between two of them matters. */
export interface WeightedColumn {
  readonly values: ArrayLike<number>;
  readonly weight: number;
}

/** Some of the rows, side by side in a list. */
interface Run {
  readonly start: number;
  readonly end: number;
}

/** Rows looked at between two yields: about a millisecond's work. */
const STEP_ROWS = 16_384;

/**
 * Moves rows within a run of a list until groups of `groupSize` of them have as much in common as splitting can give: a
 * k-d tree, split again and again at the median of the column whose values lie apart the most. Groups start at multiples
 * of `groupSize` in the whole list.
 */
export function* splitAlike(
  rows: Uint32Array,
  run: Run,
  columns: readonly WeightedColumn[],
  groupSize: number,
): Steps<void> {
  const runs: Run[] = [run];
  let looked = 0;
  for (let next = runs.pop(); next; next = runs.pop()) {
    const { start, end } = next;
    const middle = Math.round((start + end) / 2 / groupSize) * groupSize;
    if (middle <= start || middle >= end) continue;
    const widest = yield* widestOf(rows, next, columns);
    if (!widest) continue;
    yield* selectMedian(rows, next, middle, widest);
    runs.push({ start: middle, end }, { start, end: middle });
    looked += end - start;
    if (looked < STEP_ROWS) continue;
    looked = 0;
    yield;
  }
}

/** The values of the column in which the rows differ the most; none where they are all alike. */
function* widestOf(
  rows: Uint32Array,
  { start, end }: Run,
  columns: readonly WeightedColumn[],
): Steps<ArrayLike<number> | undefined> {
  let [widest, most]: [ArrayLike<number> | undefined, number] = [undefined, 0];
  for (const { values, weight } of columns) {
    let [least, greatest] = [Infinity, -Infinity];
    for (let index = start; index < end; index += 1) {
      const value = values[rows[index] as number] as number;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const spread = weight * (greatest - least);
    if (spread > most) [widest, most] = [values, spread];
    if (end - start > STEP_ROWS) yield;
  }
  return widest;
}

/** Moves rows until none before `middle` has a greater value than one from there on. A missing value passes for any. */
function* selectMedian(rows: Uint32Array, { start, end }: Run, middle: number, values: ArrayLike<number>): Steps<void> {
  let [low, high] = [start, end - 1];
  while (low < high) {
    const pivot = values[rows[(low + high) >> 1] as number] as number;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[rows[left] as number] as number) < pivot) left += 1;
      while ((values[rows[right] as number] as number) > pivot) right -= 1;
      if (left > right) break;
      const row = rows[left] as number;
      rows[left] = rows[right] as number;
      rows[right] = row;
      left += 1;
      right -= 1;
    }
    if (high - low > STEP_ROWS) yield;
    if (middle <= right) high = right;
    else if (middle >= left) low = left;
    else return;
  }
}
