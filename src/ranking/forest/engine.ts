import type { ForestFeature, ProductColumns } from './columns.ts';
import type { ForestParts } from './forest.ts';
import { createKernelFactory } from './kernel.ts';
import { packForest } from './pack-forest.ts';
import { createPreparedSnapshot, type PreparedSnapshot } from './prepared-snapshot.ts';
import { layOutSnapshot } from './snapshot-memory.ts';
import type { Steps } from './product-order.ts';

/** A forest ready to score snapshots. */
export interface ForestEngine {
  /** `simd`, or `plain` where the runtime has no WebAssembly SIMD. Both give the same scores, bit for bit. */
  readonly kernel: 'simd' | 'plain';
  /** Columns of bytes that the forest compares. */
  readonly columnCount: number;
  /** The most that a margin may differ from the exact sum of the leaves before it is rounded to float32. */
  readonly marginErrorMax: number;
  /**
   * Lays a snapshot out for scoring. Works for a few milliseconds at a time and lets the event loop turn in between.
   * @throws RangeError when a column that the features need is missing or not as long as the snapshot.
   */
  prepareSnapshot(products: ProductColumns): Promise<PreparedSnapshot>;
}

/** What may be chosen. */
export interface ForestEngineOptions {
  /** Default: `simd` where the runtime has it. */
  readonly kernel?: 'simd' | 'plain';
}

const SLICE_MS = 1;

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
  return {
    kernel: factory.name,
    columnCount: packed.bins.columnCount,
    marginErrorMax: (packed.step / 2) * parts.trees.length,
    prepareSnapshot: async (products) => {
      const memory = await inSlices(layOutSnapshot(packed, features, factory, products));
      return createPreparedSnapshot(memory, packed, parts.objective);
    },
  };
}

async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (let start = performance.now(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - start < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    start = performance.now();
  }
}
