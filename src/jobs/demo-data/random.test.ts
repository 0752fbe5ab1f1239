import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

const draw = (random: Random, count = 5): number[] => Array.from({ length: count }, () => random.uniform());
const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

describe('Random', () => {
  it('gives the numbers that it has always given', () => {
    expect(draw(new Random(7, 'test', 3), 3)).toMatchInlineSnapshot(`
      [
        0.9785825834842399,
        0.9795844204491004,
        0.062059295014478266,
      ]
    `);
  });

  it('gives the same numbers for the same seed, stream and index, others for any other', () => {
    const numbers = draw(new Random(7, 'life', 3));
    expect(draw(new Random(7, 'life', 3))).toEqual(numbers);
    for (const other of [new Random(8, 'life', 3), new Random(7, 'lives', 3), new Random(7, 'life', 4)]) {
      expect(draw(other)).not.toEqual(numbers);
    }
  });

  it('does not let neighbouring indexes share their first number', () => {
    const firsts = Array.from({ length: 10_000 }, (_, index) => new Random(7, 'life', index).uniform());
    expect(new Set(firsts).size).toBe(10_000);
    expect(meanOf(firsts)).toBeCloseTo(0.5, 1);
  });

  it('spreads uniform numbers evenly, never 0 or 1', () => {
    const numbers = draw(new Random(1, 'uniform'), 100_000);
    expect(Math.min(...numbers.slice(0, 1000))).toBeGreaterThan(0);
    const tenths = Array.from({ length: 10 }, (_, tenth) => numbers.filter((x) => Math.floor(x * 10) === tenth).length);
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('reaches both ends of a range of whole numbers and nothing beyond', () => {
    const random = new Random(1, 'integer');
    const numbers = new Set(Array.from({ length: 1000 }, () => random.integer(3, 6)));
    expect([...numbers].sort()).toEqual([3, 4, 5, 6]);
  });

  it('has the moments of the distributions that it names', () => {
    const random = new Random(1, 'moments');
    const normals = Array.from({ length: 20_000 }, () => random.normal(2));
    expect(Math.abs(meanOf(normals))).toBeLessThan(0.06);
    expect(Math.sqrt(meanOf(normals.map((value) => value ** 2)))).toBeCloseTo(2, 1);
    expect(meanOf(Array.from({ length: 20_000 }, () => random.poisson(2.6)))).toBeCloseTo(2.6, 1);
    expect(meanOf(Array.from({ length: 20_000 }, () => random.gamma(0.5)))).toBeCloseTo(0.5, 1);
    expect(meanOf(Array.from({ length: 20_000 }, () => random.gamma(3)))).toBeCloseTo(3, 1);
  });

  it('chooses in proportion to the weights and never a weight of 0', () => {
    const random = new Random(1, 'weights');
    const counts = [0, 0, 0];
    for (let turn = 0; turn < 10_000; turn++) {
      const index = random.pickIndex([1, 3, 0]);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect((counts[1] ?? 0) / (counts[0] ?? 1)).toBeCloseTo(3, 0);
    expect(counts[2]).toBe(0);
  });

  it('refuses to pick from nothing', () => {
    expect(() => new Random(1, 'empty').pick([])).toThrow(RangeError);
  });
});
