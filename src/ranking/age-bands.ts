/** Age bands have 15 years; the first one ends with 29, the last one begins with 60. */
export const AGE_BANDS = 4;

/** The band of an age in years, from 0 on. */
export function ageBandOf(age: number): number {
  return Math.min(Math.max(Math.floor((age - 15) / 15), 0), AGE_BANDS - 1);
}
