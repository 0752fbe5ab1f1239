import type { FeatureBins } from './bin-columns.ts';
import type { ForestFeature } from './columns.ts';
import type { PackedForest } from './pack-forest.ts';

/** Where a forest stands in a kernel's memory. */
export interface ForestPlace {
  readonly counts: number;
  readonly nodes: number;
  readonly leaves: number;
}

/** A feature with where its columns stand. */
export interface PlannedFeature {
  readonly feature: ForestFeature;
  readonly bins: FeatureBins;
  readonly columns: readonly PlannedColumn[];
  /** Dense features only: the thresholds and how they are found. */
  readonly search: { readonly thresholds: number; readonly cells: number };
}

/** A column of bytes in memory. */
export interface PlannedColumn {
  readonly index: number;
  readonly isMonotone: boolean;
  readonly binByRank: Uint8Array;
  /** Dense columns: the address of `binByRank`. Keys and axes: the address of the bins by code. */
  readonly table: number;
  /** Place among the columns that are kept for every block; -1 when it is filled block by block or is one value. */
  readonly stored: number;
  /** Place among the columns that are filled block by block; -1 likewise. */
  readonly passing: number;
}

/** How a snapshot and its forest share one memory: byte offsets, all multiples of 64. */
export interface MemoryPlan {
  readonly byteLength: number;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly features: readonly PlannedFeature[];
  readonly storedCount: number;
  readonly forest: ForestPlace;
  /** The forest of the request, and below it that of the block. */
  readonly compact: ForestPlace;
  readonly program: ForestPlace;
  readonly stack: number;
  readonly result: number;
  /** The leaves of the forest of the request as bytes, by tree in units. */
  readonly rounded: number;
  readonly units: number;
  readonly masks: number;
  /** Ranges by tiles of 16 blocks; a tile for those of all blocks together comes first. */
  readonly ranges: number;
  /** A tile for the groups of the block at hand. */
  readonly groupRanges: number;
  /** Columns that a group has bins of, by index, a byte each. */
  readonly binned: number;
  readonly addresses: number;
  readonly groups: number;
  readonly sums: number;
  readonly scratch: number;
  readonly scores: number;
  readonly bounds: number;
  readonly boundScores: number;
  /** Columns kept for every block: all of a block side by side. */
  readonly stored: number;
  /** Columns of the block at hand. */
  readonly passing: number;
  readonly ranks: number;
  /** Codes of the products by name of key or axis. */
  readonly codes: ReadonlyMap<string, CodePlace>;
}

/** Where codes stand, by position, and how they are kept. */
export interface CodePlace {
  readonly start: number;
  /** Bytes of a code. */
  readonly width: 2 | 4;
  /** Codes are less than this: a snapshot that is patched may have more of them than it had. */
  readonly capacity: number;
}

/** The memory in its element types. */
export interface MemoryViews {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

/** What the size of a snapshot says about its memory. */
export interface SnapshotSizes {
  readonly blockSize: number;
  readonly blockCount: number;
  /** How many codes there may be by name of key or axis. */
  readonly capacities: ReadonlyMap<string, number>;
}

/** Cells in which a dense value's thresholds are looked up. */
export const CELL_COUNT = 8192;
/** Boxes of which bounds are computed together. */
export const BOX_COUNT = 16;
/** The ranges of so many boxes: by column, the smallest bin of each box, then the greatest of each. */
export const TILE_BYTES = 256 * 2 * BOX_COUNT;

const ALIGNMENT = 64;
const SCRATCH_BYTES = 64 + 16 * 48;

/** Gives everything its place. */
export function planMemory(
  { bins, counts, nodes, leaves, depth }: PackedForest,
  kinds: readonly ForestFeature[],
  { blockSize, blockCount, capacities }: SnapshotSizes,
): MemoryPlan {
  let end = 0;
  const take = (bytes: number): number => {
    const start = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return start;
  };
  // Leaves are read 64 bytes at a time.
  const takeForest = (): ForestPlace => ({
    counts: take(counts.byteLength),
    nodes: take(nodes.byteLength),
    leaves: take(leaves.byteLength + ALIGNMENT),
  });
  const products = blockSize * blockCount;
  const placed = placeFeatures(bins.features, kinds, capacities, take);
  const codes = placeCodes(capacities, products, take);
  const plan = {
    blockSize,
    blockCount,
    ...placed,
    codes,
    forest: takeForest(),
    compact: takeForest(),
    program: takeForest(),
    stack: take((depth + 1) * 16),
    result: take(12),
    rounded: take(leaves.length),
    units: take(4 * counts.length),
    masks: take(16 * 256),
    ranges: take((Math.ceil(blockCount / BOX_COUNT) + 1) * TILE_BYTES),
    groupRanges: take(TILE_BYTES),
    binned: take(256),
    addresses: take(4 * 256),
    groups: take(blockSize / 16),
    sums: take(4 * blockSize),
    scratch: take(SCRATCH_BYTES),
    scores: take(4 * products),
    bounds: take(4 * (blockCount + BOX_COUNT)),
    boundScores: take(4 * (blockCount + BOX_COUNT)),
    stored: take(products * placed.storedCount),
    passing: take(blockSize * placed.passingCount),
    ranks: take(2 * blockSize),
  };
  return { ...plan, byteLength: end };
}

/** Where the ranges of a block stand in its tile; block -1 is all blocks together. */
export function rangesOf({ ranges }: Pick<MemoryPlan, 'ranges'>, block: number): number {
  return block === -1 ? ranges : ranges + TILE_BYTES * (1 + Math.floor(block / BOX_COUNT)) + (block % BOX_COUNT);
}

function placeCodes(
  capacities: ReadonlyMap<string, number>,
  products: number,
  take: (bytes: number) => number,
): Map<string, CodePlace> {
  return new Map(
    [...capacities].map(([name, capacity]): [string, CodePlace] => {
      const width = capacity > 65_536 ? 4 : 2;
      return [name, { start: take(products * width), width, capacity }];
    }),
  );
}

function placeFeatures(
  bins: readonly FeatureBins[],
  kinds: readonly ForestFeature[],
  capacities: ReadonlyMap<string, number>,
  take: (bytes: number) => number,
): { features: PlannedFeature[]; storedCount: number; passingCount: number } {
  let storedCount = 0;
  let passingCount = 0;
  const features = bins.map((own, index): PlannedFeature => {
    const feature = kinds[index] as ForestFeature;
    const capacity = capacities.get(codeNameOf(feature)) ?? 0;
    const isStored = feature.kind === 'product' || feature.kind === 'dense';
    const isPassing = !isStored && feature.kind !== 'customer';
    return {
      feature,
      bins: own,
      columns: own.columns.map((column) => ({
        ...column,
        table: take(feature.kind === 'dense' ? column.binByRank.length : capacity),
        stored: isStored ? storedCount++ : -1,
        passing: isPassing ? passingCount++ : -1,
      })),
      search:
        feature.kind === 'dense'
          ? { thresholds: take(4 * own.thresholds.length), cells: take(2 * (CELL_COUNT + 1)) }
          : { thresholds: 0, cells: 0 },
    };
  });
  return { features, storedCount, passingCount };
}

/** Under which name the codes of a key or an axis are kept. */
export function codeNameOf(feature: ForestFeature): string {
  if (feature.kind === 'key') return `key ${feature.key}`;
  if (feature.kind === 'axis') return `axis ${feature.axis}`;
  return '';
}
