import { describe, expect, it } from 'vitest';
import { blendScore } from './blend.ts';

describe('blendScore', () => {
  it('is the model alone at weight 0', () => {
    expect(blendScore(0.37, 0.9, 0)).toBe(0.37);
  });

  it('mixes 0.7 model and 0.3 propensity at weight 0.3', () => {
    expect(blendScore(0.5, 0.9, 0.3)).toBeCloseTo(0.62, 12);
  });

  it('takes 0.5 for a propensity that is not known', () => {
    expect(blendScore(0.2, undefined, 0.3)).toBeCloseTo(0.29, 12);
  });
});
