import { listOf, type ForestFeature, type ProductColumns } from './columns.ts';
import { codeNameOf } from './memory-plan.ts';
import type { Steps } from './product-order.ts';

/** Rows in which two snapshots differ: by feature for those that depend on the product alone, by name of key or axis. */
export interface ChangedRows {
  readonly products: ReadonlyMap<number, readonly number[]>;
  readonly codes: ReadonlyMap<string, readonly number[]>;
  /** Of all of them together; a row may count more than once. */
  readonly count: number;
}

const CHUNK = 32_768;

/** What of the products the features would find different in `b`; null where it is more than `most` or their number. */
export function* findChangedRows(
  features: readonly ForestFeature[],
  a: ProductColumns,
  b: ProductColumns,
  most: number,
): Steps<ChangedRows | null> {
  if (a.productCount !== b.productCount) return null;
  const products = new Map<number, readonly number[]>();
  const codes = new Map<string, readonly number[]>();
  const seen = new Set<string>();
  let count = 0;
  for (const [index, feature] of features.entries()) {
    const name = codeNameOf(feature) || String(index);
    if (seen.has(name)) continue;
    seen.add(name);
    const changed = yield* differences(listOf(feature, index, a), listOf(feature, index, b), most - count);
    if (changed === null) return null;
    if (changed.length === 0) continue;
    count += changed.length;
    if (feature.kind === 'product') products.set(index, changed);
    else codes.set(name, changed);
  }
  return { products, codes, count };
}

function* differences(
  a: ArrayLike<number> | undefined,
  b: ArrayLike<number> | undefined,
  most: number,
): Steps<readonly number[] | null> {
  const rows: number[] = [];
  if (a === b) return rows;
  if (a?.length !== b?.length || !a || !b) return null;
  for (let row = 0; row < a.length; row += 1) {
    if (row % CHUNK === 0) yield;
    if (Object.is(a[row], b[row])) continue;
    if (rows.length === most) return null;
    rows.push(row);
  }
  return rows;
}
