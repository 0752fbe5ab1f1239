/** The propensity of a category that has none, as in the reference. */
const UNKNOWN_PROPENSITY = 0.5;

/** (1 - weight) * model + weight * propensity; both 0 to 1, so is the result. */
export function blendScore(modelScore: number, propensity: number | undefined, propensityWeight: number): number {
  if (propensityWeight === 0) return modelScore;
  return (1 - propensityWeight) * modelScore + propensityWeight * (propensity ?? UNKNOWN_PROPENSITY);
}
