import { createBlockScorer } from './block-scorer.ts';
import { markCandidates, openGroups } from './candidates.ts';
import type { RequestColumn } from './columns.ts';
import type { Objective } from './forest.ts';
import type { PackedForest } from './pack-forest.ts';
import type { SnapshotMemory } from './snapshot-memory.ts';
import { createTopK, type TopK, type TopKOptions } from './top-rows.ts';

/** The products of a snapshot, laid out for one forest. Scores one request at a time. */
export interface PreparedSnapshot {
  readonly productCount: number;
  readonly blockCount: number;
  /** Of the memory that it holds. */
  readonly byteLength: number;
  /** Values that were changed since the products were last laid out as a whole; 0 when none were. */
  readonly patchedRows: number;
  /**
   * Writes the prediction for every row of `rows` to `output`, in their order: probabilities for binary:logistic, margins
   * for other objectives. Without `rows` every product is scored.
   * @throws RangeError when a column has another kind than the engine was told.
   */
  score(request: readonly RequestColumn[], rows: ArrayLike<number> | null, output: Float32Array): void;
  /**
   * The k best of the rows, as sorting all of their scores would give them: higher scores first, equal scores by row.
   * Products that cannot enter the list by the bounds of their group or block are not scored.
   */
  topK(request: readonly RequestColumn[], rows: ArrayLike<number> | null, options: TopKOptions): TopK;
}

/** The scorer over a laid out snapshot. */
export function createPreparedSnapshot(
  memory: SnapshotMemory,
  packed: PackedForest,
  { objective, patchedRows }: { readonly objective: Objective; readonly patchedRows: number },
): PreparedSnapshot {
  const { plan, productCount, views, positionOf, rowAt } = memory;
  const firstScore = plan.scores >> 2;
  const scorer = createBlockScorer(memory, packed, objective);

  function score(request: readonly RequestColumn[], rows: ArrayLike<number> | null, output: Float32Array): void {
    const count = rows?.length ?? productCount;
    if (output.length < count) throw new RangeError(`${count} scores do not fit an array of ${output.length}`);
    if (count === 0) return;
    const candidates = markCandidates(memory, rows);
    scorer.begin(request);
    for (let block = 0; block < plan.blockCount; block += 1) {
      scorer.scoreBlock(block, openGroups(plan, block, candidates));
    }
    for (let index = 0; index < count; index += 1) {
      output[index] = views.floats[firstScore + (positionOf[rows?.[index] ?? index] as number)] as number;
    }
  }

  const byteLength = plan.byteLength + rowAt.byteLength + positionOf.byteLength;
  return {
    productCount,
    blockCount: plan.blockCount,
    byteLength,
    patchedRows,
    score,
    topK: createTopK(memory, scorer),
  };
}
