import { createBestRows, type BestRows } from './best-rows.ts';
import type { BlockScorer } from './block-scorer.ts';
import { markCandidates, openBlocks, openGroups, type Candidates } from './candidates.ts';
import type { RequestColumn } from './columns.ts';
import type { CodePlace } from './memory-plan.ts';
import { GROUP_SIZE, type SnapshotMemory } from './snapshot-memory.ts';

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
  /** Blocks whose groups were looked at. */
  readonly blocksOpened: number;
  /** Blocks with at least one of the rows. */
  readonly blocksWithCandidates: number;
  /** Groups of 64 products that were scored. */
  readonly groupsScored: number;
  /** Groups with at least one of the rows. */
  readonly groupsWithCandidates: number;
}

/** The list that is being made. */
interface ListSearch {
  readonly mix: Mix;
  readonly best: BestRows;
  readonly candidates: Candidates;
}

/** Where so many groups of a block may enter the list, the trees are specialised once for all of them. */
const TOGETHER_FROM = 5;

/** Share of a block's groups above which bounds are not worth their time. */
const HARDLY_ANY_LEFT_OUT = 0.75;
/** How many blocks are scored without bounds of groups before these are tried again. */
const WHOLE_BLOCKS = 3;

/** Finds the best rows of a laid out snapshot by the bounds of its blocks, and of the groups in them. */
export function createTopK(
  memory: SnapshotMemory,
  scorer: BlockScorer,
): (request: readonly RequestColumn[], rows: ArrayLike<number> | null, options: TopKOptions) => TopK {
  const { plan, views, positionOf } = memory;
  const predictionAt = (row: number): number =>
    views.floats[(plan.scores >> 2) + (positionOf[row] as number)] as number;
  return (request, rows, { k, blend }) => {
    const candidates = markCandidates(memory, rows);
    const blocks = openBlocks(plan, candidates);
    const best = createBestRows(k);
    const counts = { blocksOpened: 0, groupsScored: 0 };
    let wholeBlocks = 0;
    if (blocks.length > 0 && k > 0) {
      scorer.begin(request);
      const search = { mix: createMix(memory, blend), best, candidates };
      const bounds = Array.from(scorer.blockBounds(), (bound, block) => search.mix.bound(bound, block));
      for (const block of descending(blocks, bounds)) {
        if (!best.accepts(bounds[block] as number)) break;
        counts.blocksOpened += 1;
        const isWhole = wholeBlocks > 0;
        const scored = isWhole ? scoreWhole(memory, scorer, block, search) : searchBlock(memory, scorer, block, search);
        counts.groupsScored += scored;
        // Where bounds leave hardly a group out, the next blocks do without.
        wholeBlocks = isWhole
          ? wholeBlocks - 1
          : scored > HARDLY_ANY_LEFT_OUT * openGroups(plan, block, candidates).length
            ? WHOLE_BLOCKS
            : 0;
      }
    }
    return {
      rows: best.rows,
      scores: best.scores,
      predictions: best.rows.map(predictionAt),
      ...counts,
      blocksWithCandidates: blocks.length,
      groupsWithCandidates: candidates.isGroupOpen.reduce((sum, isOpen) => sum + isOpen, 0),
    };
  };
}

/** Scores all groups of a block that have a candidate. Returns how many they are. */
function scoreWhole(memory: SnapshotMemory, scorer: BlockScorer, block: number, search: ListSearch): number {
  const { plan } = memory;
  const groups = openGroups(plan, block, search.candidates);
  scorer.scoreBlock(block, groups);
  for (const group of groups) collect(memory, (block * plan.blockSize) / GROUP_SIZE + group, search);
  return groups.length;
}

/** Finds the products of a block that enter the list. Returns how many groups were scored. */
function searchBlock(memory: SnapshotMemory, scorer: BlockScorer, block: number, search: ListSearch): number {
  const { plan } = memory;
  const { mix, best, candidates } = search;
  const bounds = Array.from(scorer.groupBounds(block), (bound) => mix.bound(bound, block));
  const isLikely = (group: number): boolean => best.accepts(bounds[group] as number);
  const groups = descending(openGroups(plan, block, candidates), bounds);
  const scored: number[] = [];
  while (scored.length < groups.length) {
    const likely = groups.slice(scored.length).filter(isLikely);
    if (likely.length === 0) break;
    const isTogether = best.rows.length > 0 && likely.length >= TOGETHER_FROM;
    const found = isTogether ? likely : likely.slice(0, 1);
    // What was scored one by one is scored again: the whole block is written.
    scorer.scoreBound(isTogether ? [...scored, ...found] : found);
    for (const group of found) collect(memory, (block * plan.blockSize) / GROUP_SIZE + group, search);
    scored.push(...found);
  }
  return scored.length;
}

/** The places, those with the greatest numbers first. */
function descending(places: readonly number[], numbers: ArrayLike<number>): number[] {
  return places.toSorted((a, b) => (numbers[b] as number) - (numbers[a] as number));
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
  const { start, width } = plan.codes.get(`key ${key}`) as CodePlace;
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

/** Offers the candidates of a group, counted from the first block on, to the list. */
function collect({ plan, views, rowAt }: SnapshotMemory, group: number, { mix, best, candidates }: ListSearch): void {
  const first = plan.scores >> 2;
  for (let position = group * GROUP_SIZE; position < (group + 1) * GROUP_SIZE; position += 1) {
    if (candidates.isCandidate[position] === 0) continue;
    const score = mix.at(views.floats[first + position] as number, position);
    if (best.accepts(score)) best.add(rowAt[position] as number, score);
  }
}
