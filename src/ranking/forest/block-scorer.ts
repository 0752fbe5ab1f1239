import type { RequestColumn } from './columns.ts';
import type { Objective } from './forest.ts';
import { RANGE_BYTES } from './memory-plan.ts';
import type { PackedForest } from './pack-forest.ts';
import { loadRequest, type FillBlock } from './request-columns.ts';
import { GROUP_SIZE, storedAddress, type SnapshotMemory } from './snapshot-memory.ts';

/** Scores the blocks of a snapshot for one request at a time. */
export interface BlockScorer {
  /** Loads a request and specialises the forest on it. */
  readonly begin: (request: readonly RequestColumn[]) => void;
  /** Writes the predictions of a block's open groups to the memory's `scores`, by position. */
  readonly scoreBlock: (block: number, isGroupOpen: Uint8Array) => void;
  /** For every block a prediction that none of its products exceeds. */
  readonly boundsOf: (blocks: readonly number[]) => Float32Array;
}

/** What the forest of the request is, besides the nodes that it still has. */
interface OpenForest {
  treeCount: number;
  /** Steps that the decided trees add up to. */
  constant: number;
}

/** The scorer of a laid out snapshot. */
export function createBlockScorer(memory: SnapshotMemory, packed: PackedForest, objective: Objective): BlockScorer {
  const { kernel, plan, views } = memory;
  const { words } = views;
  const { blockSize, blockCount, compact, forest, program, result, scores, sums } = plan;
  const finish = objective === 'binary:logistic' ? kernel.toProbabilities : kernel.toMargins;
  const open: OpenForest = { treeCount: 0, constant: 0 };
  let fillBlock: FillBlock = () => undefined;
  setPassingAddresses(memory);

  /** The kernel's answer: decided steps, greatest open steps, open trees. */
  function specialise(treeCount: number, from: typeof forest, to: typeof forest, block: number): void {
    const range = plan.ranges + (block + 1) * RANGE_BYTES;
    const { counts, nodes, leaves } = from;
    kernel.specialise(treeCount, counts, nodes, leaves, to.counts, to.nodes, to.leaves, range, plan.stack, result);
  }

  function begin(request: readonly RequestColumn[]): void {
    fillBlock = loadRequest(memory, request);
    specialise(packed.treeCount, forest, compact, -1);
    open.constant = words[result >> 2] as number;
    open.treeCount = words[(result >> 2) + 2] as number;
  }

  function scoreBlock(block: number, isGroupOpen: Uint8Array): void {
    const groupCount = listGroups(memory, block, isGroupOpen);
    if (groupCount === 0) return;
    specialise(open.treeCount, compact, program, block);
    const constant = open.constant + (words[result >> 2] as number);
    const treeCount = words[(result >> 2) + 2] as number;
    fillBlock(block);
    setStoredAddresses(memory, block);
    words.fill(0, sums >> 2, (sums >> 2) + blockSize);
    const { addresses, groups, scratch } = plan;
    const { counts, nodes, leaves } = program;
    kernel.addTrees(treeCount, counts, nodes, leaves, addresses, groups, groupCount, sums, scratch);
    finish(sums, scores + 4 * block * blockSize, blockSize, constant, packed.base, packed.step);
  }

  function boundsOf(blocks: readonly number[]): Float32Array {
    blocks.forEach((block, index) => {
      specialise(open.treeCount, compact, program, block);
      words[(plan.bounds >> 2) + index] =
        open.constant + (words[result >> 2] as number) + (words[(result >> 2) + 1] as number);
    });
    finish(plan.bounds, plan.boundScores, (blockCount + 3) & ~3, 0, packed.base, packed.step);
    return views.floats.slice(plan.boundScores >> 2, (plan.boundScores >> 2) + blocks.length);
  }

  return { begin, scoreBlock, boundsOf };
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

/** Lists the open groups of a block for the kernel and says how many they are. */
function listGroups({ plan, views }: SnapshotMemory, block: number, isGroupOpen: Uint8Array): number {
  const inBlock = plan.blockSize / GROUP_SIZE;
  let count = 0;
  for (let group = 0; group < inBlock; group += 1) {
    if (isGroupOpen[block * inBlock + group] === 0) continue;
    views.words[(plan.groups >> 2) + count] = group * GROUP_SIZE;
    count += 1;
  }
  return count;
}
