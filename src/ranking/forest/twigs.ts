import type { Tree } from './parse-tree.ts';

/**
 * The trees of a forest, cut into twigs: a twig is a node with all that is below it. What a row gets from a twig depends
 * on a few conditions alone: whether it goes the way to the twig wherever a feature decides, for each feature on that way,
 * and whether it goes left, for each split of the twig. All arrays are flat; of what begins somewhere, the last entry is
 * where all ends.
 */
export interface Twigs {
  readonly count: number;
  /** By twig its first condition. */
  readonly conditionStarts: Uint32Array;
  readonly conditions: Conditions;
  /** By twig its first column. */
  readonly columnStarts: Uint32Array;
  /** The features that a twig's conditions are on, each once. */
  readonly columns: Uint32Array;
  /** By twig its first way to a leaf. */
  readonly wayStarts: Uint32Array;
  readonly ways: Ways;
}

/** A condition is on one feature. */
export interface Conditions {
  readonly features: Uint32Array;
  /** Fulfilled from here, inclusive, … */
  readonly least: Float32Array;
  /** … to here, exclusive, NaN for no end, … */
  readonly ends: Float32Array;
  /** … and by a missing value, or not. */
  readonly missing: Uint8Array;
  /** By condition, where splits are on categories: what a value has to be besides. */
  readonly choices: ReadonlyMap<number, readonly Choice[]>;
}

/** The ways from the root to a leaf. A way has one part for every feature on it, however often it splits on it. */
export interface Ways {
  readonly leaves: Float32Array;
  readonly partStarts: Uint32Array;
  /** By part its feature's place among the columns of the twig. */
  readonly places: Uint8Array;
  /** Of the training rows that come to the feature's splits on this way, which share goes on. */
  readonly shares: Float64Array;
  /** By part which of the twig's first 16 conditions, a bit each, have to be … */
  readonly masks: Uint16Array;
  /** … as these are; in a twig of more than CONDITIONS_MAX, which is a leaf, parts and conditions are the same. */
  readonly wanted: Uint16Array;
}

/** A value has to be one of the categories, or none of them. */
export interface Choice {
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

/** A split between a twig and one of its leaves. */
interface Turn {
  readonly feature: number;
  readonly bit: number;
  readonly isLeft: boolean;
}

/** Only a leaf that so many features lead to makes a twig of more conditions. */
export const CONDITIONS_MAX = 6;
const NO_CHOICES: readonly Choice[] = [];

/**
 * Cuts the trees into as few twigs as CONDITIONS_MAX allows.
 * @param partsMax The leaves of the trees may have so many parts altogether at most.
 */
export function cutTwigs(trees: readonly Tree[], partsMax: number): Twigs {
  const leafCount = trees.reduce((sum, { nodeCount }) => sum + (nodeCount + 1) / 2, 0);
  const cutter = new TwigCutter(leafCount, partsMax);
  for (const tree of trees) cutter.cut(tree);
  return cutter.twigs();
}

/** Writes into arrays that are large enough from the start: lists of numbers would need four times the memory. */
class TwigCutter {
  #twigCount = 0;
  #conditionCount = 0;
  #columnCount = 0;
  #wayCount = 0;
  #partCount = 0;
  readonly #conditionStarts: Uint32Array;
  readonly #conditions: Conditions & { readonly choices: Map<number, readonly Choice[]> };
  readonly #columnStarts: Uint32Array;
  readonly #columns: Uint32Array;
  readonly #wayStarts: Uint32Array;
  readonly #ways: Ways;

  constructor(leafCount: number, partsMax: number) {
    this.#conditionStarts = new Uint32Array(leafCount + 1);
    this.#conditions = {
      features: new Uint32Array(partsMax),
      least: new Float32Array(partsMax),
      ends: new Float32Array(partsMax),
      missing: new Uint8Array(partsMax),
      choices: new Map(),
    };
    this.#columnStarts = new Uint32Array(leafCount + 1);
    this.#columns = new Uint32Array(partsMax);
    this.#wayStarts = new Uint32Array(leafCount + 1);
    this.#ways = {
      leaves: new Float32Array(leafCount),
      partStarts: new Uint32Array(leafCount + 1),
      places: new Uint8Array(partsMax),
      shares: new Float64Array(partsMax),
      masks: new Uint16Array(partsMax),
      wanted: new Uint16Array(partsMax),
    };
  }

  cut(tree: Tree): void {
    const splits = splitCounts(tree);
    const grow = (node: number, way: readonly Part[]): void => {
      const count = splits[node] as number;
      if (count === 0 || way.length + count <= CONDITIONS_MAX) {
        this.#add(tree, node, way);
        return;
      }
      grow(tree.left[node] as number, withSplit(tree, node, way, true));
      grow(tree.right[node] as number, withSplit(tree, node, way, false));
    };
    grow(0, []);
  }

  twigs(): Twigs {
    const [conditions, ways] = [this.#conditions, this.#ways];
    return {
      count: this.#twigCount,
      conditionStarts: this.#conditionStarts.slice(0, this.#twigCount + 1),
      conditions: {
        features: conditions.features.slice(0, this.#conditionCount),
        least: conditions.least.slice(0, this.#conditionCount),
        ends: conditions.ends.slice(0, this.#conditionCount),
        missing: conditions.missing.slice(0, this.#conditionCount),
        choices: conditions.choices,
      },
      columnStarts: this.#columnStarts.slice(0, this.#twigCount + 1),
      columns: this.#columns.slice(0, this.#columnCount),
      wayStarts: this.#wayStarts.slice(0, this.#twigCount + 1),
      ways: {
        leaves: ways.leaves,
        partStarts: ways.partStarts,
        places: ways.places.slice(0, this.#partCount),
        shares: ways.shares.slice(0, this.#partCount),
        masks: ways.masks.slice(0, this.#partCount),
        wanted: ways.wanted.slice(0, this.#partCount),
      },
    };
  }

  #add(tree: Tree, twig: number, path: readonly Part[]): void {
    const firstCondition = this.#conditionCount;
    for (const part of path) this.#addCondition(part);
    const columns = path.map(({ feature }) => feature);
    const walk = (node: number, way: readonly Part[], turns: readonly Turn[]): void => {
      if (tree.left[node] === -1) {
        this.#addWay(tree.threshold[node] as number, { way, turns, path, columns });
        return;
      }
      const feature = tree.feature[node] as number;
      if (!columns.includes(feature)) columns.push(feature);
      const bit = 1 << (this.#conditionCount - firstCondition);
      for (const part of withSplit(tree, node, [], true)) this.#addCondition(part);
      for (const isLeft of [true, false]) {
        const child = (isLeft ? tree.left[node] : tree.right[node]) as number;
        walk(child, withSplit(tree, node, way, isLeft), [...turns, { feature, bit, isLeft }]);
      }
    };
    walk(twig, path, []);
    this.#columns.set(columns, this.#columnCount);
    this.#columnCount += columns.length;
    this.#twigCount += 1;
    this.#conditionStarts[this.#twigCount] = this.#conditionCount;
    this.#columnStarts[this.#twigCount] = this.#columnCount;
    this.#wayStarts[this.#twigCount] = this.#wayCount;
  }

  #addCondition({ feature, least, end, missing, choices }: Part): void {
    const place = this.#conditionCount;
    this.#conditions.features[place] = feature;
    this.#conditions.least[place] = least;
    this.#conditions.ends[place] = end;
    this.#conditions.missing[place] = Number(missing);
    if (choices.length > 0) this.#conditions.choices.set(place, choices);
    this.#conditionCount += 1;
  }

  #addWay(
    leaf: number,
    twig: {
      readonly way: readonly Part[];
      readonly turns: readonly Turn[];
      readonly path: readonly Part[];
      readonly columns: readonly number[];
    },
  ): void {
    const { places, shares, masks, wanted, leaves, partStarts } = this.#ways;
    for (const { feature, share } of twig.way) {
      const onPath = twig.path.findIndex((part) => part.feature === feature);
      const bits = onPath < 0 ? 0 : 1 << onPath;
      const turns = twig.turns.filter((turn) => turn.feature === feature);
      places[this.#partCount] = twig.columns.indexOf(feature);
      shares[this.#partCount] = share;
      masks[this.#partCount] = turns.reduce((mask, { bit }) => mask | bit, bits);
      wanted[this.#partCount] = turns.reduce((all, { bit, isLeft }) => (isLeft ? all | bit : all), bits);
      this.#partCount += 1;
    }
    leaves[this.#wayCount] = leaf;
    this.#wayCount += 1;
    partStarts[this.#wayCount] = this.#partCount;
  }
}

/** By node how many splits it has below it, itself included. */
function splitCounts({ nodeCount, left, right }: Tree): Uint32Array {
  const counts = new Uint32Array(nodeCount);
  const count = (node: number): number => {
    if (left[node] === -1) return 0;
    counts[node] = 1 + count(left[node] as number) + count(right[node] as number);
    return counts[node];
  };
  count(0);
  return counts;
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
