import { describe, expect, it } from 'vitest';
import { CustomerLife, type CustomerEvent } from './customer-life.ts';
import { createCustomer, HISTORY_DAYS, type Customer } from './customers.ts';
import { createWorld } from './world.ts';

const SEED = 7;
const SECONDS_PER_DAY = 86_400;
const world = createWorld(SEED);
const lives = Array.from({ length: 400 }, (_, index): { customer: Customer; events: CustomerEvent[] } => {
  const customer = createCustomer(SEED, index, world.stores);
  return { customer, events: new CustomerLife(world, customer).liveUntil(HISTORY_DAYS) };
});
const allEvents = lives.flatMap(({ events }) => events);

describe('the events of a customer', () => {
  it('are the same in however many steps the days are asked for', () => {
    for (const { customer, events } of lives.slice(0, 50)) {
      const life = new CustomerLife(world, customer);
      expect([...life.liveUntil(31), ...life.liveUntil(31), ...life.liveUntil(166), ...life.liveUntil(180)]).toEqual(
        events,
      );
    }
  });

  it('come in the order of time, within the history and after the customer joined', () => {
    for (const { customer, events } of lives) {
      const seconds = events.map(({ second }) => second);
      expect(seconds).toEqual([...seconds].sort((left, right) => left - right));
      for (const second of seconds) {
        expect(second).toBeGreaterThanOrEqual(Math.max(0, customer.joinDay) * SECONDS_PER_DAY);
        expect(second).toBeLessThan(HISTORY_DAYS * SECONDS_PER_DAY);
      }
    }
  });

  it('name an existing product in its own category, or none when searching and browsing', () => {
    for (const { type, productId, category } of allEvents) {
      const hasProduct = type !== 'search' && type !== 'category_browse';
      expect(productId !== null).toBe(hasProduct);
      if (productId !== null) expect(world.catalog.products[productId]?.category).toBe(category);
      else expect(category !== null).toBe(type === 'category_browse');
    }
  });

  it('tell whole stories: what is ordered or abandoned was carted, what is carted was viewed, in one session', () => {
    for (const { events } of lives) {
      const seen = new Set<string>();
      for (const { type, session, productId } of events) {
        const before = { add_to_cart: 'product_view', order_complete: 'add_to_cart', cart_abandon: 'add_to_cart' };
        const needed = type in before ? before[type as keyof typeof before] : undefined;
        if (needed) expect(seen).toContain(`${needed} ${session} ${productId}`);
        seen.add(`${type} ${session} ${productId}`);
      }
    }
  });

  it('buy nothing that was out of stock that day', () => {
    for (const { customer, events } of lives) {
      for (const { type, productId, second } of events) {
        if (type !== 'pos_purchase' && type !== 'order_complete') continue;
        const inStock = world.stock.inStock(customer.region, Math.floor(second / SECONDS_PER_DAY));
        expect(inStock[productId ?? -1]).toBe(1);
      }
    }
  });

  it('number about 78 per customer, a tenth of them purchases', () => {
    expect(allEvents.length / lives.length).toBeGreaterThan(65);
    expect(allEvents.length / lives.length).toBeLessThan(92);
    const purchases = allEvents.filter(({ type }) => type === 'pos_purchase' || type === 'order_complete');
    expect(purchases.length / lives.length).toBeGreaterThan(6);
    expect(purchases.length / lives.length).toBeLessThan(10);
  });
});
