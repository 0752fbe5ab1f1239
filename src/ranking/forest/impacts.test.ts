import { expect, it } from 'vitest';
import { impactsOf } from './impacts.ts';
import { packForest } from './pack-forest.ts';

it('says by feature how far the greatest leaf depends on the ways of its nodes', () => {
  // Feature 1 decides between at most 4 and 1; on its left feature 0 decides between 0 and 4.
  const packed = packForest({
    objective: 'reg:squarederror',
    featureNames: [],
    featureCount: 3,
    baseMargin: 0,
    trees: [
      {
        nodeCount: 5,
        left: [1, 3, -1, -1, -1],
        right: [2, 4, -1, -1, -1],
        feature: [1, 0, 0, 0, 0],
        threshold: [5, 2, 1, 0, 4],
        defaultLeft: [0, 0, 0, 0, 0],
        cover: [4, 3, 1, 1, 2],
      },
    ],
  });
  expect(Array.from(impactsOf(packed), (steps) => steps * packed.step)).toEqual([4, 3, 0]);
});
