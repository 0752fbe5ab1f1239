import { expect, it } from 'vitest';
import { solveSymmetric } from './solve-symmetric.ts';

it('solves a system whose matrix is positive definite', () => {
  const left = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3);
  const wanted = [1, -2, 0.5];
  const right = Float64Array.from([0, 1, 2], (row) =>
    wanted.reduce((sum, value, column) => sum + (left[row * 3 + column] ?? NaN) * value, 0),
  );
  const found = solveSymmetric(left, right);
  wanted.forEach((value, index) => {
    expect(found[index]).toBeCloseTo(value, 12);
  });
});
