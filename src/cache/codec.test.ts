import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntity, encodeEntity } from './codec.ts';

const row = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== '$date' && key !== '__proto__'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.date({ noInvalidDate: true })),
);

describe('the form of a cached row', () => {
  it('gives every row back as it was, moments included', () => {
    fc.assert(
      fc.property(row, (original) => {
        expect(decodeEntity(encodeEntity(original))).toEqual({ ...original });
      }),
    );
  });

  it('is frozen when it comes back', () => {
    expect(Object.isFrozen(decodeEntity(encodeEntity({ a: { b: 1 } })))).toBe(true);
  });
});
