import { findChangedRows } from './changed-rows.ts';
import type { ForestFeature, ProductColumns } from './columns.ts';
import type { ForestParts } from './forest.ts';
import { createKernelFactory } from './kernel.ts';
import { packForest } from './pack-forest.ts';
import { createPreparedSnapshot, type PreparedSnapshot } from './prepared-snapshot.ts';
import { patchSnapshot } from './patch-snapshot.ts';
import { inSlices } from './slices.ts';
import { layOutSnapshot, type SnapshotMemory } from './snapshot-memory.ts';

/** A forest ready to score snapshots. */
export interface ForestEngine {
  /** `simd`, or `plain` where the runtime has no WebAssembly SIMD. Both give the same scores, bit for bit. */
  readonly kernel: 'simd' | 'plain';
  /** Columns of bytes that the forest compares. */
  readonly columnCount: number;
  /** The most that a margin may differ from the exact sum of the leaves before it is rounded to float32. */
  readonly marginErrorMax: number;
  /**
   * Lays a snapshot out for scoring. Works for a few milliseconds at a time and lets the event loop turn in between. Gives
   * `previous`, one of its own, when what the features need of the products is the same, and a copy of it with other values
   * when that differs for a few products. `previous` itself never changes.
   * @throws RangeError when a column that the features need is missing or not as long as the snapshot.
   */
  prepareSnapshot(products: ProductColumns, previous?: PreparedSnapshot): Promise<PreparedSnapshot>;
}

/** What may be chosen. */
export interface ForestEngineOptions {
  /** Default: `simd` where the runtime has it. */
  readonly kernel?: 'simd' | 'plain';
}

/** More changed rows than this share of the products, counted since the last whole layout, make another whole one. */
const PATCHED_SHARE_MAX = 0.05;

/**
 * Builds the engine of a forest whose features are of these kinds, one per feature.
 * @throws UnsupportedModelError naming the limit that the model exceeds: see the README.
 */
export function prepareForest(
  parts: ForestParts,
  features: readonly ForestFeature[],
  { kernel }: ForestEngineOptions = {},
): ForestEngine {
  if (features.length !== parts.featureCount) {
    throw new RangeError(`${features.length} kinds for ${parts.featureCount} features`);
  }
  const factory = createKernelFactory(kernel);
  const packed = packForest(parts);
  const laidOut = new WeakMap<PreparedSnapshot, LaidOut>();

  function publish(memory: SnapshotMemory, products: ProductColumns, patchedRows: number): PreparedSnapshot {
    const prepared = createPreparedSnapshot(memory, packed, { objective: parts.objective, patchedRows });
    laidOut.set(prepared, { memory, products });
    return prepared;
  }

  /** Null when there is too much to change. */
  async function patch(products: ProductColumns, previous: PreparedSnapshot): Promise<PreparedSnapshot | null> {
    const known = laidOut.get(previous);
    if (!known) return null;
    const most = Math.ceil(PATCHED_SHARE_MAX * products.productCount) - previous.patchedRows;
    const changed = await inSlices(findChangedRows(features, known.products, products, most));
    if (!changed) return null;
    if (changed.count === 0) return previous;
    const memory = await inSlices(patchSnapshot(known.memory, factory, products, changed));
    return memory && publish(memory, products, previous.patchedRows + changed.count);
  }

  return {
    kernel: factory.name,
    columnCount: packed.bins.columnCount,
    marginErrorMax: (packed.step / 2) * parts.trees.length,
    prepareSnapshot: async (products, previous) => {
      const patched = previous ? await patch(products, previous) : null;
      if (patched) return patched;
      return publish(await inSlices(layOutSnapshot(packed, features, factory, products)), products, 0);
    },
  };
}

/** What a snapshot was made of. */
interface LaidOut {
  readonly memory: SnapshotMemory;
  readonly products: ProductColumns;
}
