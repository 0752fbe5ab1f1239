/** By node the categories that go right; all other values of the node's feature go left, missing ones the default way. */
export type CategoricalSplits = ReadonlyMap<number, ReadonlySet<number>>;

/** Categories are whole numbers from 0 below this, as in XGBoost. */
export const CATEGORY_END = 2 ** 24;

/**
 * True when a float32 that is not missing stands for one of the categories. As in XGBoost its fraction does not count;
 * negative, infinite and unknown values are none.
 */
export function isAmong(categories: ReadonlySet<number>, value: number): boolean {
  return value >= 0 && categories.has(Math.trunc(value));
}
