import { describe, expect, it } from 'vitest';
import { CategoryDemand, DEMAND_DAYS } from '../demand/category-demand.ts';
import { Random } from '../demo-data/random.ts';
import { CategoryInterests, type Visitor } from './category-interests.ts';
import type { CategoryVisit } from './category-visits.ts';

const CATEGORIES = 6;
const INTENT_FACTOR = Math.exp(2);
const LOOKS_PER_VISIT = 4;

/** Nobody looked at anything: every category is wanted alike. */
const DEMAND = new CategoryDemand(
  { regions: [], products: [], days: [], weights: [] },
  Array.from({ length: CATEGORIES }, (_, category) => category),
  1,
);

function visitOf(day: number, looks: ReadonlyMap<number, number>, rest: Partial<CategoryVisit> = {}): CategoryVisit {
  return {
    day,
    looked: [...looks.keys()],
    looks: [...looks.values()],
    ordered: [],
    boughtInStore: [],
    browsed: [],
    ...rest,
  };
}

/** A visit of somebody with these shares, as the search describes it. */
function visit(random: Random, shares: readonly number[], day: number): CategoryVisit {
  const intent = random.pickIndex(shares);
  const following = shares.map((share, category) => share * (category === intent ? INTENT_FACTOR : 1));
  const looks = new Map<number, number>();
  for (let look = 0; look < LOOKS_PER_VISIT; look += 1) {
    const category = random.chance(0.3) ? random.integer(0, CATEGORIES - 1) : random.pickIndex(following);
    looks.set(category, (looks.get(category) ?? 0) + 1);
  }
  return visitOf(day, looks);
}

const OLD = [0.05, 0.05, 0.1, 0.1, 0.2, 0.5];
const YOUNG = [...OLD].reverse();

function visitor(random: Random, shares: readonly number[], ageBand: number | null, visits: number): Visitor {
  const days = Array.from({ length: visits }, () => random.integer(120, DEMAND_DAYS - 1));
  return { region: 0, ageBand, visits: days.sort((a, b) => a - b).map((day) => visit(random, shares, day)) };
}

const random = new Random(7, 'interests');
const CROWD = Array.from({ length: 600 }, (_, index) =>
  visitor(random, index % 2 === 0 ? YOUNG : OLD, (index % 2) * 3, 6),
);
const INTERESTS = CategoryInterests.learn(DEMAND, CROWD, 4);
const NOBODY: Visitor = { region: 0, ageBand: null, visits: [] };

/** Shares of everybody, young and old alike: what likings are measured against. */
const USUAL = YOUNG.map((share, category) => (share + (OLD[category] as number)) / 2);

describe('interests', () => {
  it('of somebody of whom many visits are known are how often the customer comes for what, not how often it is looked at', () => {
    const shares = [0.6, 0.2, 0.05, 0.05, 0.05, 0.05];
    const { likings } = INTERESTS.of(visitor(random, shares, null, 200));
    likings.forEach((liking, category) => {
      const share = Math.exp(liking) * (USUAL[category] as number);
      expect(Math.abs(share - (shares[category] as number))).toBeLessThan(0.06);
    });
  });

  it('of somebody who never came are those of people of the age, and none where that is not known', () => {
    const young = INTERESTS.of({ ...NOBODY, ageBand: 0 }).likings;
    const old = INTERESTS.of({ ...NOBODY, ageBand: 3 }).likings;
    expect(young[0]).toBeGreaterThan(0.3);
    expect(young[5]).toBeLessThan(-0.3);
    expect(old[0]).toBeLessThan(-0.3);
    expect(old[5]).toBeGreaterThan(0.3);
    INTERESTS.of(NOBODY).likings.forEach((liking) => {
      expect(Math.abs(liking)).toBeLessThan(0.3);
    });
  });

  it('are in what a visit keeps to: looks elsewhere follow the crowd', () => {
    const visits = Array.from({ length: 12 }, (_, index) => visitOf(160 + index, new Map([[1, 5], [4, 1]]))); // prettier-ignore
    const { followed, likings } = INTERESTS.of({ ...NOBODY, visits });
    const [kept, strayed] = followed.at(-1) as Float64Array;
    expect(kept).toBeGreaterThan(0.9);
    expect(strayed).toBeLessThan(0.6);
    expect(likings[1]).toBeGreaterThan(likings[4] as number);
  });

  it('are told by browsing, by orders and by purchases in stores', () => {
    const likingOf = (rest: Partial<CategoryVisit>): number =>
      INTERESTS.of({ ...NOBODY, visits: [visitOf(179, new Map(), rest)] }).likings[2] as number;
    const nothing = INTERESTS.of(NOBODY).likings[2] as number;
    expect(likingOf({ browsed: [2] })).toBeGreaterThan(nothing + 0.2);
    expect(likingOf({ ordered: [2] })).toBeGreaterThan(nothing + 0.1);
    expect(likingOf({ boughtInStore: [2] })).toBeGreaterThan(likingOf({ ordered: [2] }));
  });

  it('change: what was wanted last counts most', () => {
    const after = (first: number, last: number): Float64Array =>
      INTERESTS.of({
        ...NOBODY,
        visits: [20, 30, 40, 160, 170, 179].map((day) => visitOf(day, new Map([[day < 100 ? first : last, 4]]))),
      }).likings;
    expect(after(2, 3)[3]).toBeGreaterThan(after(3, 2)[3] as number);
  });

  it('are finite after a visit of thousands of looks, and of days before all demand', () => {
    const looks = new Map(Array.from({ length: CATEGORIES }, (_, category) => [category, 5000 * (category + 1)]));
    const { likings, followed } = INTERESTS.of({ ...NOBODY, region: -1, visits: [visitOf(-9000, looks)] });
    expect([...likings, ...(followed[0] as Float64Array)].every(Number.isFinite)).toBe(true);
  });

  it('are the same for the same visits', () => {
    const same = (): unknown => CategoryInterests.learn(DEMAND, CROWD, 4).of(CROWD[0] as Visitor);
    expect(same()).toEqual(same());
  });
});
