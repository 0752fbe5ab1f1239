import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFactorization } from './factorization.ts';

const FIXTURES = join(import.meta.dirname, '../../models/fixtures/factorization');
const MANIFEST = { name: 'ratings', version: '1', objective: 'rating:factorization' };

const read = (file: string): unknown => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8'));
const fixedFactors = read('factors.json') as Record<string, unknown>;
const SMALL = {
  mean: 3,
  scale: [1, 5],
  factorCount: 2,
  users: { ids: ['1'], biases: [0.5], factors: [1, 2] },
  items: { ids: ['7'], biases: [-0.25], factors: [0.5, 0.25] },
};

describe('parseFactorization', () => {
  it('predicts what the rule gives, to nine digits, as computed elsewhere with fifty', () => {
    const { predict, userCount, itemIds } = parseFactorization(MANIFEST, fixedFactors);
    expect([userCount, itemIds.length]).toEqual([12, 15]);
    const predictions = read('predictions.json') as [string, string, number][];
    expect(predictions).toHaveLength(14 * 17);
    for (const [user, item, rating] of predictions) {
      expect(Math.abs(predict(user, item) - rating), `${user} ${item}`).toBeLessThan(1e-9);
    }
    const ratings = predictions.map(([, , rating]) => rating);
    expect([Math.min(...ratings), Math.max(...ratings)]).toEqual([1, 5]);
  });

  it('drops the terms of whoever is not known', () => {
    const { predict } = parseFactorization(MANIFEST, SMALL);
    expect(predict('1', '7')).toBe(4.25);
    expect(predict('1', 'unknown')).toBe(3.5);
    expect(predict('unknown', '7')).toBe(2.75);
    expect(predict('unknown', 'unknown')).toBe(3);
  });

  it('rates all items at once, beyond the scale too, and for nobody unknown', () => {
    const { predict, rateAll, itemIds, userCount } = parseFactorization(MANIFEST, fixedFactors);
    expect(rateAll('unknown')).toBeNull();
    const users = (fixedFactors['users'] as { ids: string[] }).ids;
    const raw = users.flatMap((user) => [...(rateAll(user) ?? [])]);
    expect(raw).toHaveLength(userCount * itemIds.length);
    raw.forEach((rating, index) => {
      const user = users[Math.floor(index / itemIds.length)] ?? '';
      const clipped = Math.min(5, Math.max(1, rating));
      expect(clipped).toBeCloseTo(predict(user, itemIds[index % itemIds.length] ?? ''), 12);
    });
    expect(Math.max(...raw)).toBeGreaterThan(5);
  });

  it.each([
    ['mean must be a number', { ...SMALL, mean: '3' }],
    ['scale must be the lowest and the highest rating', { ...SMALL, scale: [5, 1] }],
    ['factorCount is more than 1000', { ...SMALL, factorCount: 1e9 }],
    ['users.factors has 2 numbers instead of 3', { ...SMALL, factorCount: 3 }],
    ['users.ids names one twice', { ...SMALL, users: { ids: ['1', '1'], biases: [1, 1], factors: [1, 2, 3, 4] } }],
    ['items.biases has 0 numbers instead of 1', { ...SMALL, items: { ...SMALL.items, biases: [] } }],
    ['items.factors[1] must be a number', { ...SMALL, items: { ...SMALL.items, factors: [1, null] } }],
    ['users must be an object', { ...SMALL, users: undefined }],
  ])('refuses factors: %s', (message, factors) => {
    expect(() => parseFactorization(MANIFEST, factors)).toThrow(message);
  });

  it('refuses a manifest of another kind of model', () => {
    expect(() => parseFactorization({ ...MANIFEST, objective: 'binary:logistic' }, SMALL)).toThrow(
      'ratings by binary:logistic',
    );
  });
});
