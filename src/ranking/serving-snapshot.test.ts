import { describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { FEATURES, type FeatureKind } from './features.ts';
import { createForest, type Forest } from './forest/forest.ts';
import { createRanker, type Manifest } from './manifest.ts';
import { finishRanking, prepareRanking, type RankedList, type Ranker, type RankRequest } from './rank.ts';
import { prepareServing, type ServingSnapshot } from './serving-snapshot.ts';
import type { CustomerSignals } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

const TOLERANCE = 1e-6;
const PRODUCTS = 700;
const OPTIONS = { strategy: 'RANKED', first: 40, propensityWeight: 0, repeatDays: 7, filter: {} } as const;

/** Uniform from 0 to 1, the same sequence for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function someKey(random: () => number, count: number): string {
  return `K${String(Math.floor(random() * count))}`;
}

/** Ids with gaps, prices that repeat, a tenth out of stock, statistics that are not known everywhere. */
function aRegion(random: () => number): RegionSnapshot {
  const statistic = () => (random() < 0.05 ? null : 4 * random() - 2);
  return aSnapshot(
    Array.from({ length: PRODUCTS }, (_, index) => ({
      product_id: String(1000 + 3 * index),
      category_id: someKey(random, 9),
      brand: someKey(random, 40),
      price: (Math.ceil(200 * random()) / 2).toFixed(2),
      product_tier: random() < 0.5 ? 'mid_range' : 'premium',
      is_perishable: random() < 0.2,
      quantity_on_hand: random() < 0.1 ? 0 : 3,
      relative_price: statistic(),
      popularity: statistic(),
      view_popularity: statistic(),
    })),
    [{ kind: 'category', key: 'K1', share: 0.4 }],
  );
}

function aCustomer(random: () => number): CustomerSignals {
  const some = (count: number, key: () => string, most: number) =>
    Object.fromEntries(Array.from({ length: count }, () => [key(), Math.round(most * random())]));
  // Some of the ids are not of the region.
  const product = () => String(1000 + Math.floor(3.3 * PRODUCTS * random()));
  return {
    features: someFeatures({ age: random() < 0.3 ? null : 60 * random(), avg_browsed_price: 90 * random() }),
    tastes: someTastes({
      total_weight: 30 * random(),
      category_weights: some(4, () => someKey(random, 9), 9),
      brand_weights: some(9, () => someKey(random, 40), 5),
      relative_price_mean: random() - 0.5,
      relative_price_mean_bought: random() - 0.5,
      recent_products: some(60, product, 9),
      bought_products: some(40, product, 90),
    }),
    propensities: new Map([['K1', 0.3]]),
  };
}

/** A forest over every feature that there is, whose thresholds are spread over what the features take. */
function everyFeatureRanker(random: () => number): Ranker {
  const names = [...FEATURES.keys()];
  const trees = Array.from({ length: 80 }, () => {
    const feature = [0, 0, 0].map(() => Math.floor(random() * names.length));
    const threshold = feature.map(() => (random() < 0.7 ? 3 * random() - 1.5 : 90 * random()));
    return {
      nodeCount: 7,
      left: [1, 3, 5, -1, -1, -1, -1],
      right: [2, 4, 6, -1, -1, -1, -1],
      feature: [...feature, 0, 0, 0, 0],
      threshold: [...threshold, ...[0, 0, 0, 0].map(() => random() - 0.5)].map(Math.fround),
      defaultLeft: [1, 0, 1, 0, 0, 0, 0],
      cover: [4, 2, 2, 2, 2, 2, 2],
    };
  });
  return rankerOf(
    names,
    createForest({
      objective: 'binary:logistic',
      featureNames: names,
      featureCount: names.length,
      baseMargin: -1,
      trees,
    }),
  );
}

function rankerOf(names: readonly string[], forest: Forest): Ranker {
  const manifest: Manifest = {
    name: 'every',
    version: '1',
    objective: 'binary:logistic',
    features: names.map((name) => ({ name, kind: FEATURES.get(name)?.kind as FeatureKind })),
    outputColumn: 'output_feature_1',
    metrics: {},
    trainingDataHash: '-',
    createdFrom: '-',
  };
  return createRanker(manifest, forest, []);
}

/** The list when the process scores: on the layout, or row by row where there is none. */
function listOf(request: RankRequest): RankedList {
  const prepared = prepareRanking(request);
  const probabilities = prepared.question && request.ranker?.scorers[0]?.score(prepared.question);
  if (!(probabilities instanceof Float32Array)) throw new Error('nothing was scored at once');
  return finishRanking(prepared, { rung: 'EMBEDDED_MODEL', probabilities });
}

describe('a snapshot laid out for the ranker’s forest', () => {
  it('gives the lists that walking the trees row by row gives, for every feature, filter and blend', async () => {
    const random = createRandom(7);
    for (let world = 0; world < 6; world += 1) {
      const ranker = everyFeatureRanker(random);
      const { snapshot, prepared } = await prepareServing(ranker, aRegion(random));
      expect(prepared?.productCount).toBe(PRODUCTS);
      for (let customer = 0; customer < 12; customer += 1) {
        const filter =
          customer % 3 === 0 ? { categoryIds: new Set(['K1', 'K4']), priceMax: 70, maxPerCategory: 9 } : {};
        const options = { ...OPTIONS, filter, propensityWeight: customer % 2 === 0 ? 0 : 0.3 };
        const request = { snapshot, signals: aCustomer(random), ranker, neighbours: new Map(), list: [], options };
        const fast = listOf({ ...request, prepared });
        const slow = listOf({ ...request, prepared: null });
        expect(fast.items.length).toBe(slow.items.length);
        expect({ ...fast, items: [] }).toEqual({ ...slow, items: [] });
        const slowById = new Map(slow.items.map((item) => [item.productId, item]));
        fast.items.forEach((item, place) => {
          expect(Math.abs(item.score - (slow.items[place]?.score ?? NaN))).toBeLessThan(TOLERANCE);
          // Only products whose scores cannot be told apart may have changed places, at the end of the list too.
          const same = slowById.get(item.productId) ?? slow.items.at(-1);
          expect(Math.abs(item.score - (same?.score ?? NaN))).toBeLessThan(TOLERANCE);
        });
      }
    }
  });

  it('is kept while only stock changes, and made anew when anything that the model reads does', async () => {
    const random = createRandom(8);
    const ranker = everyFeatureRanker(random);
    const first = await prepareServing(ranker, aRegion(createRandom(9)));
    const again = (change: (snapshot: RegionSnapshot) => void): Promise<ServingSnapshot> => {
      const snapshot = aRegion(createRandom(9));
      change(snapshot);
      return prepareServing(ranker, snapshot, first);
    };
    const soldOut = await again(({ quantitiesOnHand }) => quantitiesOnHand.fill(0));
    expect(soldOut.prepared).toBe(first.prepared);
    expect(soldOut.snapshot.quantitiesOnHand[0]).toBe(0);
    const changes: ((snapshot: RegionSnapshot) => unknown)[] = [
      ({ prices }) => (prices[PRODUCTS - 1] = 1),
      ({ relativePrices }) => (relativePrices[0] = 9),
      ({ popularities }) => (popularities[3] = 9),
      ({ brandCodes }) => (brandCodes[5] = ((brandCodes[5] ?? 0) + 1) % 40),
    ];
    for (const change of changes) expect((await again(change)).prepared).not.toBe(first.prepared);
  });

  it('is patched where a price changed, and laid out anew where all of them did', async () => {
    const ranker = everyFeatureRanker(createRandom(8));
    const first = await prepareServing(ranker, aRegion(createRandom(9)));
    const priced = async (price: (row: number) => number | undefined, previous?: ServingSnapshot) => {
      const snapshot = aRegion(createRandom(9));
      snapshot.prices.forEach((old, row) => (snapshot.prices[row] = price(row) ?? old));
      return prepareServing(ranker, snapshot, previous);
    };
    const oneChanged = (row: number): number | undefined => (row === 77 ? 123.45 : undefined);
    const patched = await priced(oneChanged, first);
    const anew = await priced(oneChanged);
    // The price is a feature and the axis of others.
    expect([first, patched, anew].map(({ prepared }) => prepared?.patchedRows)).toEqual([0, 2, 0]);
    const signals = aCustomer(createRandom(10));
    const request = { signals, ranker, list: [], neighbours: new Map(), options: OPTIONS };
    const scoresOf = (serving: ServingSnapshot) =>
      listOf({ ...request, ...serving }).items.map(({ productId, score }) => [productId, score]);
    expect(scoresOf(patched)).toEqual(scoresOf(anew));
    expect((await priced((row) => row + 1, first)).prepared?.patchedRows).toBe(0);
  });

  it('does not exist without a ranker, or for a model beyond the engine’s limits, which ranks all the same', async () => {
    const random = createRandom(10);
    const snapshot = aRegion(random);
    expect(await prepareServing(null, snapshot)).toEqual({ snapshot, prepared: null });
    const { forest, columns } = everyFeatureRanker(random);
    const tree = {
      nodeCount: 3,
      left: [1, -1, -1],
      right: [2, -1, -1],
      feature: [0, 0, 0],
      threshold: [0, -1e30, 1e30],
      defaultLeft: [0, 0, 0],
      cover: [2, 1, 1],
    };
    const ranker = rankerOf(columns, createForest({ ...forest.parts, trees: [...forest.parts.trees, tree] }));
    expect(ranker.engineRefusal).toContain('too far apart');
    const serving = await prepareServing(ranker, snapshot);
    expect(serving).toEqual({ snapshot, prepared: null });
    const request = {
      ...serving,
      signals: aCustomer(random),
      ranker,
      neighbours: new Map(),
      list: [],
      options: OPTIONS,
    };
    expect(listOf(request).items).toHaveLength(OPTIONS.first);
  });
});
