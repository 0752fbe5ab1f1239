import { describe, expect, it } from 'vitest';
import { HISTORY_DAYS } from './customers.ts';
import { createStock } from './stock.ts';

describe('the stock', () => {
  const stock = createStock(7);

  it('lacks about 16 % of the products at the end, and holds 5 to 500 pieces of the others', () => {
    const { levels } = stock;
    expect(levels).toHaveLength(10_000);
    const held = levels.filter(({ quantity }) => quantity > 0);
    expect(Math.abs(held.length / levels.length - 0.845)).toBeLessThan(0.02);
    expect(held.every(({ quantity }) => quantity >= 5 && quantity <= 500)).toBe(true);
  });

  it('refuses a day outside the history', () => {
    expect(() => stock.inStock(0, HISTORY_DAYS + 1)).toThrow(RangeError);
  });
});
