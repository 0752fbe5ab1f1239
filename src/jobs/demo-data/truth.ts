import { Choice, type Shopper } from './choice.ts';
import { CustomerLife, SESSION_SHAPE } from './customer-life.ts';
import { createCustomer, customerIndexOf, HISTORY_DAYS } from './customers.ts';
import { memoryAfter } from './sittings.ts';
import { estimateTastes } from './taste-estimate.ts';
import { createWorld } from './world.ts';

const STEP_DAYS = 2;
const DAY_MS = 86_400_000;

/** What a customer will buy, by product id: in proportion to how often, per session. */
export interface PurchaseTruth {
  /** What no model can beat: the rates that follow from the customer's true tastes. */
  readonly oracle: Float64Array;
  /** What no model can beat that has only events to learn tastes from, however well it knows the shop. */
  readonly bound: Float64Array;
}

/** Answers for a customer id and a moment, for the 14 days after it. */
export type DemoTruth = (customerId: string, moment: Date) => PurchaseTruth;

/**
 * The truth behind demo data. It is not part of the data: only the seed leads to it.
 * @param asOf The moment that the data speaks for. Moments are whole days before it.
 */
export function createDemoTruth(seed: number, asOf: Date): DemoTruth {
  const world = createWorld(seed);
  return (customerId, moment) => {
    const day = HISTORY_DAYS - Math.round((asOf.getTime() - moment.getTime()) / DAY_MS);
    const customer = createCustomer(seed, customerIndexOf(customerId), world.stores);
    const life = new CustomerLife(world, customer);
    const events = life.liveUntil(day);
    const tastes = estimateTastes(world, customer, events, day);
    const guess = { world, customer, tastes, memory: memoryAfter(world, events) };
    return { oracle: purchaseRates(life.shopper, day, 14), bound: purchaseRates(guess, day, 14) };
  };
}

/**
 * Per product how often the shopper buys it per session on average over the `days` from `day` on. Stock is left out: it
 * is not known beforehand.
 * @param shopper As they are at the beginning of `day`.
 * @internal Exported for tests of the generator.
 */
export function purchaseRates(shopper: Shopper, day: number, days: number): Float64Array {
  const rates = new Float64Array(shopper.world.catalog.products.length);
  const steps = Math.ceil(days / STEP_DAYS);
  const choice = new Choice(shopper);
  for (let step = 0; step < steps; step++) {
    choice.arrive(day + ((step + 0.5) * days) / steps);
    choice.addPurchaseRates(rates, SESSION_SHAPE);
  }
  return rates.map((rate) => rate / steps);
}
