import type { FeatureContext } from './feature-context.ts';
import { fillFeatures, weightedReaderOf } from './feature-columns.ts';
import type { Feature } from './features.ts';
import type { Explain } from './forest/contributions.ts';
import type { Placeholder, ReasonCode, ReasonTemplate } from './reason-templates.ts';
import type { CustomerSignals } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** Why a product is in the list. */
export interface Reason {
  readonly code: ReasonCode;
  /** A sentence to show to a shopper. */
  readonly text: string;
}

/** What whoever reads the reasons may know. */
export interface ReasonViewer {
  readonly seesPersonalData: boolean;
}

/** How much each template speaks for a product: what it adds to the logarithm of the odds. */
export type Strengths = ReadonlyMap<ReasonTemplate, number>;

/** The product and the customer that a reason is about. */
export interface ReasonSubject {
  readonly snapshot: RegionSnapshot;
  readonly row: number;
  readonly signals: CustomerSignals;
  /** Null where no model decided. */
  readonly context: FeatureContext | null;
}

/** A model that explains itself. */
export interface ExplainedModel {
  /** Names of the columns in order. */
  readonly columns: readonly string[];
  readonly features: readonly Feature[];
  /** Null for a model whose trees are too deep to explain: it gives no reasons. */
  readonly explain: Explain | null;
  readonly reasonTemplates: readonly ReasonTemplate[];
}

const REASONS_MAX = 3;
/** A lift of the odds by a fifth; less is not worth a sentence. */
const STRENGTH_MIN = 0.2;
/** From here on a category or brand has more than its share of a customer's attention. */
const LIFT_MIN = 0.1;

/**
 * The reasons that are strong enough, strongest first, at most three and none twice; equal strengths keep the order of the
 * templates. Never one that is not true of the product and the customer, nor one that the viewer may not know.
 */
export function reasonsFrom(strengths: Strengths, subject: ReasonSubject, viewer: ReasonViewer): Reason[] {
  return [...strengths]
    .filter(([{ personal }]) => viewer.seesPersonalData || !personal)
    .filter(([template, strength]) => strength >= STRENGTH_MIN && holds(template, subject))
    .sort(([, a], [, b]) => b - a)
    .slice(0, REASONS_MAX)
    .map(([{ code, text }]) => ({ code, text: fill(text, subject) }));
}

/**
 * What speaks for a row when a model decided: the contributions of its features. A feature that is a sum speaks for the
 * features that its terms stand for, as much as each term is beyond the average of `rows`.
 */
export function createModelStrengths(
  { columns, features, explain, reasonTemplates }: ExplainedModel,
  context: FeatureContext,
  rows: Int32Array,
): (row: number) => Strengths {
  const splitters = new Map<Feature, SplitSum>();
  const splitterOf = (feature: SumFeature): SplitSum => {
    const known = splitters.get(feature) ?? createSplitSum(feature, context, rows);
    splitters.set(feature, known);
    return known;
  };
  if (!explain) return () => new Map();
  return (row) => {
    const contributions = explain(fillFeatures(features, context, Int32Array.of(row)).values);
    const byName = new Map<string, number>();
    const add = (name: string, value: number) => byName.set(name, (byName.get(name) ?? 0) + value);
    features.forEach((feature, column) => {
      const contribution = contributions[column] as number;
      add(columns[column] as string, contribution);
      if (feature.kind !== 'sum') return;
      for (const [name, share] of splitterOf(feature)(row, contribution)) add(name, share);
    });
    return new Map(
      reasonTemplates.map((template) => [
        template,
        template.features.reduce((sum, name) => sum + (byName.get(name) ?? 0), 0),
      ]),
    );
  };
}

/** What speaks for a row when propensities decided: how far its category's lies above the customer's average. */
export function createPropensityStrengths(
  templates: readonly ReasonTemplate[],
  snapshot: RegionSnapshot,
  propensities: ReadonlyMap<string, number>,
): (row: number) => Strengths {
  const mean = [...propensities.values()].reduce((sum, value) => sum + value, 0) / Math.max(propensities.size, 1);
  return (row) => {
    const propensity = propensities.get(snapshot.categoryIds[snapshot.categoryCodes[row] as number] as string) ?? mean;
    return strengthsByCode(templates, {
      FAVOURITE_CATEGORY: propensity > mean ? Math.log(propensity / mean) : 0,
      POPULAR_IN_REGION: snapshot.popularities[row] as number,
    });
  };
}

/** Strengths of the first template of each code. */
export function strengthsByCode(
  templates: readonly ReasonTemplate[],
  byCode: Readonly<Partial<Record<ReasonCode, number>>>,
): Strengths {
  const found = new Map<ReasonTemplate, number>();
  for (const [code, strength] of Object.entries(byCode)) {
    const template = templates.find((one) => one.code === code);
    if (template) found.set(template, strength);
  }
  return found;
}

type SumFeature = Extract<Feature, { readonly kind: 'sum' }>;

/** Divides a sum's contribution for a row among the features that its terms stand for. */
type SplitSum = (row: number, contribution: number) => [name: string, share: number][];

function createSplitSum({ terms }: SumFeature, context: FeatureContext, rows: Int32Array): SplitSum {
  const readers = terms.map((term) => weightedReaderOf(term, context));
  const means = readers.map((read) => rows.reduce((sum, row) => sum + read(row), 0) / Math.max(rows.length, 1));
  return (row, contribution) => {
    // Only terms that pull the same way as the whole have a part in it.
    const pulls = readers.map((read, index) =>
      Math.max((read(row) - (means[index] as number)) * Math.sign(contribution), 0),
    );
    const total = pulls.reduce((sum, pull) => sum + pull, 0);
    return terms.map(({ standsFor }, index) => [
      standsFor,
      total > 0 ? (contribution * (pulls[index] as number)) / total : 0,
    ]);
  };
}

/** False where a model may count on a reason although its sentence is not true of this customer and product. */
function holds({ code, text }: ReasonTemplate, { snapshot, row, signals, context }: ReasonSubject): boolean {
  const { features, tastes } = signals;
  const productId = snapshot.productIds[row] as string;
  switch (code) {
    case 'FAVOURITE_CATEGORY':
      return context === null || (context.categoryLifts[snapshot.categoryCodes[row] as number] as number) >= LIFT_MIN;
    case 'FAVOURITE_BRAND':
      return context === null || (context.brandLifts[snapshot.brandCodes[row] as number] as number) >= LIFT_MIN;
    case 'USUAL_PRICE':
      return (tastes?.total_weight ?? 0) > 0;
    case 'POPULAR_IN_REGION':
      return (snapshot.popularities[row] as number) > 0;
    case 'RECENT_INTEREST':
      return tastes?.recent_products[productId] !== undefined;
    case 'BOUGHT_BEFORE':
      return tastes?.bought_products[productId] !== undefined;
    case 'CUSTOMER_PROFILE':
      return features !== null && (features.age !== null || !text.includes('{age}'));
    case 'SIMILAR_CUSTOMERS':
      return true;
  }
}

function fill(text: string, { snapshot, row, signals }: ReasonSubject): string {
  const values: Readonly<Record<Placeholder, string>> = {
    category: snapshot.categoryNames[snapshot.categoryCodes[row] as number] as string,
    brand: snapshot.brands[snapshot.brandCodes[row] as number] as string,
    region: snapshot.region,
    age: String(Math.floor(signals.features?.age ?? 0)),
  };
  return text.replace(/\{(\w+)\}/g, (_, name: Placeholder) => values[name]);
}
