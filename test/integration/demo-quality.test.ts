import { describe, expect, it } from 'vitest';
import { CustomerLife, type CustomerEvent } from '../../src/jobs/demo-data/customer-life.ts';
import { createCustomer, HISTORY_DAYS } from '../../src/jobs/demo-data/customers.ts';
import { createWorld } from '../../src/jobs/demo-data/world.ts';
import { purchaseRates } from '../../src/jobs/demo-data/truth.ts';

const SEED = 7;
const CUSTOMERS = 2000;
/** What is bought in the 14 days from this one on is to be foretold from what happened before. */
const MOMENT = HISTORY_DAYS - 14;
const WARM_EVENTS_MIN = 5;
const SECONDS_PER_DAY = 86_400;

interface Buyer {
  readonly candidates: readonly number[];
  readonly bought: ReadonlySet<number>;
  readonly seen: ReadonlySet<number>;
  readonly rates: Float64Array;
}

const isPurchase = ({ type }: CustomerEvent): boolean => type === 'order_complete' || type === 'pos_purchase';
const productOf = ({ productId }: CustomerEvent): number => productId ?? -1;

/** Lives a small world up to the moment and on, and keeps the warm customers who bought something afterwards. */
function observe(): { buyers: Buyer[]; popularity: Float64Array } {
  const world = createWorld(SEED);
  const popularity = new Float64Array(world.catalog.products.length);
  const buyers: Buyer[] = [];
  for (let index = 0; index < CUSTOMERS; index++) {
    const customer = createCustomer(SEED, index, world.stores);
    const life = new CustomerLife(world, customer);
    const past = life.liveUntil(MOMENT);
    for (const event of past.filter(isPurchase)) {
      const id = productOf(event);
      popularity[id] = (popularity[id] ?? 0) + 2 ** (-(MOMENT - event.second / SECONDS_PER_DAY) / 30);
    }
    const inStock = world.stock.inStock(customer.region, MOMENT);
    const future = life.liveUntil(HISTORY_DAYS).filter(isPurchase).map(productOf);
    const bought = new Set(future.filter((id) => inStock[id] === 1));
    if (bought.size === 0 || past.length < WARM_EVENTS_MIN) continue;
    const again = new CustomerLife(world, customer);
    again.liveUntil(MOMENT);
    const rates = purchaseRates(again.shopper, MOMENT, HISTORY_DAYS - MOMENT);
    const candidates = world.catalog.products.map(({ id }) => id).filter((id) => inStock[id] === 1);
    buyers.push({ candidates, bought, seen: new Set(past.map(productOf)), rates });
  }
  return { buyers, popularity };
}

/** The area under the curve and the gain of the top ten, each averaged over the customers. */
function quality(buyers: readonly Buyer[], scoresOf: (buyer: Buyer) => Float64Array): { auc: number; ndcg: number } {
  let auc = 0;
  let ndcg = 0;
  for (const buyer of buyers) {
    const scores = scoresOf(buyer);
    const ranked = [...buyer.candidates].sort(
      (left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right,
    );
    const places = ranked.flatMap((id, place) => (buyer.bought.has(id) ? [place] : []));
    const others = ranked.length - places.length;
    const below = places.map((place, hit) => others - (place - hit));
    auc += below.reduce((sum, count) => sum + count, 0) / (places.length * others);
    const gain = (place: number): number => (place < 10 ? 1 / Math.log2(place + 2) : 0);
    const ideal = places.reduce((sum, _, place) => sum + gain(place), 0);
    ndcg += places.reduce((sum, place) => sum + gain(place), 0) / ideal;
  }
  return { auc: auc / buyers.length, ndcg: ndcg / buyers.length };
}

function expectBetween(value: number, low: number, high: number): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}

describe('the generator', { timeout: 60_000 }, () => {
  const { buyers, popularity } = observe();

  it('has enough to learn: who knows the true tastes ranks well, but not perfectly', () => {
    const { auc, ndcg } = quality(buyers, ({ rates }) => rates);
    expectBetween(auc, 0.93, 0.96);
    expectBetween(ndcg, 0.25, 0.35);
  });

  it('needs learning: popularity alone ranks clearly worse', () => {
    const { auc, ndcg } = quality(buyers, () => popularity);
    expectBetween(auc, 0.72, 0.8);
    expect(ndcg).toBeLessThan(0.15);
  });

  it('lets customers buy things that they had looked at and things that are new to them', () => {
    const bought = buyers.flatMap((buyer) => [...buyer.bought].map((id) => buyer.seen.has(id)));
    expectBetween(bought.filter((wasSeen) => wasSeen).length / bought.length, 0.25, 0.45);
  });
});
