import type { Ranker, Rung } from './rank.ts';
import { strengthsByCode, type Strengths } from './reasons.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** One rung's opinion of the candidates, by position. */
export interface Scoring {
  readonly rung: Rung;
  readonly scores: ArrayLike<number>;
  /** Orders equal scores; without it the smaller product id comes first. */
  readonly tiebreaks?: ArrayLike<number>;
  /** Who scored; null or absent when no model did. */
  readonly model?: { readonly name: string; readonly version: string } | null;
  /** Probabilities by a ranking model. */
  readonly modelScores?: Float32Array;
  readonly strengthsOf: (row: number, position: number) => Strengths;
}

/** The words of the lower rungs are the ranking model's too. */
export function templatesOf(ranker: Ranker | null): Ranker['reasonTemplates'] {
  return ranker?.reasonTemplates ?? [];
}

/** Popularities of rows, by position. */
export function popularitiesOf({ popularities }: RegionSnapshot, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => popularities[row] as number);
}

/** Orders by what is popular in the region. */
export function scoreByPopularity(
  { snapshot, ranker }: { readonly snapshot: RegionSnapshot; readonly ranker: Ranker | null },
  rows: Int32Array,
): Scoring {
  return {
    rung: 'POPULAR',
    scores: popularitiesOf(snapshot, rows),
    strengthsOf: (row) =>
      strengthsByCode(templatesOf(ranker), { POPULAR_IN_REGION: snapshot.popularities[row] as number }),
  };
}
