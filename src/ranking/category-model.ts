import { UnsupportedModelError } from './errors.ts';
import type { FeatureContext } from './feature-context.ts';
import { FEATURES, type Feature } from './features.ts';
import type { Forest } from './forest/forest.ts';
import type { Ranker } from './rank.ts';

/** A feature that depends on the customer, or on the customer and the category, and on nothing else. */
export type CategoryFeature = Extract<Feature, { readonly kind: 'customer' | 'key' }>;

/** The features that a model of categories may use, by name. */
export const CATEGORY_FEATURES: ReadonlyMap<string, CategoryFeature> = new Map(
  [...FEATURES].filter((entry): entry is [string, CategoryFeature] => isOfCategory(entry[1])),
);

/** How likely a customer buys from each category: a propensity model. */
export interface CategoryModel {
  readonly name: string;
  readonly version: string;
  /** Names of the columns in order. */
  readonly columns: readonly string[];
  readonly features: readonly CategoryFeature[];
  readonly forest: Forest;
}

/** A model read like one for ranking, whose columns may not name a product. @throws UnsupportedModelError when they do. */
export function createCategoryModel({ name, version, columns, forest }: Ranker): CategoryModel {
  const features = columns.map((column) => {
    const feature = CATEGORY_FEATURES.get(column);
    if (!feature) throw new UnsupportedModelError(`propensities from ${column}, which depends on the product`);
    return feature;
  });
  return { name, version, columns, features, forest };
}

/** One row per category of the context's snapshot, by code, with a column per feature, row-major. */
export function fillCategories(features: readonly CategoryFeature[], context: FeatureContext): Float32Array {
  const width = features.length;
  const categories = context.snapshot.categoryIds.length;
  const values = new Float32Array(categories * width);
  features.forEach((feature, column) => {
    const table = feature.kind === 'key' ? feature.tableOf(context) : null;
    const value = feature.kind === 'customer' ? feature.valueOf(context) : NaN;
    for (let code = 0; code < categories; code += 1) {
      values[code * width + column] = table ? (table[code] as number) : value;
    }
  });
  return values;
}

/** The probability of each category of the context's snapshot, by code, as XGBoost computes it. */
export function scoreCategories({ features, forest }: CategoryModel, context: FeatureContext): Float32Array {
  const probabilities = new Float32Array(context.snapshot.categoryIds.length);
  forest.predictRows(fillCategories(features, context), probabilities.length, probabilities);
  return probabilities;
}

function isOfCategory(feature: Feature): feature is CategoryFeature {
  return feature.kind === 'customer' || (feature.kind === 'key' && feature.key === 'category');
}
