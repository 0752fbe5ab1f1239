import { describe, expect, it } from 'vitest';
import { expectedLiking } from './brand-loyalty.ts';

describe('expectedLiking', () => {
  it('is none where nothing is known', () => {
    expect(expectedLiking(0, 0, 0)).toBeCloseTo(0, 12);
  });

  it('believes many choices, and is careful with few', () => {
    const after = (choices: number): number => expectedLiking(1, 0, choices);
    expect(after(200)).toBeCloseTo(1 - expectedLiking(0, 0, 0) - 0.11, 1);
    expect(after(2)).toBeLessThan(0.2);
    expect(after(20)).toBeGreaterThan(after(2));
  });

  it('tells loyalty from a slight liking: halfway between, one is drawn away from the middle', () => {
    const gain = (liking: number): number => expectedLiking(liking + 0.1, 0, 12) - expectedLiking(liking, 0, 12);
    expect(gain(0.55)).toBeGreaterThan(1.5 * gain(0));
  });

  it('depends on what the choices say, not on where that is looked at', () => {
    expect(expectedLiking(0.3, 4, 10)).toBeCloseTo(expectedLiking(0.7, 0, 10), 12);
  });

  it('is finite after any number of choices', () => {
    expect(expectedLiking(0.4, 1e6, 1e6)).toBeLessThan(2.2);
    expect(expectedLiking(-1, -1e6, 1e6)).toBeGreaterThan(-0.8);
  });
});
