import type { ChangedRows } from './changed-rows.ts';
import { CODES_MAX, codesIn, tellCodes, type Coding } from './codings.ts';
import type { ProductColumns } from './columns.ts';
import type { KernelFactory } from './kernel.ts';
import type { CodePlace } from './memory-plan.ts';
import type { Steps } from './product-order.ts';
import { measureColumn, placeProduct, viewsOf, type SnapshotMemory } from './snapshot-memory.ts';

const COPY_BYTES = 2 ** 20;
const CHUNK = 65_536;

/**
 * A copy of a laid out snapshot in which some rows have other values. The one that it is copied from stays as it is: who
 * scores by it keeps its answers. Null where there is no room left for new codes.
 * @throws RangeError when a code is out of range.
 */
export function* patchSnapshot(
  previous: SnapshotMemory,
  factory: KernelFactory,
  products: ProductColumns,
  changed: ChangedRows,
): Steps<SnapshotMemory | null> {
  const { plan } = previous;
  const kernel = factory.create(plan.byteLength);
  const views = viewsOf(kernel.memory);
  for (let start = 0; start < plan.byteLength; start += COPY_BYTES) {
    views.bytes.set(previous.views.bytes.subarray(start, Math.min(start + COPY_BYTES, plan.byteLength)), start);
    yield;
  }
  const codings = new Map(previous.codings);
  const memory = { ...previous, kernel, views, codings };
  for (const [name, rows] of changed.codes) {
    const coding = yield* patchCodes(memory, name, products, rows);
    if (coding === null) return null;
    codings.set(name, coding);
  }
  for (const [feature, rows] of changed.products) yield* patchProducts(memory, feature, products, rows);
  return memory;
}

function* patchProducts(
  memory: SnapshotMemory,
  feature: number,
  products: ProductColumns,
  rows: readonly number[],
): Steps<void> {
  const { plan, views } = memory;
  const planned = plan.features[feature];
  const values = products.products.get(feature);
  if (!planned || !values) return;
  for (const row of rows) {
    for (const position of positionsOf(memory, row)) {
      placeProduct(views, plan, planned, position, values[row] as number);
    }
  }
  for (const column of planned.columns) {
    yield;
    measureColumn(memory, column);
  }
}

function* patchCodes(
  memory: SnapshotMemory,
  name: string,
  { keys, axes }: ProductColumns,
  rows: readonly number[],
): Steps<Coding | null> {
  const { plan, views, codings } = memory;
  const [kind, own] = [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)];
  const values = (kind === 'key' ? keys[own] : axes[own]) ?? [];
  const { capacity } = plan.codes.get(name) as CodePlace;
  const known = codings.get(name) as Coding;
  const codes = codesIn(views, plan, name);
  const coding =
    kind === 'key'
      ? withCodes(
          known,
          rows.map((row) => values[row] as number),
        )
      : yield* withNumbers(
          known,
          codes,
          rows.map((row) => values[row] as number),
        );
  if (coding.codeCount > capacity) return null;
  const { codeCount, numbers } = coding;
  const blockCodes = [...coding.blockCodes];
  const touched = new Set<number>();
  for (const row of rows) {
    const value = values[row] as number;
    for (const position of positionsOf(memory, row)) {
      codes[position] = kind === 'key' ? value : codeOf(numbers, value);
      touched.add(Math.floor(position / plan.blockSize));
    }
  }
  for (const block of touched) {
    yield;
    blockCodes[block] = tellCodes(codes, { name, block, blockSize: plan.blockSize, codeCount });
  }
  return { codeCount, numbers, blockCodes };
}

/** Where a row is laid out: once, and at the end where the last product is repeated. */
function positionsOf({ productCount, positionOf, rowAt }: SnapshotMemory, row: number): number[] {
  const position = positionOf[row] as number;
  const repeated = position === productCount - 1 ? rowAt.length - productCount : 0;
  return Array.from({ length: 1 + repeated }, (_, index) => position + index);
}

function withCodes({ codeCount, numbers, blockCodes }: Coding, codes: readonly number[]): Coding {
  if (!codes.every((code) => code >= 0 && code < CODES_MAX)) throw new RangeError('a code is not 0 to 65,535');
  return { codeCount: codes.reduce((count, code) => Math.max(count, code + 1), codeCount), numbers, blockCodes };
}

/** Gives new numbers their codes: all codes behind them move up, in memory too. */
function* withNumbers(known: Coding, codes: Uint16Array | Uint32Array, values: readonly number[]): Steps<Coding> {
  const isNew = (value: number): boolean =>
    !Number.isNaN(value) && known.numbers[codeOf(known.numbers, value)] !== value;
  const added = Float64Array.from(new Set(values.filter(isNew))).sort();
  if (added.length === 0) return known;
  const { numbers, codeBefore } = yield* merge(known.numbers, added);
  const missing = numbers.length;
  const moved = (code: number): number => codeBefore[code] ?? missing;
  for (let position = 0; position < codes.length; position += 1) {
    if (position % CHUNK === 0) yield;
    codes[position] = moved(codes[position] as number);
  }
  return { codeCount: missing + 1, numbers, blockCodes: known.blockCodes.map((own) => own.map(moved)) };
}

/** Two ascending lists as one, and where each number of the first went. */
function* merge(known: Float64Array, added: Float64Array): Steps<{ numbers: Float64Array; codeBefore: Uint32Array }> {
  const numbers = new Float64Array(known.length + added.length);
  const codeBefore = new Uint32Array(known.length);
  let next = 0;
  for (let code = 0; code < known.length; code += 1) {
    if (code % CHUNK === 0) yield;
    const number = known[code] as number;
    for (; (added[next] ?? Infinity) < number; next += 1) numbers[code + next] = added[next] as number;
    numbers[code + next] = number;
    codeBefore[code] = code + next;
  }
  numbers.set(added.subarray(next), known.length + next);
  return { numbers, codeBefore };
}

/** The place of a value among ascending numbers, or of the first that is greater; behind all of them for missing. */
function codeOf(numbers: Float64Array, value: number): number {
  if (Number.isNaN(value)) return numbers.length;
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
