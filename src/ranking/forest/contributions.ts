import { isAmong } from './categories.ts';
import type { ForestParts } from './forest.ts';
import { depthOf, type Tree } from './parse-tree.ts';

/**
 * Says how much each feature of a row added to its margin: path-dependent TreeSHAP, XGBoost's `pred_contribs`. Of a row of
 * `featureCount` values, NaN missing, it gives as many contributions and then the bias: what the model expects of a row
 * that it knows nothing about. They add up to the row's margin.
 */
export type Explain = (row: ArrayLike<number>) => Float64Array;

/**
 * The ways from the root to a leaf, flat. A way has one part for every feature on it, however often it splits on it: a
 * row fulfils the part when it goes this way wherever the feature decides.
 */
interface Ways {
  /** The first part of each way; the last entry is how many parts there are. */
  readonly starts: Uint32Array;
  readonly leaves: Float32Array;
  readonly features: Uint32Array;
  /** A part is fulfilled from here, inclusive, … */
  readonly least: Float32Array;
  /** … to here, exclusive, NaN for no end, … */
  readonly ends: Float32Array;
  /** … and by a missing value, or not. */
  readonly missing: Uint8Array;
  /** By part, where splits on this way are on categories: what a value has to be besides. */
  readonly choices: ReadonlyMap<number, readonly Choice[]>;
  /** Of the training rows that come to the feature's splits on this way, which share goes on. */
  readonly shares: Float64Array;
}

/** A value has to be one of the categories, or none of them. */
interface Choice {
  readonly categories: ReadonlySet<number>;
  readonly isIn: boolean;
}

interface Part {
  readonly feature: number;
  readonly least: number;
  readonly end: number;
  readonly missing: boolean;
  readonly choices: readonly Choice[];
  readonly share: number;
}

/** Ways of so few parts have a table of their contributions, by the parts that a row fulfils. */
const TABLE_PARTS_MAX = 6;
/** All tables together have so many numbers at most; what does not fit is kept in maps. */
const TABLE_MAX = 1 << 21;
/** In maps so many numbers are kept at most; then they start anew. */
const KEPT_MAX = 1 << 20;
/** Ways of more parts are computed each time. */
const KEPT_PARTS_MAX = 16;

/** Levels of the deepest tree that is explained. */
const DEPTH_MAX = 64;
/** So that they are found within 100 MB. */
const PARTS_MAX = 1 << 21;
const NO_CHOICES: readonly Choice[] = [];

/**
 * Prepares a forest for explaining; null for one that is too deep or too large. What rows have in common is computed once
 * and kept, within 25 MB.
 */
export function createExplain({ trees, featureCount, baseMargin }: ForestParts): Explain | null {
  const depths = trees.map(depthOf);
  const partsMost = trees.reduce((sum, tree, index) => sum + ((tree.nodeCount + 1) / 2) * (depths[index] as number), 0);
  if (partsMost > PARTS_MAX || depths.some((depth) => depth > DEPTH_MAX)) return null;
  const ways = collectWays(trees);
  const bias = ways.leaves.reduce((sum, leaf, way) => sum + leaf * shareOf(ways, way), baseMargin);
  const tables = new ContributionTables(ways);
  const values = new Float32Array(featureCount);
  return (row) => {
    for (let feature = 0; feature < featureCount; feature += 1) values[feature] = row[feature] as number;
    const contributions = new Float64Array(featureCount + 1);
    contributions[featureCount] = bias;
    tables.add(values, contributions);
    return contributions;
  };
}

/** The contributions of all ways, kept by the parts that a row fulfils: rows have most of them in common. */
class ContributionTables {
  readonly #ways: Ways;
  /** By way, where its table begins; -1 without one. A table has a line of one number a part for each set of parts. */
  readonly #tableStarts: Int32Array;
  readonly #table: Float64Array;
  /** By way without a table. */
  readonly #kept: (Map<number, Float64Array> | undefined)[] = [];
  #keptNumbers = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#tableStarts = new Int32Array(ways.leaves.length).fill(-1);
    let size = 0;
    this.#tableStarts.forEach((_, way) => {
      const count = this.#countOf(way);
      const needed = count << count;
      if (count > TABLE_PARTS_MAX || size + needed > TABLE_MAX) return;
      this.#tableStarts[way] = size;
      size += needed;
    });
    // A line is not known as long as it begins with NaN.
    this.#table = new Float64Array(size).fill(NaN);
  }

  /** Adds what every way contributes for a row of these values, by feature. */
  add(values: Float32Array, contributions: Float64Array): void {
    const { starts, features } = this.#ways;
    for (let way = 0; way < this.#tableStarts.length; way += 1) {
      const start = starts[way] as number;
      const count = (starts[way + 1] as number) - start;
      const tableStart = this.#tableStarts[way] as number;
      if (tableStart < 0) {
        this.#addKept(way, values, contributions);
        continue;
      }
      const fulfilled = this.#fulfilled(values, start, count);
      const line = tableStart + fulfilled * count;
      if (count > 0 && Number.isNaN(this.#table[line])) this.#table.set(this.#compute(way, fulfilled), line);
      for (let part = 0; part < count; part += 1) {
        const feature = features[start + part] as number;
        contributions[feature] = (contributions[feature] as number) + (this.#table[line + part] as number);
      }
    }
  }

  #countOf(way: number): number {
    return (this.#ways.starts[way + 1] as number) - (this.#ways.starts[way] as number);
  }

  #addKept(way: number, values: Float32Array, contributions: Float64Array): void {
    const { starts, features } = this.#ways;
    const start = starts[way] as number;
    this.#keptOf(way, values).forEach((contribution, part) => {
      const feature = features[start + part] as number;
      contributions[feature] = (contributions[feature] as number) + contribution;
    });
  }

  #keptOf(way: number, values: Float32Array): Float64Array {
    const start = this.#ways.starts[way] as number;
    const count = this.#countOf(way);
    if (count > KEPT_PARTS_MAX) {
      return contributionsOf(this.#ways, way, (part) => this.#fulfilled(values, start + part, 1) === 1);
    }
    const fulfilled = this.#fulfilled(values, start, count);
    const known = this.#kept[way]?.get(fulfilled);
    if (known) return known;
    if (this.#keptNumbers + count > KEPT_MAX) {
      this.#kept.length = 0;
      this.#keptNumbers = 0;
    }
    const found = this.#compute(way, fulfilled);
    (this.#kept[way] ??= new Map()).set(fulfilled, found);
    this.#keptNumbers += count;
    return found;
  }

  /** A bit for each part. */
  #fulfilled(values: Float32Array, start: number, count: number): number {
    const { features, least, ends, missing, choices } = this.#ways;
    let fulfilled = 0;
    for (let part = start, bit = 1; part < start + count; part += 1, bit <<= 1) {
      const value = values[features[part] as number] as number;
      if (value >= (least[part] as number)) {
        if (value >= (ends[part] as number)) continue;
        if (choices.size === 0 || isChosen(choices.get(part), value)) fulfilled |= bit;
      } else if (missing[part] === 1 && Number.isNaN(value)) fulfilled |= bit;
    }
    return fulfilled;
  }

  #compute(way: number, fulfilled: number): Float64Array {
    return contributionsOf(this.#ways, way, (part) => ((fulfilled >> part) & 1) === 1);
  }
}

function isChosen(choices: readonly Choice[] | undefined, value: number): boolean {
  return choices === undefined || choices.every(({ categories, isIn }) => isAmong(categories, value) === isIn);
}

/** The share of the training rows that went a way. */
function shareOf({ starts, shares }: Ways, way: number): number {
  return shares.subarray(starts[way], starts[way + 1]).reduce((product, share) => product * share, 1);
}

/**
 * The Shapley values of one way: features come in every order, and one that has not come yet lets the share of the
 * training rows pass. A part's value is what its coming changes, averaged over all orders.
 */
function contributionsOf(
  { starts, leaves, shares }: Ways,
  way: number,
  isFulfilled: (part: number) => boolean,
): Float64Array {
  const leaf = leaves[way] as number;
  const own = shares.subarray(starts[way], starts[way + 1]);
  const count = own.length;
  const passes = own.map((_, part) => Number(isFulfilled(part)));
  return own.map((share, part) => {
    const bySize = passingBySize(own, passes, part);
    // An order in which `size` others come before: size! (count - 1 - size)! / count! of all orders.
    let [sum, weight] = [0, 1 / count];
    for (let size = 0; size < count; size += 1) {
      sum += weight * (bySize[size] as number);
      weight *= (size + 1) / (count - 1 - size);
    }
    return leaf * ((passes[part] as number) - share) * sum;
  });
}

/** For each number of others that came: the sum over all such sets of what passes through all of the others. */
function passingBySize(shares: Float64Array, passes: Float64Array, without: number): Float64Array {
  const bySize = new Float64Array(shares.length);
  bySize[0] = 1;
  for (let part = 0, known = 0; part < shares.length; part += 1) {
    if (part === without) continue;
    known += 1;
    for (let size = known; size >= 0; size -= 1) {
      const came = size > 0 ? (bySize[size - 1] as number) * (passes[part] as number) : 0;
      bySize[size] = (bySize[size] as number) * (shares[part] as number) + came;
    }
  }
  return bySize;
}

function collectWays(trees: readonly Tree[]): Ways {
  const starts: number[] = [0];
  const leaves: number[] = [];
  const parts: Part[] = [];
  for (const tree of trees) {
    const walk = (node: number, way: readonly Part[]): void => {
      if (tree.left[node] === -1) {
        leaves.push(tree.threshold[node] as number);
        parts.push(...way);
        starts.push(parts.length);
        return;
      }
      walk(tree.left[node] as number, withSplit(tree, node, way, true));
      walk(tree.right[node] as number, withSplit(tree, node, way, false));
    };
    walk(0, []);
  }
  return {
    starts: Uint32Array.from(starts),
    leaves: Float32Array.from(leaves),
    features: Uint32Array.from(parts, ({ feature }) => feature),
    least: Float32Array.from(parts, ({ least }) => least),
    ends: Float32Array.from(parts, ({ end }) => end),
    missing: Uint8Array.from(parts, ({ missing }) => Number(missing)),
    choices: new Map(parts.flatMap(({ choices }, place) => (choices.length > 0 ? [[place, choices] as const] : []))),
    shares: Float64Array.from(parts, ({ share }) => share),
  };
}

/** The way to a child of a node. */
function withSplit(tree: Tree, node: number, way: readonly Part[], isLeft: boolean): Part[] {
  const feature = tree.feature[node] as number;
  const before = way.find((part) => part.feature === feature) ?? {
    feature,
    least: -Infinity,
    end: NaN,
    missing: true,
    choices: NO_CHOICES,
    share: 1,
  };
  const part: Part = {
    ...before,
    ...narrowed(before, tree, node, isLeft),
    missing: before.missing && (tree.defaultLeft[node] === 1) === isLeft,
    share: before.share * shareOfChild(tree, node, isLeft),
  };
  return [...way.filter((other) => other.feature !== feature), part];
}

/** Which values of a part's feature go this way at one more split. */
function narrowed(before: Part, tree: Tree, node: number, isLeft: boolean): Partial<Part> {
  const categories = tree.categories?.get(node);
  if (categories) return { choices: [...before.choices, { categories, isIn: !isLeft }] };
  const threshold = Math.fround(tree.threshold[node] as number);
  if (isLeft) return { end: threshold >= before.end ? before.end : threshold };
  return { least: Math.max(before.least, threshold) };
}

function shareOfChild({ left, right, cover }: Tree, node: number, isLeft: boolean): number {
  const child = (isLeft ? left[node] : right[node]) as number;
  const share = (cover[child] as number) / (cover[node] as number);
  // A split that no training row came to says nothing about either side.
  return Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 1 / 2;
}
