import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadUserInputError } from './errors.ts';
import { decodeCursor, encodeCursor, toConnection } from './pagination.ts';

const ANY = /^[^]*$/;

describe('cursors', () => {
  it('give back the values that were put in', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (values) => {
        const patterns = values.map(() => ANY);
        expect(decodeCursor('after', 'list', patterns, encodeCursor('list', values))).toEqual(values);
      }),
    );
  });

  it('of another list are refused with the argument’s name', () => {
    const cursor = encodeCursor('customers', ['1']);
    expect(() => decodeCursor('after', 'products', [ANY], cursor)).toThrow(BadUserInputError);
    expect(() => decodeCursor('after', 'products', [ANY], cursor)).toThrow('"after"');
  });

  it('that are noise, or hold values of another form, are refused', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        expect(() => decodeCursor('after', 'list', [/^\d+$/], noise)).toThrow(BadUserInputError);
      }),
    );
    expect(() => decodeCursor('after', 'list', [/^\d+$/], encodeCursor('list', ['1; DROP TABLE']))).toThrow(
      BadUserInputError,
    );
  });

  it('that are absent mean the start', () => {
    expect(decodeCursor('after', 'list', [ANY], null)).toBeNull();
    expect(decodeCursor('after', 'list', [ANY], undefined)).toBeNull();
  });
});

describe('pages', () => {
  const options = { first: 2, hasPreviousPage: true, cursorOf: (row: number) => `c${String(row)}` };

  it('use the spare row only to tell that the list goes on', () => {
    const { edges, pageInfo } = toConnection([1, 2, 3], options);
    expect(edges).toEqual([
      { cursor: 'c1', node: 1 },
      { cursor: 'c2', node: 2 },
    ]);
    expect(pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: true, startCursor: 'c1', endCursor: 'c2' });
    expect(toConnection([1, 2], options).pageInfo.hasNextPage).toBe(false);
  });

  it('without rows have no cursors', () => {
    const { pageInfo } = toConnection([], options);
    expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([null, null]);
  });
});
