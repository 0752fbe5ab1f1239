import { CATEGORIES } from './assortment.ts';
import type { Customer } from './customers.ts';
import type { Memory } from './memory.ts';
import type { Random } from './random.ts';
import { categorySharesAt, type Tastes } from './tastes.ts';
import type { World } from './world.ts';

export const INTENT_FACTOR = Math.exp(2);
export const EXPLORING_SHARE = 0.3;

/** A customer in front of the shelves. */
export interface Shopper {
  readonly world: World;
  readonly customer: Customer;
  readonly tastes: Tastes;
  readonly memory: Memory;
}

/** How a choice is put to use in a session, for the rates of `addPurchaseRates`. */
export interface SessionShape {
  readonly viewsPerSession: number;
  readonly itemsPerVisit: number;
}

/**
 * The products as one customer sees them: how likely each is to be looked at, put into the cart and bought. Speaks for
 * the day that `arrive` was last called with.
 *
 * Loops over all products are plain and write into arrays made once: they run in every session and take most of the
 * generator's time.
 */
export class Choice {
  readonly #shopper: Shopper;
  readonly #attraction: Float64Array;
  readonly #storeAttraction: Float64Array;
  readonly #weights: Float64Array;
  readonly #storeCumulative: Float64Array;
  readonly #categoryWeights = new Float64Array(CATEGORIES.length);
  #shares: readonly number[] = [];
  #day = 0;

  constructor(shopper: Shopper) {
    const { fit } = shopper.tastes;
    this.#shopper = shopper;
    this.#attraction = fit.map((logit) => Math.exp(logit));
    // In the store things are at hand and can be tried: what fits counts half as much again.
    this.#storeAttraction = this.#attraction.map((attraction) => Math.sqrt(attraction));
    this.#weights = new Float64Array(fit.length);
    this.#storeCumulative = new Float64Array(fit.length);
  }

  /** Begins a session. @param day Days from the beginning of the history, with the time of day as fraction. */
  arrive(day: number): void {
    const { world, customer, tastes, memory } = this.#shopper;
    this.#day = day;
    this.#shares = categorySharesAt(tastes, day);
    this.#fillWeights(world.demand(customer.region, Math.floor(day)).weights, world.catalog.categoryOf);
    for (const id of memory.productIds())
      this.#setWeight(id, (this.#weights[id] ?? 0) * Math.exp(memory.logit(id, day)));
  }

  /** The category that the customer comes for. */
  intend(random: Random): number {
    return random.pickIndex(this.#shares);
  }

  /** The id of the product looked at next by somebody who came for that category. */
  view(random: Random, intent: number): number {
    return random.chance(EXPLORING_SHARE) ? this.#explore(random) : this.#followTaste(random, intent);
  }

  /** The id of a product bought in the store; null when nothing that attracts is there. */
  buyInStore(random: Random, inStock: Uint8Array): number | null {
    const total = this.#fillStore(inStock);
    return total > 0 ? indexAt(this.#storeCumulative, random.uniform() * total) : null;
  }

  /** Takes a product out of sight for the rest of the session, so that nobody looks at it twice in a row. */
  take(id: number): void {
    this.#setWeight(id, 0);
  }

  /** The probability that a product looked at goes into the cart. */
  cartProbability(id: number): number {
    return sigmoid(-2.3 + 0.75 * this.#match(id) - this.#reluctance(id));
  }

  /** The probability that a product in the cart is bought. */
  buyProbability(id: number): number {
    return sigmoid(-0.55 + 0.6 * this.#match(id) - this.#reluctance(id));
  }

  /** Adds to `rates`, per product, how often a session ends with its purchase on average. */
  addPurchaseRates(rates: Float64Array, { viewsPerSession, itemsPerVisit }: SessionShape): void {
    const { world, customer } = this.#shopper;
    const demand = world.demand(customer.region, Math.floor(this.#day));
    const demandTotal = demand.cumulative.at(-1) ?? 1;
    const storeTotal = this.#fillStore(undefined);
    const total = this.#categoryWeights.reduce((sum, weight) => sum + weight, 0);
    const masses = this.#shares.map((_, intent) => total + (INTENT_FACTOR - 1) * (this.#categoryWeights[intent] ?? 0));
    const withoutIntent = this.#shares.reduce((sum, share, intent) => sum + share / (masses[intent] ?? 1), 0);
    for (const { id, category } of world.catalog.products) {
      const weight = this.#weights[id] ?? 0;
      const withIntent = ((INTENT_FACTOR - 1) * (this.#shares[category] ?? 0)) / (masses[category] ?? 1);
      const viewed =
        (1 - EXPLORING_SHARE) * weight * (withoutIntent + withIntent) +
        (EXPLORING_SHARE * (demand.weights[id] ?? 0)) / demandTotal;
      const online = viewsPerSession * viewed * this.cartProbability(id) * this.buyProbability(id);
      const inStore = (itemsPerVisit * weight * (this.#storeAttraction[id] ?? 0)) / storeTotal;
      rates[id] = (rates[id] ?? 0) + (1 - customer.storeShare) * online + customer.storeShare * inStore;
    }
  }

  #fillWeights(demand: Float64Array, categoryOf: Uint8Array): void {
    const shares = Float64Array.from(this.#shares);
    const attraction = this.#attraction;
    const weights = this.#weights;
    const categoryWeights = this.#categoryWeights.fill(0);
    for (let id = 0; id < weights.length; id++) {
      const category = categoryOf[id] ?? 0;
      const weight = (shares[category] ?? 0) * (demand[id] ?? 0) * (attraction[id] ?? 0);
      weights[id] = weight;
      categoryWeights[category] = (categoryWeights[category] ?? 0) + weight;
    }
  }

  /** Fills the running sums of the weights in the store and returns the total. */
  #fillStore(inStock: Uint8Array | undefined): number {
    const weights = this.#weights;
    const attraction = this.#storeAttraction;
    const cumulative = this.#storeCumulative;
    let total = 0;
    for (let id = 0; id < weights.length; id++) {
      if (inStock === undefined || inStock[id] === 1) total += (weights[id] ?? 0) * (attraction[id] ?? 0);
      cumulative[id] = total;
    }
    return total;
  }

  #setWeight(id: number, weight: number): void {
    const category = this.#shopper.world.catalog.categoryOf[id] ?? 0;
    const change = weight - (this.#weights[id] ?? 0);
    // Rounding must not leave a category a hair below nothing.
    this.#categoryWeights[category] = Math.max((this.#categoryWeights[category] ?? 0) + change, 0);
    this.#weights[id] = weight;
  }

  #explore(random: Random): number {
    const { cumulative } = this.#shopper.world.demand(this.#shopper.customer.region, Math.floor(this.#day));
    return indexAt(cumulative, random.uniform() * (cumulative.at(-1) ?? 0));
  }

  #followTaste(random: Random, intent: number): number {
    const categoryWeights = this.#categoryWeights;
    const bonus = (INTENT_FACTOR - 1) * (categoryWeights[intent] ?? 0);
    let total = bonus;
    for (const weight of categoryWeights) total += weight;
    let left = random.uniform() * total - bonus;
    if (left < 0) return this.#pickFrom(random, intent);
    for (const [category, weight] of categoryWeights.entries()) {
      left -= weight;
      if (left < 0) return this.#pickFrom(random, category);
    }
    return this.#pickFrom(random, intent);
  }

  /** One product of the category in proportion to the weights. */
  #pickFrom(random: Random, category: number): number {
    const productIds = this.#shopper.world.catalog.productsOf[category] ?? new Int32Array();
    const weights = this.#weights;
    let left = random.uniform() * (this.#categoryWeights[category] ?? 0);
    let chosen = 0;
    for (const id of productIds) {
      const weight = weights[id] ?? 0;
      if (weight > 0) chosen = id;
      left -= weight;
      if (left < 0) break;
    }
    return chosen;
  }

  #match(id: number): number {
    const { tastes, memory, world } = this.#shopper;
    const liking = 0.35 * Math.log(CATEGORIES.length * (this.#shares[world.catalog.categoryOf[id] ?? 0] ?? 0));
    return (tastes.fit[id] ?? 0) + liking + 0.6 * memory.dueLogit(id, this.#day);
  }

  /** How much too dear it is. */
  #reluctance(id: number): number {
    const { tastes, world } = this.#shopper;
    return 0.35 * Math.max(0, (world.catalog.products[id]?.relativePrice ?? 0) - tastes.priceLevel);
  }
}

/** The first index whose running sum is above the target. */
function indexAt(cumulative: Float64Array, target: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
