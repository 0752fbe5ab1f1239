import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { createFeatureContext } from './feature-context.ts';
import { FEATURES, type Feature } from './features.ts';
import { parseReasonTemplates, type ReasonTemplate } from './reason-templates.ts';
import {
  createModelStrengths,
  createPropensityStrengths,
  reasonsFrom,
  strengthsByCode,
  type ReasonSubject,
} from './reasons.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from './signals.ts';

const SHIPPED = join(import.meta.dirname, '../../models/ranking/5/reasons.json');
const TEMPLATES = parseReasonTemplates(JSON.parse(readFileSync(SHIPPED, 'utf8')));
const ANYBODY = { seesPersonalData: false };
const TRUSTED = { seesPersonalData: true };
const SNAPSHOT = aSnapshot(
  [
    { product_id: '1', category_id: 'A', category_name: 'Bags', brand: 'X', relative_price: 0, popularity: 2 },
    { product_id: '2', category_id: 'B', category_name: 'Belts', brand: 'Y', relative_price: 3, popularity: -1 },
  ],
  [
    { kind: 'category', key: 'A', share: 0.5 },
    { kind: 'category', key: 'B', share: 0.5 },
    { kind: 'brand', key: 'X', share: 0.1 },
    { kind: 'brand', key: 'Y', share: 0.9 },
  ],
);
const FAN: Partial<CustomerTastesRow> = {
  total_weight: 30,
  category_weights: { A: 20 },
  brand_weights: { X: 30 },
  recent_products: { '1': 2 },
  bought_products: { '1': 20 },
};

function aSubject(
  row: number,
  tastes: Partial<CustomerTastesRow> = FAN,
  features: Partial<CustomerFeaturesRow> = {},
): ReasonSubject {
  const signals = { features: someFeatures(features), tastes: someTastes(tastes), propensities: new Map() };
  return {
    snapshot: SNAPSHOT,
    row,
    signals,
    context: createFeatureContext(SNAPSHOT, signals.features, signals.tastes),
  };
}

/** The codes when each feature contributed so much. */
function codesFor(contributions: Readonly<Record<string, number>>, subject = aSubject(0), viewer = ANYBODY): string[] {
  const columns = Object.keys(contributions);
  const strengthsOf = createModelStrengths(
    {
      columns,
      features: columns.map((name) => FEATURES.get(name) as Feature),
      explain: () => Float64Array.from([...Object.values(contributions), -2]),
      reasonTemplates: TEMPLATES,
    },
    subject.context ?? createFeatureContext(SNAPSHOT, someFeatures(), someTastes()),
    Int32Array.of(0, 1),
  );
  return reasonsFrom(strengthsOf(subject.row), subject, viewer).map(({ code }) => code);
}

describe('reasons by a model', () => {
  it('tell what the customer did only by features of products that the customer met', () => {
    const told = TEMPLATES.filter(({ code }) => code === 'BOUGHT_BEFORE' || code === 'RECENT_INTEREST');
    const kinds = told.flatMap(({ features }) => features.map((name) => FEATURES.get(name)?.kind));
    expect(new Set(kinds)).toEqual(new Set(['sparse']));
  });

  it('are the three to which most was contributed, strongest first', () => {
    const contributions = {
      category_lift: 0.5,
      category_share: 0.4,
      brand_lift: 0.6,
      popularity: 0.7,
      recent_weight: 0.3,
    };
    expect(codesFor(contributions)).toEqual(['FAVOURITE_CATEGORY', 'POPULAR_IN_REGION', 'FAVOURITE_BRAND']);
  });

  it('are none that is weak', () => {
    expect(codesFor({ brand_lift: 0.19, category_lift: 0.3, category_share: -0.2, popularity: -1 })).toEqual([]);
  });

  it('give what the prior score contributed to what made it higher than others’', () => {
    expect(codesFor({ prior_score: 1.2 })).toEqual(['USUAL_PRICE', 'FAVOURITE_CATEGORY']);
    expect(codesFor({ prior_score: -1.2 })).toEqual([]);
  });

  it('claim nothing that is not true of the customer, whatever the model counted on', () => {
    const names = [
      'category_lift',
      'brand_lift',
      'relative_price_gap',
      'recent_weight',
      'days_since_bought',
      'popularity',
    ];
    const all = Object.fromEntries(names.map((name) => [name, 1]));
    expect(codesFor(all, aSubject(0, {}))).toEqual(['POPULAR_IN_REGION']);
    expect(codesFor(all, aSubject(1))).toEqual(['USUAL_PRICE']);
    expect(codesFor({ recent_weight: 1, days_since_bought: 2 })).toEqual(['BOUGHT_BEFORE', 'RECENT_INTEREST']);
  });

  it('tell age, loyalty and spending to nobody without the right to personal data', () => {
    const personal = ['age', 'tenure_months', 'loyalty_tier_num', 'total_orders', 'lifetime_spend', 'avg_order_value'];
    const contributions = Object.fromEntries([...personal, 'engagement_score', 'price_ratio'].map((name) => [name, 9]));
    const subject = aSubject(0, FAN, { age: 41 });
    expect(codesFor(contributions, subject)).toEqual([]);
    expect(codesFor(contributions, subject, TRUSTED)).toEqual(Array.from({ length: 3 }, () => 'CUSTOMER_PROFILE'));
    const shown = TEMPLATES.filter((template) => !template.personal).flatMap(({ features }) => features);
    expect(shown.filter((name) => FEATURES.get(name)?.kind === 'customer')).toEqual([]);
    expect(codesFor({ age: 9 }, aSubject(0, FAN, { age: null }), TRUSTED)).toEqual([]);
  });
});

describe('reasonsFrom', () => {
  it('names category, brand, region and age', () => {
    const strengths = strengthsByCode(TEMPLATES, {
      FAVOURITE_CATEGORY: 3,
      FAVOURITE_BRAND: 2,
      POPULAR_IN_REGION: 1,
    });
    expect(reasonsFrom(strengths, aSubject(0), ANYBODY).map(({ text }) => text)).toEqual([
      'From Bags, a category you like.',
      'From X, a brand you like.',
      'Popular in the South.',
    ]);
    const byAge = strengthsByCode(TEMPLATES, { CUSTOMER_PROFILE: 1 });
    expect(reasonsFrom(byAge, aSubject(0, FAN, { age: 41.9 }), TRUSTED)[0]?.text).toBe('Goes with your age, 41.');
  });

  it('calls a category favourite by its propensity only when that is above the customer’s average', () => {
    const propensities = new Map([
      ['A', 0.1],
      ['B', 0.5],
    ]);
    const strengthsOf = createPropensityStrengths(TEMPLATES, SNAPSHOT, propensities);
    const codes = (row: number) =>
      reasonsFrom(strengthsOf(row), { ...aSubject(row, {}), context: null }, ANYBODY).map(({ code }) => code);
    expect(codes(0)).toEqual(['POPULAR_IN_REGION']);
    expect(codes(1)).toEqual(['FAVOURITE_CATEGORY']);
  });
});

describe('parseReasonTemplates', () => {
  const [template] = TEMPLATES as [ReasonTemplate];

  it('gives back sound templates', () => {
    expect(parseReasonTemplates([{ ...template, personal: true }])).toEqual([{ ...template, personal: true }]);
  });

  it.each<[string, unknown]>([
    ['a list', {}],
    ['reasons[0]', [5]],
    ['reasons[0].code must be one of', [{ ...template, code: 'LUCKY' }]],
    ['feature shoe_size', [{ ...template, features: ['shoe_size'] }]],
    ['reasons[0].text names {email}', [{ ...template, text: 'Sent to {email}.' }]],
    ['reasons[0].personal must be true or false', [{ ...template, personal: 'no' }]],
  ])('refuses others and says where: %s', (problem, json) => {
    expect(() => parseReasonTemplates(json)).toThrow(problem);
  });
});
