import { priceGapPenalty, type FeatureContext } from './features.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** Kinds of reasons, named as in the schema. */
export type ReasonCode =
  'FAVOURITE_CATEGORY' | 'FAVOURITE_BRAND' | 'USUAL_PRICE' | 'POPULAR_IN_REGION' | 'SIMILAR_CUSTOMERS';

/** Why a product is in the list. */
export interface Reason {
  readonly code: ReasonCode;
  /** A sentence to show to a shopper. */
  readonly text: string;
}

/** How much each reason speaks for a product, on the scale of the prior score: natural logarithms of odds. */
export type ReasonStrengths = Readonly<Partial<Record<ReasonCode, number>>>;

const REASONS_MAX = 3;
/** A lift of a fifth over an average product; less is not worth a sentence. */
const STRENGTH_MIN = 0.2;

/** The reasons that are strong enough, strongest first, at most three; equal strengths keep the order of the enum. */
export function reasonsFrom(strengths: ReasonStrengths, snapshot: RegionSnapshot, row: number): Reason[] {
  return (Object.entries(strengths) as [ReasonCode, number][])
    .filter(([, strength]) => strength >= STRENGTH_MIN)
    .sort(([, a], [, b]) => b - a)
    .slice(0, REASONS_MAX)
    .map(([code]) => ({ code, text: textOf(code, snapshot, row) }));
}

/**
 * What speaks for a row when the customer's tastes decided: the summands of the prior score. A usual price counts by
 * what it saves against the average of `rows`, and only for a customer whose usual price is known.
 */
export function createTasteStrengths(context: FeatureContext, rows: Int32Array): (row: number) => ReasonStrengths {
  const { snapshot, tastes, categoryLifts, brandLifts } = context;
  const penaltyOf = priceGapPenalty(context);
  const penalty = (row: number): number => penaltyOf(snapshot.relativePrices[row] as number);
  const meanPenalty = rows.reduce((sum, row) => sum + penalty(row), 0) / Math.max(rows.length, 1);
  return (row) => ({
    FAVOURITE_CATEGORY: categoryLifts[snapshot.categoryCodes[row] as number] as number,
    FAVOURITE_BRAND: brandLifts[snapshot.brandCodes[row] as number] as number,
    USUAL_PRICE: tastes.total_weight > 0 ? meanPenalty - penalty(row) : 0,
    POPULAR_IN_REGION: snapshot.popularities[row] as number,
  });
}

/** What speaks for a row when propensities decided: how far its category's lies above the customer's average. */
export function createPropensityStrengths(
  snapshot: RegionSnapshot,
  propensities: ReadonlyMap<string, number>,
): (row: number) => ReasonStrengths {
  const mean = [...propensities.values()].reduce((sum, value) => sum + value, 0) / Math.max(propensities.size, 1);
  return (row) => {
    const propensity = propensities.get(snapshot.categoryIds[snapshot.categoryCodes[row] as number] as string) ?? mean;
    return {
      FAVOURITE_CATEGORY: propensity > mean ? Math.log(propensity / mean) : 0,
      POPULAR_IN_REGION: snapshot.popularities[row] as number,
    };
  };
}

function textOf(code: ReasonCode, snapshot: RegionSnapshot, row: number): string {
  switch (code) {
    case 'FAVOURITE_CATEGORY':
      return `From ${snapshot.categoryNames[snapshot.categoryCodes[row] as number] as string}, a category you like.`;
    case 'FAVOURITE_BRAND':
      return `From ${snapshot.brands[snapshot.brandCodes[row] as number] as string}, a brand you like.`;
    case 'USUAL_PRICE':
      return 'At a price you usually choose.';
    case 'POPULAR_IN_REGION':
      return `Popular in the ${snapshot.region}.`;
    case 'SIMILAR_CUSTOMERS':
      return 'Chosen by customers who liked the same products as you.';
  }
}
