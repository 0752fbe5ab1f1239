import { createBestRows, type BestRows } from './best-rows.ts';
import { createBlockScorer } from './block-scorer.ts';
import type { RequestColumn } from './columns.ts';
import type { Objective } from './forest.ts';
import { codeBytes } from './memory-plan.ts';
import type { PackedForest } from './pack-forest.ts';
import { GROUP_SIZE, type SnapshotMemory } from './snapshot-memory.ts';

/** The products of a snapshot, laid out for one forest. Scores one request at a time. */
export interface PreparedSnapshot {
  readonly productCount: number;
  readonly blockCount: number;
  /** Of the memory that it holds. */
  readonly byteLength: number;
  /**
   * Writes the prediction for every row of `rows` to `output`, in their order: probabilities for binary:logistic, margins
   * for other objectives. Without `rows` every product is scored.
   * @throws RangeError when a column has another kind than the engine was told.
   */
  score(request: readonly RequestColumn[], rows: ArrayLike<number> | null, output: Float32Array): void;
  /**
   * The k best of the rows, as sorting all of their scores would give them: higher scores first, equal scores by row.
   * Blocks of products that cannot enter the list are not scored.
   */
  topK(request: readonly RequestColumn[], rows: ArrayLike<number> | null, options: TopKOptions): TopK;
}

/** What `topK` is asked for. */
export interface TopKOptions {
  readonly k: number;
  /** Mixes the prediction with another number of the product: `(1 - weight) * prediction + weight * value`. */
  readonly blend?: Blend | undefined;
}

/** What a prediction is mixed with. */
export interface Blend {
  /** 0 to 1. */
  readonly weight: number;
  /** A key of the products that a feature depends on too. */
  readonly key: string;
  /** Finite numbers by code of the key. */
  readonly values: ArrayLike<number>;
}

/** The best rows, best first. */
export interface TopK {
  readonly rows: readonly number[];
  /** What the rows are ordered by. */
  readonly scores: readonly number[];
  /** The model's own predictions. */
  readonly predictions: readonly number[];
  readonly blocksScored: number;
  /** Blocks with at least one of the rows. */
  readonly blocksWithCandidates: number;
}

/** The products that may be chosen. */
interface Candidates {
  readonly isCandidate: Uint8Array;
  /** By groups of 64 positions. */
  readonly isGroupOpen: Uint8Array;
}

/** The scorer over a laid out snapshot. */
export function createPreparedSnapshot(
  memory: SnapshotMemory,
  packed: PackedForest,
  objective: Objective,
): PreparedSnapshot {
  const { plan, productCount, views, positionOf, rowAt } = memory;
  const firstScore = plan.scores >> 2;
  const scorer = createBlockScorer(memory, packed, objective);

  function score(request: readonly RequestColumn[], rows: ArrayLike<number> | null, output: Float32Array): void {
    const count = rows?.length ?? productCount;
    if (output.length < count) throw new RangeError(`${count} scores do not fit an array of ${output.length}`);
    if (count === 0) return;
    const { isGroupOpen } = markCandidates(memory, rows);
    scorer.begin(request);
    for (let block = 0; block < plan.blockCount; block += 1) scorer.scoreBlock(block, isGroupOpen);
    for (let index = 0; index < count; index += 1) {
      output[index] = views.floats[firstScore + (positionOf[rows?.[index] ?? index] as number)] as number;
    }
  }

  function topK(request: readonly RequestColumn[], rows: ArrayLike<number> | null, { k, blend }: TopKOptions): TopK {
    const { isCandidate, isGroupOpen } = markCandidates(memory, rows);
    const blocks = openBlocks(memory, isGroupOpen);
    const best = createBestRows(k);
    let blocksScored = 0;
    if (blocks.length > 0 && k > 0) {
      scorer.begin(request);
      const mix = createMix(memory, blend);
      const bounds = Array.from(scorer.boundsOf(blocks), (bound, index) => mix.bound(bound, blocks[index] as number));
      for (const index of descending(bounds)) {
        if (!best.accepts(bounds[index] as number)) break;
        const block = blocks[index] as number;
        scorer.scoreBlock(block, isGroupOpen);
        blocksScored += 1;
        collect(memory, block, isCandidate, { mix, best });
      }
    }
    return {
      rows: best.rows,
      scores: best.scores,
      predictions: best.rows.map((row) => views.floats[firstScore + (positionOf[row] as number)] ?? NaN),
      blocksScored,
      blocksWithCandidates: blocks.length,
    };
  }

  const byteLength = plan.byteLength + rowAt.byteLength + positionOf.byteLength;
  return { productCount, blockCount: plan.blockCount, byteLength, score, topK };
}

/** The places of the numbers, the greatest first. */
function descending(numbers: readonly number[]): number[] {
  return numbers.map((_, index) => index).sort((a, b) => (numbers[b] as number) - (numbers[a] as number));
}

/** The score of a prediction. */
interface Mix {
  readonly at: (prediction: number, position: number) => number;
  /** A score that no product of the block exceeds when no prediction of the block exceeds the given one. */
  readonly bound: (prediction: number, block: number) => number;
}

function createMix({ plan, views, codings }: SnapshotMemory, blend: Blend | undefined): Mix {
  if (blend === undefined || blend.weight === 0) {
    return { at: (prediction) => prediction, bound: (prediction) => prediction };
  }
  const { weight, key, values } = blend;
  const coding = codings.get(`key ${key}`);
  if (!coding) throw new RangeError(`no feature depends on the key ${key}`);
  const mixed = (prediction: number, code: number): number =>
    (1 - weight) * prediction + weight * (values[code] as number);
  const start = plan.codes.get(`key ${key}`) as number;
  const width = codeBytes(coding.codeCount);
  const codes = width === 2 ? views.halves : views.words;
  return {
    at: (prediction, position) => mixed(prediction, codes[start / width + position] as number),
    bound: (prediction, block) => {
      let most = -Infinity;
      for (const code of coding.blockCodes[block] ?? []) most = Math.max(most, mixed(prediction, code));
      return most;
    },
  };
}

function markCandidates(
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

function openBlocks({ plan }: SnapshotMemory, isGroupOpen: Uint8Array): number[] {
  const groups = plan.blockSize / GROUP_SIZE;
  const blocks: number[] = [];
  for (let block = 0; block < plan.blockCount; block += 1) {
    if (isGroupOpen.subarray(block * groups, (block + 1) * groups).includes(1)) blocks.push(block);
  }
  return blocks;
}

function collect(
  { plan, views, rowAt }: SnapshotMemory,
  block: number,
  isCandidate: Uint8Array,
  { mix, best }: { readonly mix: Mix; readonly best: BestRows },
): void {
  const first = plan.scores >> 2;
  const end = (block + 1) * plan.blockSize;
  for (let position = block * plan.blockSize; position < end; position += 1) {
    if (isCandidate[position] === 0) continue;
    const score = mix.at(views.floats[first + position] as number, position);
    if (best.accepts(score)) best.add(rowAt[position] as number, score);
  }
}
