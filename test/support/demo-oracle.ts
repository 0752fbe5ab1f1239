import { Choice, type Shopper } from '../../src/jobs/demo-data/choice.ts';
import { SESSION_SHAPE } from '../../src/jobs/demo-data/customer-life.ts';

const STEP_DAYS = 2;

/**
 * What no model can beat: per product how often this customer really buys it per session on average over the `days`
 * from `day` on, known from their true tastes. Stock is left out: it is not known beforehand.
 * @param shopper As they are at the beginning of `day`.
 */
export function truePurchaseRates(shopper: Shopper, day: number, days: number): Float64Array {
  const rates = new Float64Array(shopper.world.catalog.products.length);
  const steps = Math.ceil(days / STEP_DAYS);
  const choice = new Choice(shopper);
  for (let step = 0; step < steps; step++) {
    choice.arrive(day + ((step + 0.5) * days) / steps);
    choice.addPurchaseRates(rates, SESSION_SHAPE);
  }
  return rates.map((rate) => rate / steps);
}
