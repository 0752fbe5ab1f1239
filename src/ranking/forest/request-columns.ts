import { rankOf } from './bin-columns.ts';
import type { Coding } from './codings.ts';
import type { RequestColumn } from './columns.ts';
import { CELL_COUNT, codeNameOf, type CodePlace, type PlannedColumn, type PlannedFeature } from './memory-plan.ts';
import { measureColumn, setRange, storedAddress, type SnapshotMemory } from './snapshot-memory.ts';

/** Fills the columns of the block at hand that are not kept. */
export type FillBlock = (block: number) => void;

/**
 * Turns the values of a request into tables, ranges and, where every product has a value of its own, bins. Returns what
 * is left to do for a block before it is scored.
 * @throws RangeError when a column is not of the kind that the engine was told.
 */
export function loadRequest(memory: SnapshotMemory, request: readonly RequestColumn[]): FillBlock {
  const fills: FillBlock[] = [];
  memory.plan.features.forEach((planned, index) => {
    const column = request[index];
    if (column?.kind !== planned.feature.kind) {
      throw new RangeError(
        `feature ${index} is ${planned.feature.kind}, but the request has ${column?.kind ?? 'none'}`,
      );
    }
    if (planned.columns.length === 0) return;
    switch (column.kind) {
      case 'product':
        return;
      case 'customer':
        loadCustomer(memory, planned, column.value);
        return;
      case 'dense':
        loadDense(memory, planned, index, column.values);
        return;
      case 'sparse':
        fills.push(...loadSparse(memory, planned, column));
        return;
      case 'key':
      case 'axis':
        fills.push(...loadCodes(memory, planned, column));
    }
  });
  return (block) => {
    for (const fill of fills) fill(block);
  };
}

function loadCustomer({ plan, views }: SnapshotMemory, { bins, columns }: PlannedFeature, value: number): void {
  const rank = rankOf(bins.thresholds, value);
  for (const { index, binByRank } of columns) {
    const bin = binByRank[rank] as number;
    setRange(views, plan, { block: -1, column: index, least: bin, greatest: bin });
  }
}

function loadDense(
  memory: SnapshotMemory,
  { bins, columns, search }: PlannedFeature,
  feature: number,
  valuesByRow: ArrayLike<number>,
): void {
  const { kernel, plan, views, rowAt, positionOf, productCount, cellings } = memory;
  if (valuesByRow.length < productCount) {
    throw new RangeError(`feature ${feature}: ${valuesByRow.length} of ${productCount} products`);
  }
  const { blockSize, ranks, scores } = plan;
  const { lowest, scale } = cellings.get(feature) ?? { lowest: 0, scale: 1 };
  const { thresholds, cells } = search;
  // There is nothing to remember yet where the scores will be.
  const target = views.floats.subarray(scores >> 2, (scores >> 2) + rowAt.length);
  for (let row = 0; row < productCount; row += 1) target[positionOf[row] as number] = valuesByRow[row] as number;
  target.fill(target[productCount - 1] ?? NaN, productCount);
  for (let block = 0; block < plan.blockCount; block += 1) {
    const values = scores + 4 * block * blockSize;
    kernel.rankValues(values, ranks, blockSize, thresholds, bins.thresholds.length, cells, CELL_COUNT, lowest, scale);
    for (const column of columns) {
      kernel.gather16(ranks, column.table, storedAddress(plan, block, column.stored), blockSize);
    }
  }
  for (const column of columns) measureColumn(memory, column);
}

function loadSparse(
  { plan, views, positionOf }: SnapshotMemory,
  { bins, columns }: PlannedFeature,
  { otherwise, values }: Extract<RequestColumn, { kind: 'sparse' }>,
): FillBlock[] {
  const { blockSize, blockCount } = plan;
  const usual = rankOf(bins.thresholds, otherwise);
  const touched = new Map<number, { readonly place: number; readonly rank: number }[]>();
  for (const [row, value] of values) {
    const position = positionOf[row];
    if (position === undefined) throw new RangeError(`row ${row} of ${positionOf.length}`);
    const block = Math.floor(position / blockSize);
    const others = touched.get(block) ?? [];
    others.push({ place: position % blockSize, rank: rankOf(bins.thresholds, value) });
    touched.set(block, others);
  }
  return columns.map((column) => {
    const usualBin = column.binByRank[usual] as number;
    const start = plan.passing + column.passing * blockSize;
    const all = { least: usualBin, greatest: usualBin };
    for (let block = 0; block < blockCount; block += 1) {
      const found = touched.get(block)?.map(({ rank }) => column.binByRank[rank] as number) ?? [];
      const range = { least: Math.min(usualBin, ...found), greatest: Math.max(usualBin, ...found) };
      setRange(views, plan, { block, column: column.index, ...range });
      all.least = Math.min(all.least, range.least);
      all.greatest = Math.max(all.greatest, range.greatest);
    }
    setRange(views, plan, { block: -1, column: column.index, ...all });
    return (block) => {
      views.bytes.fill(usualBin, start, start + blockSize);
      for (const { place, rank } of touched.get(block) ?? []) {
        views.bytes[start + place] = column.binByRank[rank] as number;
      }
    };
  });
}

function loadCodes(
  memory: SnapshotMemory,
  { feature, bins, columns }: PlannedFeature,
  request: Extract<RequestColumn, { kind: 'key' | 'axis' }>,
): FillBlock[] {
  const { kernel, plan, views, codings } = memory;
  const name = codeNameOf(feature);
  const coding = codings.get(name) as Coding;
  const { codeCount } = coding;
  if (request.kind === 'key') {
    fillKeyTables(
      views.bytes,
      columns,
      Uint16Array.from({ length: codeCount }, (_, code) => rankOf(bins.thresholds, request.values[code] ?? NaN)),
    );
  } else {
    fillAxisTables(views.bytes, columns, coding, rankStarts(coding.numbers, bins.thresholds, request.valueOf));
    const missing = rankOf(bins.thresholds, request.valueOf(NaN));
    for (const { table, binByRank } of columns) views.bytes[table + codeCount - 1] = binByRank[missing] as number;
  }
  for (const column of columns) measureCodes(memory, column, coding);
  const { start, width } = plan.codes.get(name) as CodePlace;
  const gather = width === 2 ? kernel.gather16 : kernel.gather32;
  const { blockSize, passing } = plan;
  return columns.map((column) => (block) => {
    gather(start + block * blockSize * width, column.table, passing + column.passing * blockSize, blockSize);
  });
}

function fillKeyTables(bytes: Uint8Array, columns: readonly PlannedColumn[], ranks: Uint16Array): void {
  for (const { table, binByRank } of columns) {
    ranks.forEach((rank, code) => {
      bytes[table + code] = binByRank[rank] as number;
    });
  }
}

/** From which code on a rank holds. */
interface RankStart {
  readonly code: number;
  readonly rank: number;
}

/**
 * The ranks of a monotone function over ascending numbers. Searches the first number of every rank instead of asking for
 * every number's.
 */
function rankStarts(
  numbers: Float64Array,
  thresholds: Float32Array,
  valueOf: (value: number) => number,
): readonly RankStart[] {
  if (numbers.length === 0) return [];
  const valueAt = (code: number): number => Math.fround(valueOf(numbers[code] as number));
  const first = rankOf(thresholds, valueAt(0));
  const last = rankOf(thresholds, valueAt(numbers.length - 1));
  const direction = Math.sign(last - first);
  const starts: RankStart[] = [{ code: 0, rank: first }];
  let code = 0;
  for (let rank = first; rank !== last; rank += direction) {
    // Rising, it leaves the rank at the threshold behind it; falling, where it is less than the one before it.
    const threshold = thresholds[direction > 0 ? rank : rank - 1] as number;
    let end = numbers.length - 1;
    while (code < end) {
      const middle = (code + end) >> 1;
      const hasLeft = direction > 0 ? valueAt(middle) >= threshold : valueAt(middle) < threshold;
      if (hasLeft) end = middle;
      else code = middle + 1;
    }
    starts.push({ code, rank: rank + direction });
  }
  return starts;
}

function fillAxisTables(
  bytes: Uint8Array,
  columns: readonly PlannedColumn[],
  { numbers }: Coding,
  starts: readonly RankStart[],
): void {
  for (const { table, binByRank } of columns) {
    starts.forEach(({ code, rank }, index) => {
      const end = starts[index + 1]?.code ?? numbers.length;
      bytes.fill(binByRank[rank] as number, table + code, table + end);
    });
  }
}

function measureCodes(
  { plan, views }: SnapshotMemory,
  { index, table, isMonotone }: PlannedColumn,
  { codeCount, numbers, blockCodes }: Coding,
): void {
  const bins = views.bytes.subarray(table, table + codeCount);
  // Of an axis a block knows the ends alone, and the bins of a categorical feature do not lie between those of the ends.
  const ofAll = !isMonotone && numbers.length > 0 ? extentOf(bins, bins.keys()) : undefined;
  const all = { least: 255, greatest: 0 };
  blockCodes.forEach((codes, block) => {
    const extent = ofAll ?? extentOf(bins, codes);
    setRange(views, plan, { block, column: index, ...extent });
    all.least = Math.min(all.least, extent.least);
    all.greatest = Math.max(all.greatest, extent.greatest);
  });
  setRange(views, plan, { block: -1, column: index, ...all });
}

function extentOf(bins: Uint8Array, codes: Iterable<number>): { least: number; greatest: number } {
  const extent = { least: 255, greatest: 0 };
  for (const code of codes) {
    const bin = bins[code] as number;
    if (bin < extent.least) extent.least = bin;
    if (bin > extent.greatest) extent.greatest = bin;
  }
  return extent;
}
