import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsupportedModelError } from '../errors.ts';
import { isAmong } from './categories.ts';
import { chainCategories, countHolding, edgesOf, type CategorySet } from './category-chains.ts';

const SETS = fc.uniqueArray(
  fc.record({
    categories: fc.uniqueArray(fc.integer({ min: 0, max: 6 })).map((values): ReadonlySet<number> => new Set(values)),
    takesMissing: fc.boolean(),
  }),
  {
    selector: ({ categories, takesMissing }) => `${String(takesMissing)} ${[...categories].sort().join()}`,
    maxLength: 40,
  },
);

const set = (...categories: number[]): CategorySet => ({ categories: new Set(categories), takesMissing: false });

describe('chainCategories', () => {
  it('puts every set into one chain, where a count says which sets hold a value', () => {
    fc.assert(
      fc.property(SETS, (sets) => {
        const chains = chainCategories(sets, 255);
        expect(chains.flat()).toHaveLength(sets.length);
        expect(sets.every((set) => chains.flat().includes(set))).toBe(true);
        for (const chain of chains) {
          for (const value of [NaN, -1, -0.5, -0, 0, 0.9, 1, 2, 3, 4, 5, 6, 6.5, 7, Infinity]) {
            const count = countHolding(chain, value);
            chain.forEach(({ categories, takesMissing }, place) => {
              const holds = Number.isNaN(value) ? takesMissing : isAmong(categories, value);
              expect(count > place).toBe(holds);
            });
          }
        }
      }),
    );
  });

  it('makes one chain of sets that hold each other', () => {
    const sets = [set(1, 2, 3), set(1), set(), { ...set(1, 2, 3), takesMissing: true }, set(1, 3)];
    expect(chainCategories(sets, 1)).toHaveLength(1);
  });

  it('refuses more chains than there may be, and begins another one where a byte ends', () => {
    const disjoint = Array.from({ length: 4 }, (_, category) => set(category));
    expect(chainCategories(disjoint, 4)).toHaveLength(4);
    expect(() => chainCategories(disjoint, 3)).toThrow(UnsupportedModelError);
    const growing = Array.from({ length: 300 }, (_, size) => set(...Array.from({ length: size }, (_, index) => index)));
    expect(chainCategories(growing, 9).map(({ length }) => length)).toEqual([255, 45]);
  });

  it('has an edge wherever a set begins or ends', () => {
    expect(edgesOf([set(3), set(3, 4)]).toSorted()).toEqual([3, 4, 4, 5]);
  });
});
