import { UnsupportedModelError } from '../errors.ts';
import { chainCategories, countHolding, edgesOf, type CategoryChain, type CategorySet } from './category-chains.ts';
import type { Tree } from './parse-tree.ts';

/** The thresholds of one feature and the columns of bytes that stand for its values. */
export interface FeatureBins {
  /**
   * Every threshold of the feature once, ascending, and where each category begins and ends. A value's rank is how many of
   * them are not greater than it.
   */
  readonly thresholds: Float32Array;
  readonly columns: readonly BinColumn[];
}

/**
 * One column of bytes. A feature has one for each direction that its missing values take, and more where a byte cannot
 * tell all of its thresholds apart; and one for each chain of sets of categories.
 */
export interface BinColumn {
  /** Place of the column among those of all features. */
  readonly index: number;
  /** True when greater values have no lesser bins. */
  readonly isMonotone: boolean;
  /** The bin by rank; the last entry is the bin of a missing value, whose rank is one more than there are thresholds. */
  readonly binByRank: Uint8Array;
}

/** Where a node looks: it goes right when the product's bin is not less than `cut`. */
export interface BinSplit {
  readonly column: number;
  /** 1 to 255. */
  readonly cut: number;
}

/** All columns of a forest. */
export interface BinColumns {
  readonly features: readonly FeatureBins[];
  readonly columnCount: number;
  /** Of an inner node. */
  readonly splitOf: (tree: Tree, node: number) => BinSplit;
}

const CUTS_PER_COLUMN = 255;
const COLUMNS_MAX = 255;
/** A rank is kept in 16 bits, and missing values have one too. */
const THRESHOLDS_MAX = 65_000;

/** What the nodes of one feature compare its values with. */
interface FeatureSplits {
  /** By direction: 0 where missing values go right, 1 where they go left. */
  readonly thresholds: readonly Set<number>[];
  /** By name. */
  readonly sets: Map<string, CategorySet>;
}

/** Where the nodes of one feature look. */
interface Places {
  readonly byThreshold: readonly ReadonlyMap<number, BinSplit>[];
  readonly bySet: ReadonlyMap<CategorySet, BinSplit>;
}

type AddColumn = (column: Omit<BinColumn, 'index'>) => number;

/**
 * Finds the columns that the splits of a forest need. Two values in the same bin take the same way at every node.
 * @throws UnsupportedModelError when there are more columns or thresholds than the engine holds.
 */
export function createBinColumns(trees: readonly Tree[], featureCount: number): BinColumns {
  const found = collectSplits(trees, featureCount);
  const features: FeatureBins[] = [];
  const places: Places[] = [];
  let columnCount = 0;
  for (const { thresholds: byDirection, sets } of found) {
    const thresholds = sorted([...byDirection.flatMap((values) => [...values]), ...edgesOf([...sets.values()])]);
    checkCount(thresholds.length);
    const columns: BinColumn[] = [];
    const add: AddColumn = (column) => {
      columns.push({ ...column, index: columnCount });
      return columnCount++;
    };
    places.push({
      byThreshold: byDirection.map((values, direction) => placeCuts(thresholds, values, direction === 1, add)),
      bySet: placeChains(thresholds, chainCategories([...sets.values()], COLUMNS_MAX), add),
    });
    features.push({ thresholds, columns });
  }
  if (columnCount > COLUMNS_MAX) {
    throw new UnsupportedModelError(`a model of ${columnCount} columns; the engine holds ${COLUMNS_MAX}`);
  }
  const splitOf: BinColumns['splitOf'] = (tree, node) => {
    const feature = tree.feature[node] as number;
    const set = setAt(tree, node);
    if (set) return places[feature]?.bySet.get(found[feature]?.sets.get(nameOf(set)) as CategorySet) as BinSplit;
    const direction = tree.defaultLeft[node] as number;
    return places[feature]?.byThreshold[direction]?.get(Math.fround(tree.threshold[node] as number)) as BinSplit;
  };
  return { features, columnCount, splitOf };
}

/** How many of the ascending thresholds are not greater than a value; one more than there are for NaN. */
export function rankOf(thresholds: Float32Array, value: number): number {
  if (Number.isNaN(value)) return thresholds.length + 1;
  const rounded = Math.fround(value);
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) <= rounded) low = middle + 1;
    else high = middle;
  }
  return low;
}

function collectSplits(trees: readonly Tree[], featureCount: number): FeatureSplits[] {
  const found = Array.from({ length: featureCount }, (): FeatureSplits => ({
    thresholds: [new Set(), new Set()],
    sets: new Map(),
  }));
  for (const tree of trees) {
    for (let node = 0; node < tree.nodeCount; node += 1) {
      if (tree.left[node] === -1) continue;
      const own = found[tree.feature[node] as number];
      const set = setAt(tree, node);
      const thresholds = own?.thresholds[tree.defaultLeft[node] as number];
      if (set) checkCount(own?.sets.set(nameOf(set), set).size ?? 0);
      else checkCount(thresholds?.add(Math.fround(tree.threshold[node] as number)).size ?? 0);
    }
  }
  return found;
}

function checkCount(splits: number): void {
  if (splits <= THRESHOLDS_MAX) return;
  throw new UnsupportedModelError(`more than ${THRESHOLDS_MAX} thresholds or categories of one feature`);
}

/** What goes right at a node; undefined where it has a threshold. */
function setAt({ categories, defaultLeft }: Tree, node: number): CategorySet | undefined {
  const own = categories?.get(node);
  return own && { categories: own, takesMissing: defaultLeft[node] === 0 };
}

/** The same for sets of the same categories in the same order. */
function nameOf({ categories, takesMissing }: CategorySet): string {
  return `${Number(takesMissing)} ${[...categories].join()}`;
}

/** Columns of the thresholds of one direction. A missing value lies below all of them or above them. */
function placeCuts(
  thresholds: Float32Array,
  values: ReadonlySet<number>,
  missingLeft: boolean,
  add: AddColumn,
): Map<number, BinSplit> {
  const places = new Map<number, BinSplit>();
  const own = sorted([...values]);
  for (let start = 0; start < own.length; start += CUTS_PER_COLUMN) {
    const cuts = own.subarray(start, start + CUTS_PER_COLUMN);
    const column = add({ isMonotone: true, binByRank: binsByRank(thresholds, cuts, missingLeft) });
    cuts.forEach((threshold, place) => places.set(threshold, { column, cut: place + 1 }));
  }
  return places;
}

/** A column for each chain. A value's bin is how many of the sets hold it, the largest first. */
function placeChains(
  thresholds: Float32Array,
  chains: readonly CategoryChain[],
  add: AddColumn,
): Map<CategorySet, BinSplit> {
  const places = new Map<CategorySet, BinSplit>();
  for (const chain of chains) {
    // All values of a rank are in the same sets as the least of them. Below all thresholds no set has any.
    const bins = Array.from(thresholds, (least) => countHolding(chain, least));
    const column = add({ isMonotone: false, binByRank: Uint8Array.from([0, ...bins, countHolding(chain, NaN)]) });
    chain.forEach((set, place) => places.set(set, { column, cut: place + 1 }));
  }
  return places;
}

function sorted(values: number[]): Float32Array {
  return Float32Array.from(new Set(values)).sort();
}

/** `cuts` are some of the thresholds. */
function binsByRank(thresholds: Float32Array, cuts: Float32Array, missingLeft: boolean): Uint8Array {
  const bins = new Uint8Array(thresholds.length + 2);
  let bin = 0;
  thresholds.forEach((threshold, index) => {
    if (threshold === cuts[bin]) bin += 1;
    bins[index + 1] = bin;
  });
  bins[thresholds.length + 1] = missingLeft ? 0 : cuts.length;
  return bins;
}
