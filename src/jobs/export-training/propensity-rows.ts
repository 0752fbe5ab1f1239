import { createFeatureContext } from '../../ranking/feature-context.ts';
import { FEATURES, type Feature } from '../../ranking/features.ts';
import type { KnownCustomer } from './training-rows.ts';

/** The features that a propensity model may use: those that depend on the customer and the category only. */
export const PROPENSITY_FEATURES: ReadonlyMap<string, CategoryFeature> = new Map(
  [...FEATURES].filter((entry): entry is [string, CategoryFeature] => isOfCategory(entry[1])),
);

type CategoryFeature = Extract<Feature, { readonly kind: 'customer' | 'key' }>;

/** One row per category of the snapshot, by code, with a column per PROPENSITY_FEATURES, row-major. */
export function propensityMatrix({ snapshot, features, tastes }: KnownCustomer): Float32Array {
  const context = createFeatureContext(snapshot, features, tastes);
  const width = PROPENSITY_FEATURES.size;
  const values = new Float32Array(snapshot.categoryIds.length * width);
  [...PROPENSITY_FEATURES.values()].forEach((feature, column) => {
    const table = feature.kind === 'key' ? feature.tableOf(context) : null;
    const value = feature.kind === 'customer' ? feature.valueOf(context) : NaN;
    snapshot.categoryIds.forEach((_, code) => {
      values[code * width + column] = table ? (table[code] as number) : value;
    });
  });
  return values;
}

function isOfCategory(feature: Feature): feature is CategoryFeature {
  return feature.kind === 'customer' || (feature.kind === 'key' && feature.key === 'category');
}
