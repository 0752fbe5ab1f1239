import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { aSnapshot, someFeatures, someTastes } from '../../test/support/ranking-builders.ts';
import { WorkSlices } from '../batching/work-slices.ts';
import { createMetrics } from '../metrics.ts';
import type { ModelQuestion } from '../ranking/model-scorer.ts';
import type { Ranker, RankRequest } from '../ranking/rank.ts';
import { ListRankings } from './list-rankings.ts';

/** Milliseconds by the clock of a list. */
const LIST_MS = 3;

let clock: number;
let slices: WorkSlices;
const snapshot = aSnapshot([{ product_id: '1' }, { product_id: '2' }]);
const signals = { features: someFeatures(), tastes: someTastes(), propensities: new Map<string, number>() };

const ranker = {
  scorers: [
    {
      rung: 'EMBEDDED_MODEL',
      score: ({ rows }: ModelQuestion) => {
        clock += LIST_MS;
        return Float32Array.from(rows, (row) => row / 10);
      },
    },
  ],
  reasonTemplates: [],
} as unknown as Ranker;

const request: RankRequest = {
  snapshot,
  prepared: null,
  signals,
  ranker,
  list: [],
  neighbours: new Map(),
  options: { strategy: 'RANKED', first: 2, propensityWeight: 0, repeatDays: 0, filter: {} },
};

const ofRequest = (): ListRankings => new ListRankings({ ranker, slices, metrics: createMetrics() });

beforeEach(() => {
  clock = 0;
  slices = new WorkSlices(() => clock);
});

describe('ListRankings', () => {
  it('lets the event loop turn between the lists of a request, and has them ready together', async () => {
    const rankings = ofRequest();
    const ready: number[] = [];
    let turns = 0;
    const counting = (async () => {
      while (ready.length < 5) {
        await turn();
        turns += 1;
      }
    })();
    const lists = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { list } = await rankings.rank(request);
        ready.push(turns);
        return list.items.map(({ productId }) => productId);
      }),
    );
    await counting;
    expect(lists).toEqual(Array.from({ length: 5 }, () => ['2', '1']));
    // Two lists fit into a slice, so the last is ranked in the third turn, and none is ready before it.
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(new Set(ready).size).toBe(1);
    expect(ready[0]).toBeGreaterThanOrEqual(1);
  });

  it('does not make a request wait for the lists of another', async () => {
    const done: string[] = [];
    const first = ofRequest()
      .rank(request)
      .then(() => done.push('first'));
    const others = ofRequest();
    const rest = Array.from({ length: 4 }, () => others.rank(request).then(() => done.push('other')));
    await first;
    expect(done).toEqual(['first']);
    await Promise.all(rest);
  });

  it('fails a list alone, and the others become ready', async () => {
    const rankings = ofRequest();
    const broken = { ...request, options: { ...request.options, filter: null } } as unknown as RankRequest;
    const [one, other] = await Promise.allSettled([rankings.rank(broken), rankings.rank(request)]);
    expect([one.status, other.status]).toEqual(['rejected', 'fulfilled']);
    expect((await rankings.rank(request)).list.items.length).toBe(2);
  });
});
