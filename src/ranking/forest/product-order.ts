/** A step of work between two yields takes about two milliseconds at most. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
const CHUNK = 32_768;

/** Rows ordered by values, smallest first and NaN last; equal values keep the order in which `rows` has them. */
export function* sortByValues(rows: Uint32Array, values: ArrayLike<number>): Steps<Uint32Array> {
  const { low, high } = yield* keysOf(values);
  return yield* sortByKeys(yield* sortByKeys(rows, low), high);
}

/** 0, 1, … one less than `count`. */
export function firstRows(count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) rows[row] = row;
  return rows;
}

function* sortByKeys(rows: Uint32Array, keys: Uint32Array): Steps<Uint32Array> {
  let [from, to] = [rows.slice(), new Uint32Array(rows.length)];
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    yield;
    const places = placesOf(keys, shift);
    const digit = ((keys[0] ?? 0) >>> shift) & (BUCKETS - 1);
    const isSameForAll = places[digit] === 0 && (places[digit + 1] ?? keys.length) === keys.length;
    if (isSameForAll) continue;
    for (let start = 0; start < from.length; start += CHUNK) {
      yield;
      for (let index = start; index < Math.min(start + CHUNK, from.length); index += 1) {
        const row = from[index] as number;
        const bucket = ((keys[row] as number) >>> shift) & (BUCKETS - 1);
        const place = places[bucket] as number;
        to[place] = row;
        places[bucket] = place + 1;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Where the rows of each digit begin. */
function placesOf(keys: Uint32Array, shift: number): Uint32Array {
  const places = new Uint32Array(BUCKETS);
  for (const key of keys) {
    const bucket = (key >>> shift) & (BUCKETS - 1);
    places[bucket] = (places[bucket] as number) + 1;
  }
  let place = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    const count = places[bucket] as number;
    places[bucket] = place;
    place += count;
  }
  return places;
}

/** The two halves of 64-bit keys that sort as the values do. */
function* keysOf(values: ArrayLike<number>): Steps<{ low: Uint32Array; high: Uint32Array }> {
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  const value = new Float64Array(1);
  const halves = new Uint32Array(value.buffer);
  for (let row = 0; row < values.length; row += 1) {
    if (row % CHUNK === 0) yield;
    // Adding 0 makes -0 the 0 that it equals.
    value[0] = (values[row] as number) + 0;
    if (Number.isNaN(value[0])) {
      low[row] = 0xffff_ffff;
      high[row] = 0xffff_ffff;
      continue;
    }
    // Greater negative numbers have smaller bits.
    const isNegative = (halves[1] as number) >>> 31 === 1;
    low[row] = isNegative ? ~(halves[0] as number) : (halves[0] as number);
    high[row] = isNegative ? ~(halves[1] as number) : (halves[1] as number) | 0x8000_0000;
  }
  return { low, high };
}
