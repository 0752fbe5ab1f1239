import { rankOf } from './bin-columns.ts';
import { capacityFor, encodeAll, placeCodes, type Coding } from './codings.ts';
import { listOf, type ForestFeature, type ProductColumns } from './columns.ts';
import { placeDenseTables, type Celling } from './dense-cells.ts';
import type { Kernel, KernelFactory } from './kernel.ts';
import {
  BOX_COUNT,
  planMemory,
  rangesOf,
  type MemoryPlan,
  type MemoryViews,
  type PlannedColumn,
  type PlannedFeature,
} from './memory-plan.ts';
import type { PackedForest } from './pack-forest.ts';
import type { Steps } from './product-order.ts';
import { orderRows } from './row-order.ts';

/** A kernel whose memory holds the forest and the columns of a snapshot, and what finds its way in there. */
export interface SnapshotMemory {
  readonly kernel: Kernel;
  readonly plan: MemoryPlan;
  readonly views: MemoryViews;
  readonly productCount: number;
  /** The row at a position; positions behind the last product repeat it. */
  readonly rowAt: Uint32Array;
  readonly positionOf: Uint32Array;
  readonly storedColumns: readonly PlannedColumn[];
  /** By name of key or axis. */
  readonly codings: ReadonlyMap<string, Coding>;
  /** The cells of dense features, by feature. */
  readonly cellings: ReadonlyMap<number, Celling>;
}

/** Products that are scored or skipped together. A block is a multiple of it. */
export const GROUP_SIZE = 64;
const BLOCK_SIZE = 512;
const LARGE_BLOCK_SIZE = 1024;
const LARGE_FROM = 50_001;
const CHUNK = 8192;

/**
 * Lays a snapshot out for a forest. A generator, so that the caller decides when to go on.
 * @throws RangeError when a list is missing, too short or holds a code out of range.
 */
export function* layOutSnapshot(
  packed: PackedForest,
  kinds: readonly ForestFeature[],
  factory: KernelFactory,
  products: ProductColumns,
): Steps<SnapshotMemory> {
  checkColumns(kinds, products);
  const { productCount } = products;
  const blockSize = productCount < LARGE_FROM ? BLOCK_SIZE : LARGE_BLOCK_SIZE;
  const blockCount = Math.ceil(productCount / blockSize);
  const rowAt = new Uint32Array(blockCount * blockSize);
  rowAt.set(yield* orderRows(packed, kinds, products, GROUP_SIZE));
  rowAt.fill(rowAt[productCount - 1] ?? 0, productCount);
  const positionOf = new Uint32Array(productCount);
  for (let position = 0; position < productCount; position += 1) {
    if (position % CHUNK === 0) yield;
    positionOf[rowAt[position] as number] = position;
  }

  const codes = yield* encodeAll(kinds, products);
  const capacities = new Map([...codes].map(([name, { codeCount }]) => [name, capacityFor(codeCount)]));
  const plan = planMemory(packed, kinds, { blockSize, blockCount, capacities });
  const kernel = factory.create(plan.byteLength);
  const views = viewsOf(kernel.memory);
  placeForest(views, plan, packed);
  yield;
  const codings = new Map<string, Coding>();
  for (const [name, encoded] of codes) codings.set(name, yield* placeCodes(views, plan, name, encoded, rowAt));
  for (const [index, planned] of plan.features.entries()) {
    const values = products.products.get(index);
    if (planned.feature.kind === 'product') yield* placeProducts(views, plan, planned, values ?? [], rowAt);
  }
  const cellings = placeDenseTables(views, plan.features);
  const storedColumns = plan.features.flatMap(({ columns }) => columns).filter(({ stored }) => stored !== -1);
  const memory = { kernel, plan, views, productCount, rowAt, positionOf, storedColumns, codings, cellings };
  yield* measureProducts(memory);
  return memory;
}

/** Where the bins of a kept column stand for a block. */
export function storedAddress({ stored, storedCount, blockSize }: MemoryPlan, block: number, place: number): number {
  return stored + (block * storedCount + place) * blockSize;
}

/** Sets the range of a column in a block; block -1 is all blocks together. */
export function setRange(
  { bytes }: MemoryViews,
  plan: MemoryPlan,
  { block, column, least, greatest }: { block: number; column: number; least: number; greatest: number },
): void {
  const start = rangesOf(plan, block) + 2 * BOX_COUNT * column;
  bytes[start] = least;
  bytes[start + BOX_COUNT] = greatest;
}

/** Sets the range of a kept column in every block to what it holds. */
export function measureColumn({ kernel, plan, views }: SnapshotMemory, { index, stored }: PlannedColumn): void {
  let [least, greatest] = [255, 0];
  for (let block = 0; block < plan.blockCount; block += 1) {
    const both = kernel.extent(storedAddress(plan, block, stored), plan.blockSize);
    setRange(views, plan, { block, column: index, least: both & 255, greatest: both >> 8 });
    least = Math.min(least, both & 255);
    greatest = Math.max(greatest, both >> 8);
  }
  setRange(views, plan, { block: -1, column: index, least, greatest });
}

function* measureProducts(memory: SnapshotMemory): Steps<void> {
  for (const { feature, columns } of memory.plan.features) {
    if (feature.kind !== 'product') continue;
    for (const column of columns) {
      measureColumn(memory, column);
      yield;
    }
  }
}

function checkColumns(kinds: readonly ForestFeature[], products: ProductColumns): void {
  kinds.forEach((feature, index) => {
    if (!['product', 'key', 'axis'].includes(feature.kind)) return;
    const length = listOf(feature, index, products)?.length ?? 0;
    if (length !== products.productCount) {
      throw new RangeError(`feature ${index}: ${length} of ${products.productCount} products`);
    }
  });
}

function* placeProducts(
  views: MemoryViews,
  plan: MemoryPlan,
  planned: PlannedFeature,
  values: ArrayLike<number>,
  rowAt: Uint32Array,
): Steps<void> {
  for (let position = 0; position < rowAt.length; position += 1) {
    placeProduct(views, plan, planned, position, values[rowAt[position] as number] as number);
    if (position % CHUNK === CHUNK - 1) yield;
  }
}

/** Writes the bins of a value that depends on the product alone. */
export function placeProduct(
  { bytes }: MemoryViews,
  plan: MemoryPlan,
  { bins, columns }: PlannedFeature,
  position: number,
  value: number,
): void {
  const { blockSize } = plan;
  const rank = rankOf(bins.thresholds, value);
  const block = Math.floor(position / blockSize);
  for (const { binByRank, stored } of columns) {
    bytes[storedAddress(plan, block, stored) + (position % blockSize)] = binByRank[rank] as number;
  }
}

function placeForest({ bytes }: MemoryViews, { forest }: MemoryPlan, { counts, nodes, leaves }: PackedForest): void {
  bytes.set(new Uint8Array(counts.buffer), forest.counts);
  bytes.set(nodes, forest.nodes);
  bytes.set(new Uint8Array(leaves.buffer), forest.leaves);
}

/** The memory of a kernel in its element types. */
export function viewsOf(memory: ArrayBuffer): MemoryViews {
  return {
    bytes: new Uint8Array(memory),
    halves: new Uint16Array(memory, 0, memory.byteLength >> 1),
    words: new Uint32Array(memory, 0, memory.byteLength >> 2),
    floats: new Float32Array(memory, 0, memory.byteLength >> 2),
  };
}
