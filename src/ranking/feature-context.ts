import { ageBandOf } from './age-bands.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** One customer against one snapshot: what every feature is computed from. */
export interface FeatureContext {
  readonly snapshot: RegionSnapshot;
  readonly features: CustomerFeaturesRow;
  readonly tastes: CustomerTastesRow;
  /** By category code. */
  readonly categoryShares: Float64Array;
  readonly categoryLifts: Float64Array;
  /** By brand code. */
  readonly brandShares: Float64Array;
  readonly brandLifts: Float64Array;
  /** By category code, of the last weeks. */
  readonly recentCategoryLifts: Float64Array;
  /** By brand code: how far the customer prefers a brand to what others buy in the customer's categories. */
  readonly brandPreferences: Float64Array;
  /** By brand code: how much more the customer wants the brand than one that is not known, as a logarithm. */
  readonly brandLikings: Float64Array;
  /** By category code: what people of the customer's age like; zeros when the age is not known. */
  readonly ageCategoryLifts: Float64Array;
  /** By category code: how much more the customer wants the category than others do, as a logarithm. */
  readonly categoryLikings: Float64Array;
  /** By row of the snapshot: how well the product's style suits the customer; zeros when not known. */
  readonly styleMatches: Float64Array;
}

/** Weight of the prior in a share: a customer with this much event weight is believed half. */
const PRIOR_WEIGHT = 6;
/** Weight that a brand preference is drawn towards none with. */
const PREFERENCE_WEIGHT = 2;

/** Does the work that several features and the reasons share. */
export function createFeatureContext(
  snapshot: RegionSnapshot,
  features: CustomerFeaturesRow,
  tastes: CustomerTastesRow,
): FeatureContext {
  const { categoryIds, categoryPriors, brands, brandPriors } = snapshot;
  const categoryShares = sharesOf(categoryIds, categoryPriors, tastes.category_weights, tastes.total_weight);
  const brandShares = sharesOf(brands, brandPriors, tastes.brand_weights, tastes.total_weight);
  const recentWeights = tastes.recent_category_weights;
  const recentWeight = Object.values(recentWeights).reduce((sum, weight) => sum + weight, 0);
  const recentCategoryShares = sharesOf(categoryIds, categoryPriors, recentWeights, recentWeight);
  const categoryLifts = liftsOf(categoryShares, categoryPriors);
  const ageCategoryLifts = ageCategoryLiftsOf(snapshot, features.age);
  return {
    snapshot,
    features,
    tastes,
    categoryShares,
    categoryLifts,
    brandShares,
    brandLifts: liftsOf(brandShares, brandPriors),
    recentCategoryLifts: liftsOf(recentCategoryShares, categoryPriors),
    brandPreferences: brandPreferencesOf(snapshot, tastes),
    brandLikings: Float64Array.from(brands, (brand) => tastes.brand_likings[brand] ?? 0),
    ageCategoryLifts,
    categoryLikings: categoryLikingsOf(categoryIds, tastes, categoryLifts, ageCategoryLifts),
    styleMatches: styleMatchesOf(snapshot, tastes),
  };
}

/** Smoothed towards the prior, so that a customer of whom little is known has nearly everybody's shares. */
function sharesOf(
  keys: readonly string[],
  priors: Float64Array,
  weights: Readonly<Record<string, number>>,
  totalWeight: number,
): Float64Array {
  return priors.map(
    (prior, code) => ((weights[keys[code] as string] ?? 0) + PRIOR_WEIGHT * prior) / (totalWeight + PRIOR_WEIGHT),
  );
}

function liftsOf(shares: Float64Array, priors: Float64Array): Float64Array {
  return shares.map((share, code) => Math.log(share / (priors[code] as number)));
}

/** What comes closest to a liking where none was estimated: the weights are those of a regression on demo data. */
function likingByLifts(lift: number, ageLift: number): number {
  return 0.7 * lift + 0.5 * ageLift;
}

function categoryLikingsOf(
  categoryIds: readonly string[],
  { category_likings: likings }: CustomerTastesRow,
  lifts: Float64Array,
  ageLifts: Float64Array,
): Float64Array {
  return lifts.map(
    (lift, code) => likings[categoryIds[code] as string] ?? likingByLifts(lift, ageLifts[code] as number),
  );
}

/** ln of the weight on a brand over the weight that others with the same weights on the categories would give it. */
function brandPreferencesOf(
  { categoryIds, brands, brandShares }: RegionSnapshot,
  tastes: CustomerTastesRow,
): Float64Array {
  const expected = new Float64Array(brands.length);
  brandShares.forEach((shares, category) => {
    const weight = tastes.category_weights[categoryIds[category] as string] ?? 0;
    if (weight === 0) return;
    for (const [brand, share] of shares) expected[brand] = (expected[brand] as number) + weight * share;
  });
  return expected.map((weight, brand) =>
    Math.log(((tastes.brand_weights[brands[brand] as string] ?? 0) + PREFERENCE_WEIGHT) / (weight + PREFERENCE_WEIGHT)),
  );
}

function ageCategoryLiftsOf({ ageCategoryLifts, categoryIds }: RegionSnapshot, age: number | null): Float64Array {
  const lifts = age === null ? undefined : ageCategoryLifts[ageBandOf(age)];
  return lifts ?? new Float64Array(categoryIds.length);
}

/** Styles of different moments have nothing to do with each other. */
function styleMatchesOf(
  { styles, statisticsAsOf, productCount }: RegionSnapshot,
  tastes: CustomerTastesRow,
): Float64Array {
  const matches = new Float64Array(productCount);
  if (tastes.as_of.getTime() !== statisticsAsOf) return matches;
  styles.forEach((column, dimension) => {
    const weight = tastes.style[String(dimension)] ?? 0;
    for (let row = 0; row < productCount; row += 1) {
      matches[row] = (matches[row] as number) + weight * (column[row] as number);
    }
  });
  return matches;
}
