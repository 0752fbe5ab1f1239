import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topK } from './top-k.ts';

/** Few distinct values, so that ties are common. */
const scoreArbitrary = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double(), fc.constant(NaN));

function sortedPositions(scores: readonly number[], tiebreaks: readonly number[]): number[] {
  const rankOf = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? -Infinity : value);
  const isMissing = (value: number | undefined) => Number(Number.isNaN(value));
  const descending = (a: number | undefined, b: number | undefined) =>
    rankOf(a) === rankOf(b) ? isMissing(a) - isMissing(b) : rankOf(a) > rankOf(b) ? -1 : 1;
  return scores
    .map((_, position) => position)
    .sort((a, b) => descending(scores[a], scores[b]) || descending(tiebreaks[a], tiebreaks[b]) || a - b);
}

describe('topK', () => {
  it('is the beginning of the sorted order, whatever the scores', () => {
    const pairs = fc.array(fc.tuple(scoreArbitrary, scoreArbitrary), { maxLength: 60 });
    fc.assert(
      fc.property(pairs, fc.nat(70), (rows, k) => {
        const scores = rows.map(([score]) => score);
        const tiebreaks = rows.map(([, tiebreak]) => tiebreak);
        expect(topK(scores, k, tiebreaks)).toEqual(sortedPositions(scores, tiebreaks).slice(0, k));
      }),
    );
  });

  it('gives equal scores in the order of their positions', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (count, k) => {
        const positions = Array.from({ length: Math.min(count, k) }, (_, position) => position);
        expect(topK(new Float64Array(count).fill(0.5), k)).toEqual(positions);
      }),
    );
  });

  it('puts NaN behind every number, minus infinity included', () => {
    expect(topK([NaN, -Infinity, 1, NaN], 4)).toEqual([2, 1, 0, 3]);
  });

  it('gives nothing for k 0', () => {
    expect(topK([1, 2], 0)).toEqual([]);
  });
});
