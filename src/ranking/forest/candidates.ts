import type { MemoryPlan } from './memory-plan.ts';
import { GROUP_SIZE, type SnapshotMemory } from './snapshot-memory.ts';

/** The products that may be chosen. */
export interface Candidates {
  /** By position. */
  readonly isCandidate: Uint8Array;
  /** By groups of 64 positions. */
  readonly isGroupOpen: Uint8Array;
}

/** Marks where rows of a snapshot are laid out; all of its products where there are none. @throws RangeError for other rows. */
export function markCandidates(
  { plan, productCount, positionOf }: SnapshotMemory,
  rows: ArrayLike<number> | null,
): Candidates {
  const isCandidate = new Uint8Array(plan.blockCount * plan.blockSize);
  const isGroupOpen = new Uint8Array(isCandidate.length / GROUP_SIZE);
  if (rows === null) {
    isCandidate.fill(1, 0, productCount);
    isGroupOpen.fill(1, 0, Math.ceil(productCount / GROUP_SIZE));
    return { isCandidate, isGroupOpen };
  }
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an ArrayLike has no iterator
  for (let index = 0; index < rows.length; index += 1) {
    const position = positionOf[rows[index] as number];
    if (position === undefined) throw new RangeError(`row ${rows[index] ?? 'none'} of ${productCount}`);
    isCandidate[position] = 1;
    isGroupOpen[Math.floor(position / GROUP_SIZE)] = 1;
  }
  return { isCandidate, isGroupOpen };
}

/** The groups of a block, from 0 on, that have a candidate. */
export function openGroups({ blockSize }: MemoryPlan, block: number, { isGroupOpen }: Candidates): number[] {
  const count = blockSize / GROUP_SIZE;
  const groups: number[] = [];
  for (let group = 0; group < count; group += 1) {
    if (isGroupOpen[block * count + group] === 1) groups.push(group);
  }
  return groups;
}

/** The blocks that have a candidate. */
export function openBlocks(plan: MemoryPlan, candidates: Candidates): number[] {
  const blocks = Array.from({ length: plan.blockCount }, (_, block) => block);
  return blocks.filter((block) => openGroups(plan, block, candidates).length > 0);
}
