import { BRANDS, CATEGORIES } from './assortment.ts';
import { STYLE_DIMENSIONS } from './catalog.ts';
import { EXPLORING_SHARE, INTENT_FACTOR } from './choice.ts';
import type { CustomerEvent } from './customer-life.ts';
import type { Customer } from './customers.ts';
import { sittingsOf, type Look, type Sitting } from './sittings.ts';
import { CATEGORY_FLOOR, categoryConcentrations, fitTo, PRICE_TOLERANCE, STYLE_WEIGHT, type Tastes } from './tastes.ts';
import type { World } from './world.ts';

const STEPS = 60;
const STEP_SIZE = 0.1;
/** Category tastes drift: a session counts half after this many days. */
const DRIFT_HALF_LIFE_DAYS = 45;
/** Mean and deviation of what a customer thinks of a brand. */
const BRAND_MEAN = 0.12;
const BRAND_DEVIATION = 0.39;
const PRICE_LEVEL_DEVIATION = 0.8;

/**
 * The tastes that make a customer's events most likely, to somebody who knows the shop and how customers behave in
 * it, but of this one no more than the events: the most that a model can learn of a customer.
 * @param events All events of the customer before `day`, in the order of time.
 */
export function estimateTastes(
  world: World,
  customer: Customer,
  events: readonly CustomerEvent[],
  day: number,
): Tastes {
  const estimate = new TasteEstimate(world, customer, sittingsOf(world, customer, events), day);
  estimate.climb();
  return estimate.tastes();
}

/** What an intent adds to the weight of its category. */
const BONUS = INTENT_FACTOR - 1;

interface Explanation {
  readonly probabilities: Float64Array;
  readonly followed: readonly Float64Array[];
}

const BRANDS_AT = CATEGORIES.length;
const STYLE_AT = BRANDS_AT + BRANDS.length;
const LEVEL_AT = STYLE_AT + STYLE_DIMENSIONS;
const PARAMETERS = LEVEL_AT + 1;

class TasteEstimate {
  readonly #world: World;
  readonly #sittings: readonly Sitting[];
  readonly #day: number;
  readonly #priorShares: number[];
  readonly #priorLevel: number;
  readonly #parameters = new Float64Array(PARAMETERS);
  readonly #shares = new Float64Array(CATEGORIES.length);
  #fit: Float64Array = new Float64Array();
  readonly #attraction: Float64Array;
  readonly #storeAttraction: Float64Array;
  /** Slopes of the log likelihood. */
  readonly #byFit: Float64Array;
  readonly #byShare = new Float64Array(CATEGORIES.length);
  #byLevel = 0;

  constructor(world: World, customer: Customer, sittings: readonly Sitting[], day: number) {
    const count = world.catalog.products.length;
    this.#world = world;
    this.#sittings = sittings;
    this.#day = day;
    this.#priorShares = categoryConcentrations(customer, world.ageTastes);
    this.#priorLevel = 0.3 * (customer.tier - 1);
    const total = this.#priorShares.reduce((sum, value) => sum + value, 0);
    this.#parameters.set(this.#priorShares.map((share) => Math.log(share / total)));
    this.#parameters.fill(BRAND_MEAN, BRANDS_AT, STYLE_AT);
    this.#parameters[LEVEL_AT] = this.#priorLevel;
    this.#attraction = new Float64Array(count);
    this.#storeAttraction = new Float64Array(count);
    this.#byFit = new Float64Array(count);
    this.#update();
  }

  /** Adam, with steps that get smaller. */
  climb(): void {
    const first = new Float64Array(PARAMETERS);
    const second = new Float64Array(PARAMETERS);
    for (let step = 1; step <= STEPS; step++) {
      const size = STEP_SIZE * (1 - (step - 1) / STEPS) + 0.005;
      this.#slopes().forEach((slope, index) => {
        first[index] = 0.9 * (first[index] ?? 0) + 0.1 * slope;
        second[index] = 0.99 * (second[index] ?? 0) + 0.01 * slope * slope;
        const mean = (first[index] ?? 0) / (1 - 0.9 ** step);
        const scale = Math.sqrt((second[index] ?? 0) / (1 - 0.99 ** step)) + 1e-8;
        this.#parameters[index] = (this.#parameters[index] ?? 0) + (size * mean) / scale;
      });
      this.#update();
    }
  }

  tastes(): Tastes {
    const shares = [...this.#shares];
    const priceLevel = this.#parameters[LEVEL_AT] ?? 0;
    return { sharesBefore: shares, sharesAfter: shares, driftDay: 0, priceLevel, fit: this.#fit };
  }

  #update(): void {
    const parameters = this.#parameters;
    const { products } = this.#world.catalog;
    const logits = parameters.subarray(0, BRANDS_AT);
    const top = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    const floor = CATEGORY_FLOOR / (1 + CATEGORIES.length * CATEGORY_FLOOR);
    logits.forEach((logit, category) => {
      this.#shares[category] = floor + ((1 - CATEGORIES.length * floor) * Math.exp(logit - top)) / total;
    });
    this.#fit = fitTo(products, {
      brands: parameters.subarray(BRANDS_AT, STYLE_AT),
      style: parameters.subarray(STYLE_AT, LEVEL_AT),
      priceLevel: parameters[LEVEL_AT] ?? 0,
    });
    for (const { id, category } of products) {
      const fit = this.#fit[id] ?? 0;
      this.#attraction[id] = (this.#shares[category] ?? 0) * Math.exp(fit);
      this.#storeAttraction[id] = (this.#shares[category] ?? 0) * Math.exp(1.5 * fit);
    }
  }

  /** Slopes of the log posterior along the parameters. */
  #slopes(): Float64Array {
    this.#byFit.fill(0);
    this.#byShare.fill(0);
    this.#byLevel = 0;
    for (const sitting of this.#sittings) {
      const weight = 2 ** (-(this.#day - sitting.day) / DRIFT_HALF_LIFE_DAYS);
      if (sitting.storePurchases.length > 0) this.#addStore(sitting, weight);
      if (sitting.looks.length > 0) this.#addLooks(sitting, weight);
      for (const look of sitting.looks) this.#addDecisions(look, weight);
    }
    return this.#chained();
  }

  #addStore(sitting: Sitting, drift: number): void {
    const { categoryOf } = this.#world.catalog;
    const {
      demand: { weights },
      inStock,
      remembered,
      storePurchases,
    } = sitting;
    const attraction = this.#storeAttraction;
    let total = 0;
    for (let id = 0; id < attraction.length; id++)
      total += (inStock[id] ?? 0) * (weights[id] ?? 0) * (attraction[id] ?? 0);
    for (const [id, factor] of remembered)
      total += (factor - 1) * (inStock[id] ?? 0) * (weights[id] ?? 0) * (attraction[id] ?? 0);
    const scale = storePurchases.length / total;
    for (let id = 0; id < attraction.length; id++) {
      if (inStock[id] !== 1) continue;
      const expected =
        scale * (weights[id] ?? 0) * (attraction[id] ?? 0) * (remembered.size === 0 ? 1 : (remembered.get(id) ?? 1));
      this.#byFit[id] = (this.#byFit[id] ?? 0) - 1.5 * expected;
      this.#byShare[categoryOf[id] ?? 0] = (this.#byShare[categoryOf[id] ?? 0] ?? 0) - drift * expected;
    }
    for (const id of storePurchases) {
      this.#byFit[id] = (this.#byFit[id] ?? 0) + 1.5;
      this.#byShare[categoryOf[id] ?? 0] = (this.#byShare[categoryOf[id] ?? 0] ?? 0) + drift;
    }
  }

  #addLooks(sitting: Sitting, drift: number): void {
    const masses = this.#massesOf(sitting);
    const mass = masses.reduce((sum, one) => sum + one, 0);
    const { probabilities, followed } = this.#explain(sitting, masses, mass);
    let everywhere = 0;
    const here = new Float64Array(CATEGORIES.length);
    for (let intent = 0; intent < CATEGORIES.length; intent++) {
      const probability = probabilities[intent] ?? 0;
      add(this.#byShare, intent, drift * probability);
      let count = 0;
      sitting.looks.forEach(({ id }, place) => {
        const share = probability * (followed[place]?.[intent] ?? 0);
        count += share;
        this.#addLook(id, share, drift);
      });
      const rate = count / (mass + BONUS * (masses[intent] ?? 0));
      everywhere += rate;
      here[intent] = rate;
    }
    this.#takeExpected(sitting, drift, everywhere, here);
  }

  /** The weight of all products of each category. */
  #massesOf({ demand: { weights }, remembered }: Sitting): Float64Array {
    const { categoryOf } = this.#world.catalog;
    const masses = new Float64Array(CATEGORIES.length);
    for (let id = 0; id < this.#attraction.length; id++) {
      add(masses, categoryOf[id] ?? 0, (weights[id] ?? 0) * (this.#attraction[id] ?? 0));
    }
    for (const [id, factor] of remembered) {
      add(masses, categoryOf[id] ?? 0, (factor - 1) * (weights[id] ?? 0) * (this.#attraction[id] ?? 0));
    }
    return masses;
  }

  /** How likely each intent is after what was looked at, and per look and intent how likely it followed taste. */
  #explain({ demand, remembered, looks }: Sitting, masses: Float64Array, mass: number): Explanation {
    const { categoryOf } = this.#world.catalog;
    const logits = Float64Array.from(this.#shares, (share) => Math.log(share));
    const explored = demand.cumulative.at(-1) ?? 1;
    const followed = looks.map(({ id }) => {
      const weight = (demand.weights[id] ?? 0) * (this.#attraction[id] ?? 0) * (remembered.get(id) ?? 1);
      const exploring = (EXPLORING_SHARE * (demand.weights[id] ?? 0)) / explored;
      return logits.map((logit, intent) => {
        const factor = categoryOf[id] === intent ? INTENT_FACTOR : 1;
        const following = ((1 - EXPLORING_SHARE) * weight * factor) / (mass + BONUS * (masses[intent] ?? 0));
        logits[intent] = logit + Math.log(following + exploring);
        return following / (following + exploring);
      });
    });
    const top = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    return { probabilities: logits.map((logit) => Math.exp(logit - top) / total), followed };
  }

  #addLook(id: number, share: number, drift: number): void {
    add(this.#byFit, id, share);
    add(this.#byShare, this.#world.catalog.categoryOf[id] ?? 0, drift * share);
  }

  /** Takes off what was to be expected of each product. */
  #takeExpected(
    { demand: { weights }, remembered }: Sitting,
    drift: number,
    everywhere: number,
    here: Float64Array,
  ): void {
    const { categoryOf } = this.#world.catalog;
    const expected = (id: number): number =>
      (weights[id] ?? 0) * (this.#attraction[id] ?? 0) * (everywhere + BONUS * (here[categoryOf[id] ?? 0] ?? 0));
    for (let id = 0; id < this.#attraction.length; id++) this.#addLook(id, -expected(id), drift);
    for (const [id, factor] of remembered) this.#addLook(id, -(factor - 1) * expected(id), drift);
  }

  #addDecisions({ id, dueLogit, isInStock, isCarted, isBought }: Look, drift: number): void {
    if (!isInStock) return;
    const { products } = this.#world.catalog;
    const product = products[id];
    const category = product?.category ?? 0;
    const over = Math.max(0, (product?.relativePrice ?? 0) - (this.#parameters[LEVEL_AT] ?? 0));
    const match =
      (this.#fit[id] ?? 0) + 0.35 * Math.log(CATEGORIES.length * (this.#shares[category] ?? 0)) + 0.6 * dueLogit;
    const add = (slope: number, error: number): void => {
      this.#byFit[id] = (this.#byFit[id] ?? 0) + slope * error;
      this.#byShare[category] = (this.#byShare[category] ?? 0) + drift * 0.35 * slope * error;
      if (over > 0) this.#byLevel += 0.35 * error;
    };
    add(0.75, Number(isCarted) - sigmoid(-2.3 + 0.75 * match - 0.35 * over));
    if (isCarted) add(0.6, Number(isBought) - sigmoid(-0.55 + 0.6 * match - 0.35 * over));
  }

  #chained(): Float64Array {
    const slopes = new Float64Array(PARAMETERS);
    const parameters = this.#parameters;
    const level = parameters[LEVEL_AT] ?? 0;
    let byLevel = this.#byLevel;
    for (const { id, brand, style, relativePrice } of this.#world.catalog.products) {
      const slope = this.#byFit[id] ?? 0;
      slopes[BRANDS_AT + brand] = (slopes[BRANDS_AT + brand] ?? 0) + slope;
      for (let dimension = 0; dimension < STYLE_DIMENSIONS; dimension++)
        slopes[STYLE_AT + dimension] = (slopes[STYLE_AT + dimension] ?? 0) + slope * (style[dimension] ?? 0);
      byLevel += (slope * (relativePrice - level)) / PRICE_TOLERANCE ** 2;
    }
    slopes[LEVEL_AT] = byLevel - (level - this.#priorLevel) / PRICE_LEVEL_DEVIATION ** 2;
    for (let index = BRANDS_AT; index < STYLE_AT; index++)
      slopes[index] = (slopes[index] ?? 0) - ((parameters[index] ?? 0) - BRAND_MEAN) / BRAND_DEVIATION ** 2;
    for (let index = STYLE_AT; index < LEVEL_AT; index++)
      slopes[index] = (slopes[index] ?? 0) - (parameters[index] ?? 0) / STYLE_WEIGHT ** 2;
    const floor = CATEGORY_FLOOR / (1 + CATEGORIES.length * CATEGORY_FLOOR);
    const own = Array.from(
      this.#shares,
      (share, category) => (this.#byShare[category] ?? 0) * ((share - floor) / share),
    );
    const total = own.reduce((sum, value) => sum + value, 0);
    const priorTotal = this.#priorShares.reduce((sum, value) => sum + value, 0);
    own.forEach((slope, category) => {
      const dirichlet = ((this.#shares[category] ?? 0) - floor) / (1 - CATEGORIES.length * floor);
      slopes[category] = slope - dirichlet * total + (this.#priorShares[category] ?? 0) - dirichlet * priorTotal;
    });
    return slopes;
  }
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] ?? 0) + value;
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
