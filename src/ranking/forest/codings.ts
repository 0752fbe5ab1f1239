import type { ForestFeature, ProductColumns } from './columns.ts';
import { codeNameOf, type CodePlace, type MemoryPlan, type MemoryViews } from './memory-plan.ts';
import { firstRows, sortByValues, type Steps } from './product-order.ts';

/** What the codes of a key or an axis stand for and which of them a block holds. */
export interface Coding {
  readonly codeCount: number;
  /** Axes: numbers that products have or had, ascending; the code behind the last one stands for missing. Keys: none. */
  readonly numbers: Float64Array;
  /** By block: its codes once each. For axes the least and greatest of the numbers, then missing if it is there. */
  readonly blockCodes: readonly Uint32Array[];
}

/** A snapshot's codes by row. */
export interface Encoded {
  readonly codeCount: number;
  readonly numbers: Float64Array;
  readonly codes: ArrayLike<number>;
}

const CHUNK = 8192;
/** Codes of keys are less than this. */
export const CODES_MAX = 65_536;

/** For how many codes there is to be room where there are so many: some more, so that new ones fit. */
export function capacityFor(codeCount: number): number {
  return codeCount + 64 + (codeCount >> 4);
}

/** The codes of every key and axis that a feature depends on, by name. @throws RangeError for codes out of range. */
export function* encodeAll(kinds: readonly ForestFeature[], products: ProductColumns): Steps<Map<string, Encoded>> {
  const found = new Map<string, Encoded>();
  for (const feature of kinds) {
    const name = codeNameOf(feature);
    if (found.has(name)) continue;
    if (feature.kind === 'key') {
      found.set(name, yield* encodeKey(feature.key, products.keys[feature.key] ?? []));
    } else if (feature.kind === 'axis') {
      found.set(name, yield* encodeAxis(products.axes[feature.axis] ?? []));
    }
    yield;
  }
  return found;
}

function* encodeKey(key: string, codes: ArrayLike<number>): Steps<Encoded> {
  let codeCount = 0;
  for (let row = 0; row < codes.length; row += 1) {
    if (row % CHUNK === 0) yield;
    const code = codes[row] as number;
    if (!(code >= 0 && code < CODES_MAX)) throw new RangeError(`key ${key} has the code ${code}, not 0 to 65,535`);
    if (code >= codeCount) codeCount = code + 1;
  }
  return { codeCount, numbers: new Float64Array(), codes };
}

function* encodeAxis(values: ArrayLike<number>): Steps<Encoded> {
  const rows = yield* sortByValues(firstRows(values.length), values);
  const codes = new Uint32Array(values.length);
  const numbers = new Float64Array(values.length);
  let count = 0;
  for (let start = 0; start < rows.length; start += CHUNK) {
    yield;
    for (const row of rows.subarray(start, start + CHUNK)) {
      const value = values[row] as number;
      if (!Number.isNaN(value) && (count === 0 || value !== numbers[count - 1])) {
        numbers[count] = value;
        count += 1;
      }
      codes[row] = Number.isNaN(value) ? count : count - 1;
    }
  }
  return { codeCount: count + 1, numbers: numbers.slice(0, count), codes };
}

/** Writes the codes of a key or an axis in the order in which the products are laid out. */
export function* placeCodes(
  views: MemoryViews,
  plan: MemoryPlan,
  name: string,
  { codeCount, numbers, codes }: Encoded,
  rowAt: Uint32Array,
): Steps<Coding> {
  const { blockSize, blockCount } = plan;
  const target = codesIn(views, plan, name);
  const blockCodes: Uint32Array[] = [];
  for (let block = 0; block < blockCount; block += 1) {
    for (let position = block * blockSize; position < (block + 1) * blockSize; position += 1) {
      target[position] = codes[rowAt[position] as number] as number;
    }
    blockCodes.push(tellCodes(target, { name, block, blockSize, codeCount }));
    yield;
  }
  return { codeCount, numbers, blockCodes };
}

/** The codes of a key or an axis by position, in memory. */
export function codesIn(
  { halves, words }: MemoryViews,
  { codes, blockSize, blockCount }: MemoryPlan,
  name: string,
): Uint16Array | Uint32Array {
  const { start, width } = codes.get(name) as CodePlace;
  const first = start / width;
  return (width === 2 ? halves : words).subarray(first, first + blockSize * blockCount);
}

/** What `Coding.blockCodes` says of a block. */
export function tellCodes(
  codes: Uint16Array | Uint32Array,
  { name, block, blockSize, codeCount }: { name: string; block: number; blockSize: number; codeCount: number },
): Uint32Array {
  const own = Uint32Array.from(codes.subarray(block * blockSize, (block + 1) * blockSize)).sort();
  const isAxis = name.startsWith('axis');
  const told = own.filter((code, index) => code !== own[index - 1]);
  // Of an axis the ends suffice: what lies between them has a value between theirs. Missing is no number.
  const missing = codeCount - 1;
  const last = told.at(-1) === missing ? told.length - 2 : told.length - 1;
  return isAxis ? told.filter((code, index) => index === 0 || index === last || code === missing) : told;
}
