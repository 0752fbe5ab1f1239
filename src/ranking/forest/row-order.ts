import type { ForestFeature, ProductColumns } from './columns.ts';
import { impactsOf } from './impacts.ts';
import type { PackedForest } from './pack-forest.ts';
import { firstRows, sortByValues, type Steps } from './product-order.ts';
import { splitAlike, type WeightedColumn } from './split-alike.ts';

const CHUNK = 4096;

/**
 * The rows in the order in which they are laid out: by `similarity`, and rows that are the same in all of that so that
 * groups have much in common of what the forest asks about products.
 */
export function* orderRows(
  packed: PackedForest,
  kinds: readonly ForestFeature[],
  products: ProductColumns,
  groupSize: number,
): Steps<Uint32Array> {
  const { productCount, similarity } = products;
  let rows = firstRows(productCount);
  // A stable sort by the least telling first leaves the most telling in charge.
  for (const values of similarity.toReversed()) rows = yield* sortByValues(rows, values);
  const columns = yield* weigh(packed, kinds, products);
  const areAlike = (a: number, b: number): boolean =>
    similarity.every((values) => Object.is(values[rows[a] as number], values[rows[b] as number]));
  for (let [start, end] = [0, 1]; start < productCount; end += 1) {
    if (end % CHUNK === 0) yield;
    if (end < productCount && areAlike(start, end)) continue;
    if (end - start > groupSize) yield* splitAlike(rows, { start, end }, columns, groupSize);
    start = end;
  }
  return rows;
}

/** What differs between products, weighted by what the forest makes of it. */
function* weigh(
  packed: PackedForest,
  kinds: readonly ForestFeature[],
  { products, axes }: ProductColumns,
): Steps<WeightedColumn[]> {
  const impacts = impactsOf(packed);
  const found = new Map<ArrayLike<number>, number>();
  for (const [index, feature] of kinds.entries()) {
    const values = feature.kind === 'axis' ? axes[feature.axis] : products.get(index);
    if (values) found.set(values, (found.get(values) ?? 0) + (impacts[index] as number));
    yield;
  }
  const columns: WeightedColumn[] = [];
  for (const [values, impact] of found) {
    const deviation = deviationOf(values);
    if (impact > 0 && deviation > 0) columns.push({ values, weight: impact / deviation });
    yield;
  }
  return columns;
}

/** The standard deviation of the finite values. */
function deviationOf(values: ArrayLike<number>): number {
  let [count, sum, squares] = [0, 0, 0];
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an ArrayLike has no iterator
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    if (!Number.isFinite(value)) continue;
    count += 1;
    sum += value;
    squares += value * value;
  }
  return count === 0 ? 0 : Math.sqrt(Math.max(squares / count - (sum / count) ** 2, 0));
}
