import { listOf, type ForestFeature, type ProductColumns } from './columns.ts';
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
   * Lays a snapshot out for scoring. Works for a few milliseconds at a time and lets the event loop turn in between. Gives
   * `previous`, one of its own, when what the features need of the products is the same.
   * @throws RangeError when a column that the features need is missing or not as long as the snapshot.
   */
  prepareSnapshot(products: ProductColumns, previous?: PreparedSnapshot): Promise<PreparedSnapshot>;
}

/** What may be chosen. */
export interface ForestEngineOptions {
  /** Default: `simd` where the runtime has it. */
  readonly kernel?: 'simd' | 'plain';
}

const SLICE_MS = 1;
const CHUNK = 32_768;

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
  const columnsOf = new WeakMap<PreparedSnapshot, ProductColumns>();
  return {
    kernel: factory.name,
    columnCount: packed.bins.columnCount,
    marginErrorMax: (packed.step / 2) * parts.trees.length,
    prepareSnapshot: async (products, previous) => {
      const known = previous && columnsOf.get(previous);
      if (known && (await inSlices(areSame(features, known, products)))) return previous;
      const memory = await inSlices(layOutSnapshot(packed, features, factory, products));
      const prepared = createPreparedSnapshot(memory, packed, parts.objective);
      columnsOf.set(prepared, products);
      return prepared;
    },
  };
}

/** True when the features find the same in both. */
function* areSame(features: readonly ForestFeature[], a: ProductColumns, b: ProductColumns): Steps<boolean> {
  if (a.productCount !== b.productCount) return false;
  for (const [index, feature] of features.entries()) {
    const [ours, theirs] = [listOf(feature, index, a) ?? [], listOf(feature, index, b) ?? []];
    if (ours.length !== theirs.length) return false;
    for (let row = 0; row < ours.length; row += 1) {
      if (row % CHUNK === 0) yield;
      if (!Object.is(ours[row], theirs[row])) return false;
    }
  }
  return true;
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
