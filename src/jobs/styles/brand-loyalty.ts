/** Most brands are all the same to a customer, or nearly so; to a few of them the customer keeps. */
const LOYAL_SHARE = 0.1;
const USUAL_DEVIATION = 0.2;
const LOYAL_MEAN = 1.1;
const LOYAL_DEVIATION = 0.35;

/** Likings that are considered, as logarithms. */
const LIKINGS = Array.from({ length: 29 }, (_, step) => -0.6 + 0.1 * step);
const EXPECTED = LIKINGS.map(
  (liking) =>
    (1 - LOYAL_SHARE) * density(liking, 0, USUAL_DEVIATION) +
    LOYAL_SHARE * density(liking, LOYAL_MEAN, LOYAL_DEVIATION),
);
const MEAN_EXPECTED = meanOf(EXPECTED);

/**
 * What a customer is to be expected to like a brand, against one of which nothing is known: the mean of all likings, as
 * likely as choices and the habits of customers make them.
 * @param near A liking at which the log likelihood of the choices is known: its slope, and how fast it bends down.
 */
export function expectedLiking(near: number, slope: number, curvature: number): number {
  const logs = LIKINGS.map((liking) => slope * (liking - near) - (curvature / 2) * (liking - near) ** 2);
  const most = logs.reduce((left, right) => Math.max(left, right), -Infinity);
  return meanOf(logs.map((log, step) => (EXPECTED[step] as number) * Math.exp(log - most))) - MEAN_EXPECTED;
}

function meanOf(weights: readonly number[]): number {
  let [sum, total] = [0, 0];
  weights.forEach((weight, step) => {
    sum += weight * (LIKINGS[step] as number);
    total += weight;
  });
  return sum / total;
}

function density(value: number, mean: number, deviation: number): number {
  return Math.exp(-0.5 * ((value - mean) / deviation) ** 2) / deviation;
}
