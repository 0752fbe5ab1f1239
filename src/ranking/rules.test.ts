import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capPerCategory } from './rules.ts';

describe('capPerCategory', () => {
  it('keeps the best of each category and fills up from the others', () => {
    const categories = [7, 7, 7, 8, 9];
    const kept = capPerCategory([0, 1, 2, 3, 4], (position) => categories[position] ?? 0, {
      first: 4,
      maxPerCategory: 2,
    });
    expect(kept).toEqual([0, 1, 3, 4]);
  });

  it('never exceeds the cap or the length and never changes the order', () => {
    const categories = fc.array(fc.nat(4), { maxLength: 40 });
    fc.assert(
      fc.property(categories, fc.integer({ min: 1, max: 5 }), fc.nat(20), (categoryOf, maxPerCategory, first) => {
        const order = categoryOf.map((_, position) => position);
        const kept = capPerCategory(order, (position) => categoryOf[position] ?? 0, { first, maxPerCategory });
        expect(kept.length).toBeLessThanOrEqual(first);
        expect(kept).toEqual(kept.toSorted((a, b) => a - b));
        for (const category of new Set(categoryOf)) {
          expect(kept.filter((position) => categoryOf[position] === category).length).toBeLessThanOrEqual(
            maxPerCategory,
          );
        }
      }),
    );
  });
});
