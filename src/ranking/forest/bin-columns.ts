import { UnsupportedModelError } from '../errors.ts';
import type { Tree } from './parse-tree.ts';

/** The thresholds of one feature and the columns of bytes that stand for its values. */
export interface FeatureBins {
  /** Every threshold of the feature once, ascending. A value's rank is how many of them are not greater than it. */
  readonly thresholds: Float32Array;
  readonly columns: readonly BinColumn[];
}

/**
 * One column of bytes. A feature has one for each direction that its missing values take, and more where a byte cannot
 * tell all of its thresholds apart.
 */
export interface BinColumn {
  /** Place of the column among those of all features. */
  readonly index: number;
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
  readonly splitOf: (feature: number, threshold: number, defaultLeft: number) => BinSplit;
}

const CUTS_PER_COLUMN = 255;
const COLUMNS_MAX = 255;
/** A rank is kept in 16 bits, and missing values have one too. */
const THRESHOLDS_MAX = 65_000;

/**
 * Finds the columns that the splits of a forest need. Two values in the same bin take the same way at every node.
 * @throws UnsupportedModelError when there are more columns or thresholds than the engine holds.
 */
export function createBinColumns(trees: readonly Tree[], featureCount: number): BinColumns {
  const thresholds = collectThresholds(trees, featureCount);
  const features: FeatureBins[] = [];
  const places = new Map<string, ReadonlyMap<number, BinSplit>>();
  let columnCount = 0;
  thresholds.forEach((byDirection, feature) => {
    const all = sorted(byDirection.flatMap((values) => [...values]));
    if (all.length > THRESHOLDS_MAX) throw new UnsupportedModelError(`${all.length} thresholds of one feature`);
    const columns: BinColumn[] = [];
    byDirection.forEach((values, direction) => {
      const own = sorted([...values]);
      const splits = new Map<number, BinSplit>();
      for (let start = 0; start < own.length; start += CUTS_PER_COLUMN) {
        const cuts = own.subarray(start, start + CUTS_PER_COLUMN);
        cuts.forEach((threshold, place) => splits.set(threshold, { column: columnCount, cut: place + 1 }));
        columns.push({ index: columnCount, binByRank: binsByRank(all, cuts, direction === 1) });
        columnCount += 1;
      }
      places.set(`${feature} ${direction}`, splits);
    });
    features.push({ thresholds: all, columns });
  });
  if (columnCount > COLUMNS_MAX) {
    throw new UnsupportedModelError(`a model of ${columnCount} columns; the engine holds ${COLUMNS_MAX}`);
  }
  const splitOf: BinColumns['splitOf'] = (feature, threshold, defaultLeft) =>
    places.get(`${feature} ${defaultLeft}`)?.get(Math.fround(threshold)) as BinSplit;
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

/** By feature, then by direction: 0 where missing values go right, 1 where they go left. */
function collectThresholds(trees: readonly Tree[], featureCount: number): Set<number>[][] {
  const found = Array.from({ length: featureCount }, () => [new Set<number>(), new Set<number>()]);
  for (const { nodeCount, left, feature, threshold, defaultLeft } of trees) {
    for (let node = 0; node < nodeCount; node += 1) {
      if (left[node] === -1) continue;
      found[feature[node] as number]?.[defaultLeft[node] as number]?.add(Math.fround(threshold[node] as number));
    }
  }
  return found;
}

function sorted(values: number[]): Float32Array {
  return Float32Array.from(new Set(values)).sort();
}

/** `cuts` are some of the thresholds. A missing value lies below all cuts or above them. */
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
