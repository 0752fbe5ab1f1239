import type { CategoryDemand } from '../demand/category-demand.ts';
import { ageOfDay } from '../shopping-days.ts';
import type { CategoryVisit } from './category-visits.ts';
import { InterestSearch, type VisitOutlook } from './interest-search.ts';

/** What somebody came for counts half after so many days: interests change. */
const HALF_LIFE_DAYS = 70;
/** People of the same age are believed as much as so many choices of the customer's own. */
const PRIOR_WEIGHT = 7;
/** Interests of people of an age are learned in so many rounds. */
const ROUNDS = 2;
/** No age dislikes a category more than this, against everybody. */
const AGE_LIKING_MIN = 0.1;

/** A customer of whom interests are wanted. */
export interface Visitor {
  readonly region: number;
  /** Null when the age is not known. */
  readonly ageBand: number | null;
  readonly visits: readonly CategoryVisit[];
}

/** What the visits of a customer say. */
export interface Interests {
  /** By category: ln of how many times as often the customer comes for it as others do. */
  readonly likings: Float64Array;
  /** By visit, and then by place in its `looked`: how likely the looks followed the customer's own interests. */
  readonly followed: readonly Float64Array[];
}

/**
 * Which categories customers come for, by how they look around: a visit is for one category, from which more is looked
 * at than from the others in which the customer is interested, and some looks follow what everybody wants. Who is known
 * little is taken for what people of that age are.
 */
export class CategoryInterests {
  readonly #demand: CategoryDemand;
  /** By age band, and last for those of unknown age: shares that are expected before any visit. */
  #expected: readonly Float64Array[];
  readonly #outlooks = new Map<Float64Array, VisitOutlook>();

  private constructor(demand: CategoryDemand, expected: readonly Float64Array[]) {
    this.#demand = demand;
    this.#expected = expected;
  }

  /** Learns what people of each age are interested in from these visitors. */
  static learn(demand: CategoryDemand, visitors: readonly Visitor[], bandCount: number): CategoryInterests {
    const interests = new CategoryInterests(demand, expectedByLooks(demand, visitors, bandCount));
    for (let round = 0; round < ROUNDS; round += 1) interests.#relearn(visitors);
    return interests;
  }

  /** The same visits give the same interests. */
  of(visitor: Visitor): Interests {
    const { shares, followed } = this.#search(visitor);
    const usual = this.#expected.at(-1) as Float64Array;
    return { likings: shares.map((share, category) => Math.log(share / (usual[category] as number))), followed };
  }

  #relearn(visitors: readonly Visitor[]): void {
    const sums = this.#expected.map((expected) => expected.slice());
    for (const visitor of visitors) {
      const { shares } = this.#search(visitor);
      for (const band of visitor.ageBand === null ? [-1] : [visitor.ageBand, -1]) {
        const sum = sums.at(band) as Float64Array;
        shares.forEach((share, category) => (sum[category] = (sum[category] as number) + share));
      }
    }
    this.#expected = sums.map(normalized);
    this.#outlooks.clear();
  }

  #search({ region, ageBand, visits }: Visitor): { shares: Float64Array; followed: readonly Float64Array[] } {
    const search = new InterestSearch({
      expected: this.#expected.at(ageBand ?? -1) as Float64Array,
      expectedWeight: PRIOR_WEIGHT,
      visits,
      weights: visits.map(({ day }) => 2 ** (-ageOfDay(day) / HALF_LIFE_DAYS)),
      outlooks: visits.map(({ day }) => this.#outlook(region, day)),
    });
    return search.run();
  }

  /** What is there to be wanted on a day, in a region. */
  #outlook(region: number, day: number): VisitOutlook {
    const wanted = this.#demand.sharesOn(region, day);
    let outlook = this.#outlooks.get(wanted);
    if (!outlook) {
      const usual = this.#expected.at(-1) as Float64Array;
      const appeal = wanted.map((share, category) => share / (usual[category] as number));
      const mean = appeal.reduce((sum, one) => sum + one, 0) / appeal.length;
      outlook = { wanted, appeal: appeal.map((one) => one / mean) };
      this.#outlooks.set(wanted, outlook);
    }
    return outlook;
  }
}

/** What people of an age look at against what was to be expected, as far as looks follow interests at all. */
function expectedByLooks(demand: CategoryDemand, visitors: readonly Visitor[], bandCount: number): Float64Array[] {
  const zeros = (): Float64Array[] =>
    Array.from({ length: bandCount + 1 }, () => new Float64Array(demand.categoryCount).fill(1));
  const [looked, usual] = [zeros(), zeros()];
  for (const { region, ageBand, visits } of visitors) {
    for (const { day, looked: categories, looks } of visits) {
      const wanted = demand.sharesOn(region, day);
      const count = looks.reduce((sum, one) => sum + one, 0);
      for (const band of ageBand === null ? [-1] : [ageBand, -1]) {
        const [own, other] = [looked.at(band) as Float64Array, usual.at(band) as Float64Array];
        categories.forEach((category, place) => (own[category] = (own[category] as number) + (looks[place] as number)));
        wanted.forEach((share, category) => (other[category] = (other[category] as number) + count * share));
      }
    }
  }
  return looked.map((own, band) =>
    normalized(
      own.map((count, category) => {
        const times = count / ((usual[band] as Float64Array)[category] as number);
        return Math.max((times - InterestSearch.LOOKING_AROUND) / (1 - InterestSearch.LOOKING_AROUND), AGE_LIKING_MIN);
      }),
    ),
  );
}

function normalized(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}
