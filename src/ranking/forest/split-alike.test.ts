import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitAlike, type WeightedColumn } from './split-alike.ts';

function split(count: number, run: { start: number; end: number }, columns: readonly WeightedColumn[]): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  const steps = splitAlike(rows, run, columns, 4);
  while (steps.next().done !== true);
  return rows;
}

describe('splitAlike', () => {
  it('puts rows that lie close to each other into the same groups, by the column that matters more', () => {
    const [a, b] = [
      [5, 1, 7, 3, 4, 0, 6, 2],
      [0, 0, 0, 0, 9, 9, 9, 9],
    ];
    const byA = split(8, { start: 0, end: 8 }, [
      { values: a, weight: 10 },
      { values: b, weight: 1 },
    ]);
    expect(byA.subarray(0, 4).toSorted()).toEqual(Uint32Array.of(1, 3, 5, 7));
    const byB = split(8, { start: 0, end: 8 }, [
      { values: a, weight: 1 },
      { values: b, weight: 10 },
    ]);
    expect(byB.subarray(0, 4).toSorted()).toEqual(Uint32Array.of(0, 1, 2, 3));
  });

  it('moves rows within the run alone and loses none, with missing and infinite values too', () => {
    const value = fc.oneof(fc.constantFrom(NaN, Infinity, -Infinity, 0), fc.double());
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 60 }), fc.nat(20), (values, start) => {
        const end = Math.max(start, values.length);
        const run = { start: Math.min(start, values.length), end: Math.min(end, values.length) };
        const rows = split(values.length, run, [{ values, weight: 1 }]);
        expect(rows.toSorted()).toEqual(Uint32Array.from(values.keys()));
        expect(rows.subarray(0, run.start)).toEqual(Uint32Array.from({ length: run.start }, (_, row) => row));
      }),
    );
  });
});
