import type { RequestColumn } from './columns.ts';
import type { Objective } from './forest.ts';
import { BOX_COUNT, rangesOf, TILE_BYTES, type ForestPlace } from './memory-plan.ts';
import { SUM_MAX, type PackedForest } from './pack-forest.ts';
import { loadRequest, type FillBlock } from './request-columns.ts';
import { GROUP_SIZE, storedAddress, type SnapshotMemory } from './snapshot-memory.ts';

/** Scores the blocks of a snapshot for one request at a time. */
export interface BlockScorer {
  /** Loads a request and specialises the forest on it. */
  readonly begin: (request: readonly RequestColumn[]) => void;
  /** Writes the predictions of some groups of a block, from 0 on, to the memory's `scores`, by position. */
  readonly scoreBlock: (block: number, groups: readonly number[]) => void;
  /** For every block a prediction that none of its products exceeds; valid until bounds are asked for again. */
  readonly blockBounds: () => Float32Array;
  /** The same for the groups of a block, once the bounds of blocks were asked for. */
  readonly groupBounds: (block: number) => Float32Array;
  /** As `scoreBlock`, for the block whose groups were bound last. */
  readonly scoreBound: (groups: readonly number[]) => void;
}

/** A forest in memory, after the nodes that some ranges decide were taken away. */
interface Level {
  readonly place: ForestPlace;
  treeCount: number;
  /** Steps that the trees without nodes add up to. */
  constant: number;
}

/** The scorer of a laid out snapshot. */
export function createBlockScorer(memory: SnapshotMemory, packed: PackedForest, objective: Objective): BlockScorer {
  const { kernel, plan } = memory;
  const finish = createFinish(memory, packed, objective);
  const whole: Level = { place: plan.forest, treeCount: packed.treeCount, constant: 0 };
  const ofRequest: Level = { ...whole, place: plan.compact };
  const ofBlock: Level = { ...whole, place: plan.program };
  let opened = 0;
  let fillBlock: FillBlock = () => undefined;
  setPassingAddresses(memory);
  const binnedCount = listBinned(memory);

  function open(block: number): void {
    fillBlock(block);
    setStoredAddresses(memory, block);
    opened = block;
  }

  function scoreOpened(groups: readonly number[], ranges: number): void {
    specialise(memory, ofRequest, ofBlock, ranges);
    scoreGroups(memory, ofBlock, { block: opened, groups, finish });
  }

  return {
    begin: (request) => {
      fillBlock = loadRequest(memory, request);
      specialise(memory, whole, ofRequest, rangesOf(plan, -1));
    },
    scoreBlock: (block, groups) => {
      if (groups.length === 0) return;
      open(block);
      scoreOpened(groups, rangesOf(plan, block));
    },
    blockBounds: () => {
      const { place, treeCount } = ofRequest;
      kernel.roundLeaves(treeCount, place.counts, place.leaves, plan.units, plan.rounded);
      return boundBoxes(memory, ofRequest, { tiles: rangesOf(plan, 0), boxCount: plan.blockCount, finish });
    },
    groupBounds: (block) => {
      open(block);
      const groupCount = plan.blockSize / GROUP_SIZE;
      kernel.extents(plan.binned, binnedCount, plan.addresses, groupCount, plan.groupRanges);
      return boundBoxes(memory, ofRequest, { tiles: plan.groupRanges, boxCount: groupCount, finish });
    },
    // One group has ranges of its own; several share those of their block.
    scoreBound: (groups) => {
      const [first = 0] = groups;
      scoreOpened(groups, groups.length === 1 ? plan.groupRanges + first : rangesOf(plan, opened));
    },
  };
}

/** Turns sums of steps into predictions. */
type Finish = (sums: number, scores: number, count: number, constant: number) => void;

function createFinish({ kernel }: SnapshotMemory, { base, step }: PackedForest, objective: Objective): Finish {
  const toPredictions = objective === 'binary:logistic' ? kernel.toProbabilities : kernel.toMargins;
  return (sums, scores, count, constant) => {
    toPredictions(sums, scores, count, constant, base, step);
  };
}

/** Writes to `into` what the ranges of a box leave of a forest. */
function specialise(
  { kernel, plan, views: { words } }: SnapshotMemory,
  from: Level,
  into: Level,
  ranges: number,
): void {
  const { counts, nodes, leaves } = from.place;
  const { place } = into;
  const { result, stack } = plan;
  kernel.specialise(
    from.treeCount,
    counts,
    nodes,
    leaves,
    place.counts,
    place.nodes,
    place.leaves,
    ranges,
    stack,
    result,
  );
  into.constant = from.constant + (words[result >> 2] as number);
  into.treeCount = words[(result >> 2) + 2] as number;
}

/** What is to be scored: some groups of a block whose columns are filled. */
interface OpenGroups {
  readonly block: number;
  readonly groups: readonly number[];
  readonly finish: Finish;
}

/** Adds up the trees. Writes the predictions of a single group alone, and those of several with their whole block. */
function scoreGroups(
  { kernel, plan, views: { words } }: SnapshotMemory,
  { place, treeCount, constant }: Level,
  { block, groups, finish }: OpenGroups,
): void {
  const { addresses, blockSize, scratch, sums } = plan;
  const { counts, nodes, leaves } = place;
  groups.forEach((group, index) => (words[(plan.groups >> 2) + index] = group * GROUP_SIZE));
  words.fill(0, sums >> 2, (sums >> 2) + blockSize);
  kernel.addTrees(treeCount, counts, nodes, leaves, addresses, plan.groups, groups.length, sums, scratch);
  const [first = 0] = groups;
  const [start, count] = groups.length === 1 ? [first * GROUP_SIZE, GROUP_SIZE] : [0, blockSize];
  finish(sums + 4 * start, plan.scores + 4 * (block * blockSize + start), count, constant);
}

/** Tiles of boxes side by side. */
interface Boxes {
  readonly tiles: number;
  readonly boxCount: number;
  readonly finish: Finish;
}

function boundBoxes(
  { kernel, plan, views: { words, floats } }: SnapshotMemory,
  { place, treeCount, constant }: Level,
  { tiles, boxCount, finish }: Boxes,
): Float32Array {
  const { bounds, boundScores, masks, rounded, units } = plan;
  const tileCount = Math.ceil(boxCount / BOX_COUNT);
  for (let tile = 0; tile < tileCount; tile += 1) {
    const target = bounds + 4 * BOX_COUNT * tile;
    kernel.boundBoxes(treeCount, place.counts, place.nodes, units, rounded, tiles + TILE_BYTES * tile, masks, target);
  }
  const own = words.subarray(bounds >> 2, (bounds >> 2) + BOX_COUNT * tileCount);
  // No sum of leaves is above SUM_MAX, though their bounds may be.
  own.forEach((bound, box) => (own[box] = Math.min(constant + 256 * bound, SUM_MAX)));
  finish(bounds, boundScores, own.length, 0);
  return floats.subarray(boundScores >> 2, (boundScores >> 2) + boxCount);
}

/** Lists the columns of bins and says how many they are: all but those of the customer, which hold one value. */
function listBinned({ plan, views }: SnapshotMemory): number {
  const binned = plan.features
    .flatMap(({ columns }) => columns)
    .filter(({ stored, passing }) => stored + passing !== -2);
  views.bytes.set(
    binned.map(({ index }) => index),
    plan.binned,
  );
  return binned.length;
}

function setPassingAddresses({ plan, views }: SnapshotMemory): void {
  for (const { index, passing } of plan.features.flatMap(({ columns }) => columns)) {
    if (passing !== -1) views.words[(plan.addresses >> 2) + index] = plan.passing + passing * plan.blockSize;
  }
}

function setStoredAddresses({ plan, views, storedColumns }: SnapshotMemory, block: number): void {
  for (const { index, stored } of storedColumns) {
    views.words[(plan.addresses >> 2) + index] = storedAddress(plan, block, stored);
  }
}
