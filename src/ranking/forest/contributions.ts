import { isAmong } from './categories.ts';
import type { ForestParts } from './forest.ts';
import { depthOf } from './parse-tree.ts';
import { shapleyValues } from './shapley.ts';
import { CONDITIONS_MAX, cutTwigs, type Choice, type Twigs } from './twigs.ts';

/**
 * Says how much each feature of a row added to its margin: path-dependent TreeSHAP, XGBoost's `pred_contribs`. Of a row of
 * `featureCount` values, NaN missing, it gives as many contributions and then the bias: what the model expects of a row
 * that it knows nothing about. They add up to the row's margin.
 */
export type Explain = (row: ArrayLike<number>) => Float64Array;

/** All tables together have so many numbers at most; what does not fit is kept in maps. */
const TABLE_MAX = 1 << 21;
/** In maps so many numbers are kept at most; then they start anew. */
const KEPT_MAX = 1 << 20;
/** What it takes to keep any, in numbers. */
const KEPT_OVERHEAD = 20;
/** What a leaf contributes that more features lead to is computed each time. */
const KEPT_CONDITIONS_MAX = 16;

/** Levels of the deepest tree that is explained. */
const DEPTH_MAX = 64;
/**
 * So that it takes less than 100 MB, and the first row, for which all is computed, about a second. 500 full trees of depth 8
 * have as many.
 */
const PARTS_MAX = 1 << 20;

/**
 * Prepares a forest for explaining; null for one that is too deep or too large. What rows have in common is computed once
 * and kept, within 25 MB.
 */
export function createExplain({ trees, featureCount, baseMargin }: ForestParts): Explain | null {
  const depths = trees.map(depthOf);
  const partsMost = trees.reduce((sum, tree, index) => sum + ((tree.nodeCount + 1) / 2) * (depths[index] as number), 0);
  if (partsMost > PARTS_MAX || depths.some((depth) => depth > DEPTH_MAX)) return null;
  const twigs = cutTwigs(trees, partsMost);
  const bias = baseMargin + expectedOf(twigs);
  const tables = new ContributionTables(twigs);
  const values = new Float32Array(featureCount);
  return (row) => {
    for (let feature = 0; feature < featureCount; feature += 1) values[feature] = row[feature] as number;
    const contributions = new Float64Array(featureCount + 1);
    contributions[featureCount] = bias;
    tables.add(values, contributions);
    return contributions;
  };
}

/** What the training rows got on average. */
function expectedOf({ ways: { leaves, partStarts, shares } }: Twigs): number {
  return leaves.reduce((sum, leaf, way) => {
    const own = shares.subarray(partStarts[way], partStarts[way + 1]);
    return sum + own.reduce((product, share) => product * share, leaf);
  }, 0);
}

/** The contributions of all twigs, kept by the conditions that a row fulfils: rows have most of them in common. */
class ContributionTables {
  readonly #twigs: Twigs;
  /** By twig, where its table begins; -1 without one. A table has a line for each set of conditions, a number a column. */
  readonly #tableStarts: Int32Array;
  readonly #table: Float64Array;
  /** By twig without a table. */
  readonly #kept: (Map<number, Float64Array> | undefined)[] = [];
  #keptNumbers = 0;

  constructor(twigs: Twigs) {
    this.#twigs = twigs;
    this.#tableStarts = new Int32Array(twigs.count).fill(-1);
    let size = 0;
    this.#tableStarts.forEach((_, twig) => {
      const conditions = this.#conditionCount(twig);
      const needed = this.#columnCount(twig) << conditions;
      if (conditions > CONDITIONS_MAX || size + needed > TABLE_MAX) return;
      this.#tableStarts[twig] = size;
      size += needed;
    });
    // A line is not known as long as it begins with NaN.
    this.#table = new Float64Array(size).fill(NaN);
  }

  /** Adds what every twig contributes for a row of these values, by feature. */
  add(values: Float32Array, contributions: Float64Array): void {
    const { columnStarts, columns } = this.#twigs;
    const [tableStarts, table] = [this.#tableStarts, this.#table];
    for (let twig = 0; twig < tableStarts.length; twig += 1) {
      const tableStart = tableStarts[twig] as number;
      if (tableStart < 0) {
        this.#addKept(twig, values, contributions);
        continue;
      }
      const [start, end] = [columnStarts[twig] as number, columnStarts[twig + 1] as number];
      const fulfilled = this.#fulfilledOf(twig, values);
      let from = tableStart + fulfilled * (end - start);
      if (Number.isNaN(table[from]) && start < end) table.set(this.#compute(twig, fulfilled), from);
      for (let column = start; column < end; column += 1, from += 1) {
        const feature = columns[column] as number;
        contributions[feature] = (contributions[feature] as number) + (table[from] as number);
      }
    }
  }

  #conditionCount(twig: number): number {
    return (this.#twigs.conditionStarts[twig + 1] as number) - (this.#twigs.conditionStarts[twig] as number);
  }

  #columnCount(twig: number): number {
    return (this.#twigs.columnStarts[twig + 1] as number) - (this.#twigs.columnStarts[twig] as number);
  }

  #addKept(twig: number, values: Float32Array, contributions: Float64Array): void {
    const { columnStarts, columns } = this.#twigs;
    const start = columnStarts[twig] as number;
    this.#keptOf(twig, values).forEach((contribution, place) => {
      const feature = columns[start + place] as number;
      contributions[feature] = (contributions[feature] as number) + contribution;
    });
  }

  #keptOf(twig: number, values: Float32Array): Float64Array {
    if (this.#conditionCount(twig) > KEPT_CONDITIONS_MAX) return this.#computeLeaf(twig, values);
    const fulfilled = this.#fulfilledOf(twig, values);
    const known = this.#kept[twig]?.get(fulfilled);
    if (known) return known;
    const count = this.#columnCount(twig) + KEPT_OVERHEAD;
    if (this.#keptNumbers + count > KEPT_MAX) {
      this.#kept.length = 0;
      this.#keptNumbers = 0;
    }
    const found = this.#compute(twig, fulfilled);
    (this.#kept[twig] ??= new Map()).set(fulfilled, found);
    this.#keptNumbers += count;
    return found;
  }

  #fulfilledOf(twig: number, values: Float32Array): number {
    const { conditionStarts } = this.#twigs;
    return this.#fulfilled(values, conditionStarts[twig] as number, conditionStarts[twig + 1] as number);
  }

  /** A bit for each condition from `start` to `end`, exclusive. */
  #fulfilled(values: Float32Array, start: number, end: number): number {
    const { features, least, ends, missing, choices } = this.#twigs.conditions;
    const hasChoices = choices.size > 0;
    let fulfilled = 0;
    for (let condition = start, bit = 1; condition < end; condition += 1, bit <<= 1) {
      const value = values[features[condition] as number] as number;
      if (value >= (least[condition] as number)) {
        if (value >= (ends[condition] as number)) continue;
        if (!hasChoices || isChosen(choices.get(condition), value)) fulfilled |= bit;
      } else if (missing[condition] === 1 && Number.isNaN(value)) fulfilled |= bit;
    }
    return fulfilled;
  }

  #compute(twig: number, fulfilled: number): Float64Array {
    const { masks, wanted } = this.#twigs.ways;
    return this.#sum(twig, (part) => (fulfilled & (masks[part] as number)) === wanted[part]);
  }

  /** Of a twig that is a leaf: its parts are its conditions. */
  #computeLeaf(twig: number, values: Float32Array): Float64Array {
    const { conditionStarts, wayStarts, ways } = this.#twigs;
    const ahead = (conditionStarts[twig] as number) - (ways.partStarts[wayStarts[twig] as number] as number);
    return this.#sum(twig, (part) => this.#fulfilled(values, part + ahead, part + ahead + 1) === 1);
  }

  /** By column, over all ways of the twig. */
  #sum(twig: number, isPartFulfilled: (part: number) => boolean): Float64Array {
    const { wayStarts, ways } = this.#twigs;
    const sums = new Float64Array(this.#columnCount(twig));
    for (let way = wayStarts[twig] as number; way < (wayStarts[twig + 1] as number); way += 1) {
      const start = ways.partStarts[way] as number;
      const shares = ways.shares.subarray(start, ways.partStarts[way + 1]);
      shapleyValues(ways.leaves[way] as number, shares, (part) => isPartFulfilled(start + part)).forEach(
        (value, part) => {
          const place = ways.places[start + part] as number;
          sums[place] = (sums[place] as number) + value;
        },
      );
    }
    return sums;
  }
}

function isChosen(choices: readonly Choice[] | undefined, value: number): boolean {
  return choices === undefined || choices.every(({ categories, isIn }) => isAmong(categories, value) === isIn);
}
