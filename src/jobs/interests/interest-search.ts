import type { CategoryVisit } from './category-visits.ts';

/** From the category that a visit is for, so many times as much is looked at as the customer's interest alone says. */
const INTENT_FACTOR = Math.exp(2);
const BONUS = INTENT_FACTOR - 1;
/** Who browses a category came for it, e to this times as likely as not. */
const BROWSED_FACTOR = Math.exp(8);
/** An order says of what the customer is interested in, beyond the look before it, as much as so many choices. */
const ORDER_WEIGHT = 0.35;
/** Altogether at least this much of the interest is spread over all categories. */
const SPREAD = 0.09;
/** No visit is ever held to be less likely for a category than this. */
const CHANCE_MIN = 1e-12;
const STEPS = 5;
const BALANCING_STEPS = 6;
const NO_LOOKS = new Float64Array();

/** What is there to be wanted on the day of a visit, by category. */
export interface VisitOutlook {
  /** Shares of what the region wants. */
  readonly wanted: Float64Array;
  /** How much more of a category is wanted than interest in it says: 1 on average. */
  readonly appeal: Float64Array;
}

/** What a search is made from; visits, weights and outlooks run in parallel. */
export interface InterestSearchOptions {
  /** Shares by category, all above 0, that are expected before any visit. */
  readonly expected: Float64Array;
  /** They are believed as much as so many choices. */
  readonly expectedWeight: number;
  readonly visits: readonly CategoryVisit[];
  readonly weights: readonly number[];
  readonly outlooks: readonly VisitOutlook[];
}

/**
 * Finds the shares of the categories in a customer's interests that make the visits most likely. A visit is for one
 * category, drawn by the shares. Looks fall on a category in proportion to share × appeal, INTENT_FACTOR times that for
 * the one that the visit is for; LOOKING_AROUND of them follow what the region wants instead. What is bought in a store
 * follows share × appeal. Each step reckons how likely each visit was for each category and takes the shares that suit
 * that best (expectation and maximization; where the shares stand in a divisor, it stays as it was before the step).
 */
export class InterestSearch {
  /** Share of looks that follow no interest. */
  static readonly LOOKING_AROUND = 0.3;

  readonly #options: InterestSearchOptions;
  #shares: Float64Array;
  /** By category: choices that followed the interests, and what was to be expected of them for a share of 1. */
  readonly #chosen: Float64Array;
  readonly #exposed: Float64Array;
  // Of the visit that is looked at.
  readonly #pull: Float64Array;
  /** How far a look reaches a category that pulls with 1, by what the visit is for. */
  readonly #reach: Float64Array;
  readonly #intents: Float64Array;
  readonly #likelihoods: Float64Array;
  readonly #rates: Float64Array;

  constructor(options: InterestSearchOptions) {
    const count = options.expected.length;
    this.#options = options;
    this.#shares = options.expected.slice();
    this.#chosen = new Float64Array(count);
    this.#exposed = new Float64Array(count);
    this.#pull = new Float64Array(count);
    this.#reach = new Float64Array(count);
    this.#intents = new Float64Array(count);
    this.#likelihoods = new Float64Array(count);
    this.#rates = new Float64Array(count);
  }

  /** The shares, which add up to 1, and by visit and place in `looked` how likely the looks followed the interests. */
  run(): { shares: Float64Array; followed: readonly Float64Array[] } {
    let followed: readonly Float64Array[] = [];
    for (let step = 0; step < STEPS; step += 1) followed = this.#step();
    return { shares: this.#shares, followed };
  }

  #step(): readonly Float64Array[] {
    const { visits, weights, outlooks, expected, expectedWeight } = this.#options;
    this.#chosen.forEach((_, category) => {
      this.#chosen[category] = expectedWeight * (expected[category] as number);
      this.#exposed[category] = 0;
    });
    const followed = visits.map((visit, index) =>
      this.#addVisit(visit, outlooks[index] as VisitOutlook, weights[index] as number),
    );
    this.#maximize();
    return followed;
  }

  #addVisit(visit: CategoryVisit, outlook: VisitOutlook, weight: number): Float64Array {
    const { appeal } = outlook;
    const total = this.#fillPull(appeal);
    for (const category of visit.ordered) add(this.#chosen, category, weight * ORDER_WEIGHT);
    for (const category of visit.boughtInStore) add(this.#chosen, category, weight);
    this.#rates.fill(0);
    let everywhere = visit.boughtInStore.length / total;
    let followed: Float64Array = NO_LOOKS;
    if (visit.looked.length > 0 || visit.browsed.length > 0) {
      for (let intent = 0; intent < this.#reach.length; intent += 1) {
        this.#reach[intent] = (1 - InterestSearch.LOOKING_AROUND) / (total + BONUS * (this.#pull[intent] as number));
      }
      this.#explain(visit, outlook);
      followed = this.#follow(visit, outlook, weight);
      for (let intent = 0; intent < this.#rates.length; intent += 1) {
        add(this.#chosen, intent, weight * (this.#intents[intent] as number));
        everywhere += this.#rates[intent] as number;
      }
    }
    for (let category = 0; category < appeal.length; category += 1) {
      const rate = everywhere + BONUS * (this.#rates[category] as number);
      add(this.#exposed, category, weight * (appeal[category] as number) * rate);
    }
    return followed;
  }

  /** How much each category pulls; returns the sum. */
  #fillPull(appeal: Float64Array): number {
    let total = 0;
    for (let category = 0; category < appeal.length; category += 1) {
      const pull = (this.#shares[category] as number) * (appeal[category] as number);
      this.#pull[category] = pull;
      total += pull;
    }
    return total;
  }

  /** How likely the visit was for each category. */
  #explain({ looked, looks, browsed }: CategoryVisit, { wanted }: VisitOutlook): void {
    const [intents, likelihoods, reach] = [this.#intents, this.#likelihoods, this.#reach];
    intents.set(this.#shares);
    for (const category of browsed) intents[category] = (intents[category] as number) * BROWSED_FACTOR;
    for (let place = 0; place < looked.length; place += 1) {
      const category = looked[place] as number;
      const around = InterestSearch.LOOKING_AROUND * (wanted[category] as number);
      const pull = this.#pull[category] as number;
      for (let intent = 0; intent < intents.length; intent += 1) {
        likelihoods[intent] = pull * (reach[intent] as number) + around;
      }
      likelihoods[category] = INTENT_FACTOR * pull * (reach[category] as number) + around;
      multiply(intents, likelihoods, looks[place] as number);
    }
    normalize(intents);
  }

  /** Adds the looks as far as they followed the interests, and per intent what was to be expected of them. */
  #follow({ looked, looks }: CategoryVisit, { wanted }: VisitOutlook, weight: number): Float64Array {
    const [intents, rates, reach] = [this.#intents, this.#rates, this.#reach];
    const followed = new Float64Array(looked.length);
    for (let place = 0; place < looked.length; place += 1) {
      const category = looked[place] as number;
      const around = InterestSearch.LOOKING_AROUND * (wanted[category] as number);
      const pull = this.#pull[category] as number;
      const count = looks[place] as number;
      let chance = 0;
      for (let intent = 0; intent < intents.length; intent += 1) {
        const following = (intent === category ? INTENT_FACTOR : 1) * pull * (reach[intent] as number);
        const share = ((intents[intent] as number) * following) / (following + around);
        chance += share;
        rates[intent] =
          (rates[intent] as number) + (count * share * (reach[intent] as number)) / (1 - InterestSearch.LOOKING_AROUND);
      }
      add(this.#chosen, category, weight * count * chance);
      followed[place] = chance;
    }
    return followed;
  }

  /**
   * The shares for which chosen / share = exposed + one number for all, such that they add up to 1. Newton's method comes
   * nearer from where the greatest share is 1: the sum falls ever slower as the number grows.
   */
  #maximize(): void {
    const [chosen, exposed] = [this.#chosen, this.#exposed];
    let common = -Infinity;
    chosen.forEach((count, category) => (common = Math.max(common, count - (exposed[category] as number))));
    for (let step = 0; step < BALANCING_STEPS; step += 1) {
      let [sum, slope] = [-1, 0];
      chosen.forEach((count, category) => {
        const share = count / (common + (exposed[category] as number));
        sum += share;
        slope += share / (common + (exposed[category] as number));
      });
      common += sum / slope;
    }
    const shares = chosen.map((count, category) => count / (common + (exposed[category] as number)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    this.#shares = shares.map((share) => SPREAD / shares.length + ((1 - SPREAD) * share) / total);
  }
}

/** Takes the likelihoods of so many equal looks into account, against the greatest one so that they never come to nothing. */
function multiply(chances: Float64Array, likelihoods: Float64Array, count: number): void {
  let most = 0;
  for (const likelihood of likelihoods) most = Math.max(most, likelihood);
  for (let index = 0; index < chances.length; index += 1) {
    const times = (likelihoods[index] as number) / most;
    chances[index] = (chances[index] as number) * (count === 1 ? times : times ** count);
  }
  normalize(chances);
}

/** Makes the chances add up to 1, none below CHANCE_MIN before. */
function normalize(chances: Float64Array): void {
  let sum = 0;
  for (let index = 0; index < chances.length; index += 1) {
    chances[index] = Math.max(chances[index] as number, CHANCE_MIN);
    sum += chances[index] as number;
  }
  for (let index = 0; index < chances.length; index += 1) chances[index] = (chances[index] as number) / sum;
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] as number) + value;
}
