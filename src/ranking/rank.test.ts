import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { FEATURES } from './features.ts';
import { createExplain } from './forest/contributions.ts';
import { createForest } from './forest/forest.ts';
import { createEmbeddedScorer, type ModelQuestion, type ModelScores } from './model-scorer.ts';
import {
  finishRanking,
  prepareAffinities,
  prepareRanking,
  type RankedList,
  type Ranker,
  type RankOptions,
  type RankRequest,
} from './rank.ts';
import type { ReasonTemplate } from './reason-templates.ts';
import type { Reason } from './reasons.ts';
import type { CustomerSignals } from './signals.ts';

const SNAPSHOT = aSnapshot(
  [
    { product_id: '1', category_id: 'A', price: '10', popularity: 0.5 },
    { product_id: '2', category_id: 'A', price: '20', popularity: 2 },
    { product_id: '3', category_id: 'B', price: '30', popularity: 1 },
    { product_id: '4', category_id: 'B', price: '40', popularity: 3, quantity_on_hand: 0 },
    { product_id: '5', category_id: 'B', price: '50', popularity: 1 },
  ],
  [
    { kind: 'category', key: 'A', share: 0.5 },
    { kind: 'category', key: 'B', share: 0.5 },
  ],
);

const TEMPLATES: readonly ReasonTemplate[] = [
  { code: 'POPULAR_IN_REGION', features: [], text: 'Popular in the {region}.', personal: false },
  { code: 'SIMILAR_CUSTOMERS', features: [], text: 'Liked by others.', personal: false },
  { code: 'FAVOURITE_CATEGORY', features: ['category_lift'], text: 'A category you like.', personal: false },
  { code: 'CUSTOMER_PROFILE', features: ['category_lift'], text: 'Goes with you.', personal: true },
];
const ANYBODY = { seesPersonalData: false };
const OPTIONS: RankOptions = { strategy: 'RANKED', first: 10, propensityWeight: 0, repeatDays: 7, filter: {} };
const LIKES_B = someTastes({ total_weight: 10, category_weights: { B: 10 }, recent_products: { '4': 2, '1': 1 } });
const WARM: CustomerSignals = {
  features: someFeatures(),
  tastes: LIKES_B,
  propensities: new Map([
    ['A', 0.8],
    ['B', 0.2],
  ]),
};
const NOTHING_LOADED: CustomerSignals = { features: null, tastes: null, propensities: new Map() };
const NEIGHBOURS = new Map([
  ['4', [{ product_id: '4', neighbour_id: '5', similarity: 0.9 }]],
  [
    '1',
    [
      { product_id: '1', neighbour_id: '3', similarity: 0.4 },
      { product_id: '1', neighbour_id: '999', similarity: 0.8 },
    ],
  ],
]);

/** Probability sigmoid(1) where the category lift is above 0, sigmoid(-1) elsewhere. */
function liftRanker(): Ranker {
  const feature = FEATURES.get('category_lift');
  if (!feature) throw new Error('no category_lift');
  const forest = createForest({
    objective: 'binary:logistic',
    featureNames: ['category_lift'],
    featureCount: 1,
    baseMargin: 0,
    trees: [
      {
        nodeCount: 3,
        left: [1, -1, -1],
        right: [2, -1, -1],
        feature: [0, 0, 0],
        threshold: [1e-9, -1, 1],
        defaultLeft: [1, 0, 0],
        cover: [4, 2, 2],
      },
    ],
  });
  return {
    name: 'lift',
    version: '3',
    columns: ['category_lift'],
    features: [feature],
    outputColumn: 'output_feature_1',
    forest,
    engine: null,
    engineRefusal: null,
    explain: createExplain(forest.parts),
    reasonTemplates: TEMPLATES,
    scorers: [createEmbeddedScorer([feature], forest)],
  };
}

/** The same with a service above the forest. */
function servedRanker(): Ranker {
  const ranker = liftRanker();
  const service = { rung: 'MODEL_SERVICE', score: () => new Float32Array() } as const;
  return { ...ranker, scorers: [service, ...ranker.scorers] };
}

function embeddedScores(question: ModelQuestion | null): ModelScores | null {
  if (!question) return null;
  return { rung: 'EMBEDDED_MODEL', probabilities: liftRanker().scorers[0]?.score(question) as Float32Array };
}

function aRequest(changes: Partial<RankRequest> = {}, options: Partial<RankOptions> = {}): RankRequest {
  return {
    snapshot: SNAPSHOT,
    prepared: null,
    signals: WARM,
    ranker: liftRanker(),
    neighbours: NEIGHBOURS,
    list: [],
    ...changes,
    options: { ...OPTIONS, ...options },
  };
}

/** The list when the forest in the process scores. */
function rankWith(changes: Partial<RankRequest> = {}, options: Partial<RankOptions> = {}): RankedList {
  const prepared = prepareRanking(aRequest(changes, options));
  return finishRanking(prepared, embeddedScores(prepared.question));
}

/** What is shown of a list, reasons included. */
function shown({ items, ...list }: RankedList): object {
  return { ...list, items: items.map(({ reasonsFor, ...item }) => ({ ...item, reasons: reasonsFor(ANYBODY) })) };
}

function codesOf(reasons: readonly Reason[] | undefined): string[] {
  return (reasons ?? []).map(({ code }) => code);
}

const idsOf = (list: RankedList) => list.items.map(({ productId }) => productId);

describe('prepareRanking and finishRanking', () => {
  it('orders by the model, equal scores by product id', () => {
    const list = rankWith();
    expect(idsOf(list)).toEqual(['3', '5', '1', '2']);
    expect(list).toMatchObject({ rung: 'EMBEDDED_MODEL', degraded: false, model: { name: 'lift', version: '3' } });
    expect(list.items[0]).toMatchObject({ categoryId: 'B', propensity: 0.2 });
    expect(list.items[0]?.modelScore).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(list.items[0]?.score).toBe(list.items[0]?.modelScore);
  });

  it('says why by what the model counted on, and tells personal reasons only to who may see personal data', () => {
    const [first, , last] = rankWith().items;
    expect(first?.reasonsFor(ANYBODY)).toEqual([{ code: 'FAVOURITE_CATEGORY', text: 'A category you like.' }]);
    expect(codesOf(first?.reasonsFor({ seesPersonalData: true }))).toEqual(['FAVOURITE_CATEGORY', 'CUSTOMER_PROFILE']);
    expect(last?.reasonsFor({ seesPersonalData: true })).toEqual([]);
  });

  it('gives customers with other tastes another list', () => {
    const likesA = someTastes({ total_weight: 10, category_weights: { A: 10 } });
    expect(idsOf(rankWith({ signals: { ...WARM, tastes: likesA } }))).toEqual(['1', '2', '3', '5']);
  });

  it('blends propensities in by their weight', () => {
    const list = rankWith({}, { propensityWeight: 0.9 });
    expect(idsOf(list)).toEqual(['1', '2', '3', '5']);
    expect(list.items[0]?.score).toBeCloseTo(0.1 / (1 + Math.E) + 0.9 * 0.8, 6);
  });

  it('ranks a customer of whom nothing is known by the model, which is not degraded', () => {
    const list = rankWith({ signals: { features: someFeatures(), tastes: someTastes(), propensities: new Map() } });
    expect(list).toMatchObject({ rung: 'EMBEDDED_MODEL', degraded: false });
    expect(list.items[0]?.propensity).toBeNull();
  });

  it('counts candidates before and after the filter', () => {
    const list = rankWith({}, { filter: { priceMax: 20, excludedProductIds: new Set(['1']) } });
    expect(list).toMatchObject({ candidateCount: 4, filteredCandidateCount: 1 });
    expect(idsOf(list)).toEqual(['2']);
  });

  it('leaves out what was bought lately, on every rung', () => {
    const signals = { ...WARM, tastes: { ...LIKES_B, bought_products: { '3': 2 } } };
    for (const strategy of ['RANKED', 'COLLABORATIVE', 'PROPENSITY', 'POPULAR'] as const) {
      expect(idsOf(rankWith({ signals }, { strategy }))).not.toContain('3');
    }
  });

  it('caps a category and fills up from the others', () => {
    expect(idsOf(rankWith({}, { first: 3, filter: { maxPerCategory: 1 } }))).toEqual(['3', '1']);
  });

  it('orders by neighbours, then by popularity', () => {
    const list = rankWith({}, { strategy: 'COLLABORATIVE' });
    expect(idsOf(list)).toEqual(['5', '3', '2', '1']);
    expect(list).toMatchObject({ rung: 'COLLABORATIVE', degraded: false, model: null });
    expect(list.items.map(({ score }) => score)).toEqual([1.8, 0.4, 0, 0]);
    expect(codesOf(list.items[0]?.reasonsFor(ANYBODY))).toEqual(['SIMILAR_CUSTOMERS', 'POPULAR_IN_REGION']);
    expect(codesOf(list.items[2]?.reasonsFor(ANYBODY))).toEqual(['POPULAR_IN_REGION']);
    expect(list.items[0]?.modelScore).toBeNull();
  });

  it('orders by propensity, then by popularity, then by product id', () => {
    const list = rankWith({}, { strategy: 'PROPENSITY' });
    expect(idsOf(list)).toEqual(['2', '1', '3', '5']);
    expect(list).toMatchObject({ rung: 'PROPENSITY', degraded: false });
  });

  it('orders by popularity', () => {
    const list = rankWith({}, { strategy: 'POPULAR' });
    expect(idsOf(list)).toEqual(['2', '3', '5', '1']);
    expect(list).toMatchObject({ rung: 'POPULAR', degraded: false });
  });

  it.each<[string, Partial<RankRequest>, RankOptions['strategy'], RankedList['rung']]>([
    ['no model', { ranker: null }, 'RANKED', 'PROPENSITY'],
    ['no tastes', { signals: { ...WARM, tastes: null } }, 'RANKED', 'PROPENSITY'],
    ['no features', { signals: { ...WARM, features: null } }, 'RANKED', 'PROPENSITY'],
    ['nothing at all', { signals: NOTHING_LOADED }, 'RANKED', 'POPULAR'],
    ['no neighbours', { neighbours: new Map() }, 'COLLABORATIVE', 'PROPENSITY'],
    ['nothing at all', { signals: NOTHING_LOADED }, 'COLLABORATIVE', 'POPULAR'],
    ['nothing at all', { signals: NOTHING_LOADED }, 'PROPENSITY', 'POPULAR'],
  ])('with %s goes from %s down to the next rung that can rank, and says so', (_, changes, strategy, rung) => {
    const list = rankWith(changes, { strategy });
    expect(list).toMatchObject({ rung, degraded: true, model: null });
    expect(list.items.length).toBe(4);
  });

  it('gives an empty list for an empty region', () => {
    expect(rankWith({ snapshot: aSnapshot([]) })).toMatchObject({ candidateCount: 0, items: [] });
  });

  it('gives the same list for the same request and a longer list begins with the shorter', () => {
    const strategies = fc.constantFrom('RANKED', 'COLLABORATIVE', 'PROPENSITY', 'POPULAR');
    fc.assert(
      fc.property(strategies, fc.nat(4), fc.double({ min: 0, max: 1, noNaN: true }), (strategy, first, weight) => {
        const options = { strategy, propensityWeight: weight } as const;
        const short = rankWith({}, { ...options, first });
        expect(shown(rankWith({}, { ...options, first }))).toEqual(shown(short));
        const long = rankWith({}, options);
        expect(shown({ ...long, items: long.items.slice(0, first) })).toEqual(shown(short));
      }),
    );
  });
});

describe('prepareRanking', () => {
  it('asks the model about the candidates', () => {
    const { question, candidates } = prepareRanking(aRequest());
    expect([...candidates.rows]).toEqual([0, 1, 2, 4]);
    expect(question?.rows).toBe(candidates.rows);
  });

  it.each<[string, Partial<RankRequest>, RankOptions['strategy']]>([
    ['there is no model', { ranker: null }, 'RANKED'],
    ['the tastes are not known', { signals: { ...WARM, tastes: null } }, 'RANKED'],
    ['the features are not known', { signals: { ...WARM, features: null } }, 'RANKED'],
    ['the strategy wants none', {}, 'COLLABORATIVE'],
    ['the strategy wants none', {}, 'PROPENSITY'],
    ['the strategy wants none', {}, 'POPULAR'],
  ])('asks the model nothing when %s', (_, changes, strategy) => {
    expect(prepareRanking(aRequest(changes, { strategy })).question).toBeNull();
  });
});

describe('finishRanking', () => {
  const prepared = prepareRanking(aRequest({ ranker: servedRanker() }));

  it('orders by the scores of the service, and names it', () => {
    const probabilities = Float32Array.of(0.1, 0.4, 0.2, 0.3);
    const list = finishRanking(prepared, { rung: 'MODEL_SERVICE', probabilities });
    expect(idsOf(list)).toEqual(['2', '5', '3', '1']);
    expect(list).toMatchObject({ rung: 'MODEL_SERVICE', degraded: false, model: { name: 'lift', version: '3' } });
    expect(list.items.map(({ modelScore }) => modelScore)).toEqual([0.4, 0.3, 0.2, 0.1].map(Math.fround));
  });

  it('gives the same items for the same scores, whoever scored', () => {
    const scores = embeddedScores(prepared.question);
    const embedded = finishRanking(prepared, scores);
    const served = finishRanking(prepared, scores && { ...scores, rung: 'MODEL_SERVICE' });
    expect(shown({ ...served, rung: 'EMBEDDED_MODEL', degraded: true })).toEqual(shown(embedded));
  });

  it('is degraded when the forest had to step in for the service', () => {
    const list = finishRanking(prepared, embeddedScores(prepared.question));
    expect(list).toMatchObject({ rung: 'EMBEDDED_MODEL', degraded: true, model: { name: 'lift' } });
  });

  it('goes down to the propensities when nobody could score', () => {
    expect(finishRanking(prepared, null)).toMatchObject({ rung: 'PROPENSITY', degraded: true, model: null });
  });
});

describe('prepareAffinities', () => {
  const rows = Int32Array.of(4, 3);

  it('gives the probability that the list shows, for products out of stock too', () => {
    const listed = rankWith().items.find(({ productId }) => productId === '5')?.modelScore;
    const scores = embeddedScores(prepareAffinities(aRequest(), rows));
    expect([...(scores?.probabilities ?? [])]).toEqual([listed, listed]);
  });

  it('is null without a model and without signals', () => {
    expect(prepareAffinities(aRequest({ ranker: null }), rows)).toBeNull();
    expect(prepareAffinities(aRequest({ signals: NOTHING_LOADED }), rows)).toBeNull();
  });
});
