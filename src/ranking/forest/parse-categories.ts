import { InvalidModelError, UnsupportedModelError } from '../errors.ts';
import type { JsonFields } from '../json-fields.ts';
import { CATEGORY_END, type CategoricalSplits } from './categories.ts';

/** What the sets of a model may weigh, which are kept as hash tables: within 100 MB. */
const SETS_WEIGHT_MAX = 1_000_000;
/** A set weighs so many categories more than it has. */
const SET_WEIGHT = 6;

/**
 * Checks that the categorical splits of a model are not too many.
 * @throws UnsupportedModelError when they are.
 */
export function checkSets(setCount: number, categoryCount: number): void {
  if (setCount * SET_WEIGHT + categoryCount <= SETS_WEIGHT_MAX) return;
  throw new UnsupportedModelError(`${String(setCount)} categorical splits of ${String(categoryCount)} categories`);
}

/**
 * Reads the categorical splits of a tree, one-hot ones and those of sets alike; undefined when it has none. XGBoost writes
 * the categories of all splits one after the other: `categories_nodes` says whose they are, `categories_segments` where
 * they begin and `categories_sizes` how many they are.
 * @throws InvalidModelError when these lists do not fit each other.
 * @throws UnsupportedModelError when there are too many.
 */
export function parseCategories(fields: JsonFields, nodeCount: number): CategoricalSplits | undefined {
  const nodes = listOf(fields, 'categories_nodes');
  const starts = listOf(fields, 'categories_segments');
  const sizes = listOf(fields, 'categories_sizes');
  const categories = listOf(fields, 'categories');
  checkSets(nodes.length, categories.length);
  const splits = new Map<number, ReadonlySet<number>>();
  let end = 0;
  nodes.forEach((node, index) => {
    const size = sizes[index] ?? -1;
    if (node < 0 || node >= nodeCount || splits.has(node) || starts[index] !== end || size < 0) {
      throw new InvalidModelError(`${fields.path}: the categories of node ${String(node)} are in disorder`);
    }
    splits.set(node, new Set(categories.subarray(end, end + size)));
    end += size;
  });
  if (end !== categories.length || starts.length !== nodes.length || sizes.length !== nodes.length) {
    throw new InvalidModelError(`${fields.path}: the lists of categories do not fit each other`);
  }
  if (categories.some((category) => category < 0 || category >= CATEGORY_END)) {
    throw new InvalidModelError(`${fields.pathOf('categories')} are not all from 0 below ${String(CATEGORY_END)}`);
  }
  checkTypes(listOf(fields, 'split_type'), splits, fields, nodeCount);
  return splits.size === 0 ? undefined : splits;
}

/** Absent before categorical splits were written, and then empty. */
function listOf(fields: JsonFields, name: string): Int32Array {
  return fields.has(name) ? fields.integers(name) : new Int32Array();
}

/** `split_type` is 0 for a threshold and 1 for categories. */
function checkTypes(types: Int32Array, splits: CategoricalSplits, { path }: JsonFields, nodeCount: number): void {
  if (types.length !== 0 && types.length !== nodeCount) {
    throw new InvalidModelError(`${path}: split_type has ${String(types.length)} of ${String(nodeCount)} nodes`);
  }
  for (let node = 0; node < nodeCount; node += 1) {
    if ((types[node] ?? 0) !== Number(splits.has(node))) {
      throw new InvalidModelError(`${path}: split_type of node ${String(node)} does not fit its categories`);
    }
  }
}
