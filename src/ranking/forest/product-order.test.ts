import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstRows, sortByValues, type Steps } from './product-order.ts';

function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe('sortByValues', () => {
  it('orders rows by any doubles as a stable comparison sort does, NaN last', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(NaN, -0, 0, 5e-324, -Infinity),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), (values) => {
        const at = (row: number): number => values[row] as number;
        const compare = (a: number, b: number): number =>
          Number.isNaN(at(a)) || Number.isNaN(at(b))
            ? Number(Number.isNaN(at(a))) - Number(Number.isNaN(at(b)))
            : Number(at(a) > at(b)) - Number(at(a) < at(b));
        const expected = values.map((_, row) => row).sort(compare);
        expect([...finish(sortByValues(firstRows(values.length), values))]).toEqual(expected);
      }),
    );
  });
});
