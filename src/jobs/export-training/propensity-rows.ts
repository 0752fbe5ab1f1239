import { CATEGORY_FEATURES, fillCategories } from '../../ranking/category-model.ts';
import { createFeatureContext } from '../../ranking/feature-context.ts';
import type { KnownCustomer } from './training-rows.ts';

/** Every feature that a propensity model may use, in the order of its columns: training chooses among them. */
const FEATURE_LIST = [...CATEGORY_FEATURES.values()];

/** One row per category of the snapshot, by code, with a column per CATEGORY_FEATURES, row-major. */
export function propensityMatrix({ snapshot, features, tastes }: KnownCustomer): Float32Array {
  return fillCategories(FEATURE_LIST, createFeatureContext(snapshot, features, tastes));
}
