/**
 * Solves a system of linear equations whose matrix is symmetric and positive definite, by Cholesky's decomposition.
 * @param left Row-major; overwritten.
 */
export function solveSymmetric(left: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const solution = Float64Array.from(right);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = left[row * size + column] as number;
      for (let inner = 0; inner < column; inner++) {
        sum -= (left[row * size + inner] as number) * (left[column * size + inner] as number);
      }
      left[row * size + column] = row === column ? Math.sqrt(sum) : sum / (left[column * size + column] as number);
    }
  }
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < row; inner++) {
      solution[row] = (solution[row] as number) - (left[row * size + inner] as number) * (solution[inner] as number);
    }
    solution[row] = (solution[row] as number) / (left[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let inner = row + 1; inner < size; inner++) {
      solution[row] = (solution[row] as number) - (left[inner * size + row] as number) * (solution[inner] as number);
    }
    solution[row] = (solution[row] as number) / (left[row * size + row] as number);
  }
  return solution;
}
