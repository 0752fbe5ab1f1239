import type { Customer } from './customers.ts';
import { Choice, type SessionShape, type Shopper } from './choice.ts';
import { Memory } from './memory.ts';
import { Random } from './random.ts';
import { createTastes } from './tastes.ts';
import type { World } from './world.ts';

/** Averages: views of a session online, purchases of a visit to the store. */
export const SESSION_SHAPE: SessionShape = { viewsPerSession: 3.6, itemsPerVisit: 1.5 };

const SEARCH_PROBABILITY = 0.08;
const BROWSE_PROBABILITY = 0.15;
const SECONDS_PER_DAY = 86_400;
const SHOPS_OPEN_SECOND = 7 * 3600;
const SHOPS_CLOSE_SECOND = 22 * 3600;
const WEEKEND_FACTOR = 1.3;
const WEEKDAY_FACTOR = 0.88;

export type EventType =
  'product_view' | 'category_browse' | 'search' | 'add_to_cart' | 'cart_abandon' | 'order_complete' | 'pos_purchase';

/** Something that a customer did. */
export interface CustomerEvent {
  readonly type: EventType;
  /** Whole seconds from the beginning of the history. */
  readonly second: number;
  /** Counts the customer's sessions from 1. */
  readonly session: number;
  /** Null for a search and for browsing a category. */
  readonly productId: number | null;
  /** Index into CATEGORIES; null for a search. */
  readonly category: number | null;
  readonly quantity: number;
}

/**
 * What a customer does, day by day. Events come in the order of time, none before the customer joined. The same
 * customer does the same in the same world, in however many steps the days are asked for.
 */
export class CustomerLife {
  readonly shopper: Shopper;
  readonly #choice: Choice;
  readonly #random: Random;
  #day = 0;
  #session = 0;

  constructor(world: World, customer: Customer) {
    const tastes = createTastes(world.seed, customer, world.catalog, world.ageTastes);
    this.shopper = { world, customer, tastes, memory: new Memory(world.catalog) };
    this.#choice = new Choice(this.shopper);
    this.#random = new Random(world.seed, 'life', customer.index);
  }

  /** The events of the days not yet lived, up to the beginning of `day`. */
  liveUntil(day: number): CustomerEvent[] {
    const { joinDay, sessionsPerDay } = this.shopper.customer;
    const events: CustomerEvent[] = [];
    for (; this.#day < day; this.#day++) {
      if (this.#day < joinDay) continue;
      const sessions = this.#random.poisson(sessionsPerDay * weekdayFactor(this.#day));
      if (sessions > 0) this.#liveDay(sessions, events);
    }
    return events;
  }

  #liveDay(sessions: number, events: CustomerEvent[]): void {
    const starts = Array.from({ length: sessions }, () => this.#random.integer(SHOPS_OPEN_SECOND, SHOPS_CLOSE_SECOND));
    let endOfLast = 0;
    for (const start of starts.sort((left, right) => left - right)) {
      this.#session++;
      const clock = new Clock(this.#day, Math.max(start, endOfLast));
      const isStoreVisit = this.#random.chance(this.shopper.customer.storeShare);
      if (isStoreVisit) this.#visitStore(clock, events);
      else this.#browseOnline(clock, events);
      endOfLast = clock.secondOfDay + 60;
    }
  }

  #visitStore(clock: Clock, events: CustomerEvent[]): void {
    const { world, customer, memory } = this.shopper;
    const inStock = world.stock.inStock(customer.region, this.#day);
    const choice = this.#choice;
    choice.arrive(clock.day);
    const items = this.#random.chance(SESSION_SHAPE.itemsPerVisit - 1) ? 2 : 1;
    for (let item = 0; item < items; item++) {
      const id = choice.buyInStore(this.#random, inStock);
      if (id === null) continue;
      events.push(this.#event('pos_purchase', clock, id, this.#quantityOf(id)));
      memory.buy(id, clock.day);
      choice.take(id);
    }
  }

  #browseOnline(clock: Clock, events: CustomerEvent[]): void {
    const { world, customer, memory } = this.shopper;
    const random = this.#random;
    const inStock = world.stock.inStock(customer.region, this.#day);
    const choice = this.#choice;
    choice.arrive(clock.day);
    const intent = choice.intend(random);
    if (random.chance(SEARCH_PROBABILITY)) events.push(this.#eventWithoutProduct('search', clock, null));
    if (random.chance(BROWSE_PROBABILITY)) events.push(this.#eventWithoutProduct('category_browse', clock, intent));
    const cart: number[] = [];
    const views = 1 + random.poisson(SESSION_SHAPE.viewsPerSession - 1);
    for (let view = 0; view < views; view++) {
      const id = choice.view(random, intent);
      clock.pass(random.integer(15, 90));
      events.push(this.#event('product_view', clock, id));
      if (inStock[id] === 1 && !cart.includes(id) && random.chance(choice.cartProbability(id))) {
        clock.pass(random.integer(5, 30));
        events.push(this.#event('add_to_cart', clock, id));
        cart.push(id);
      }
      memory.view(id, clock.day);
      choice.take(id);
    }
    for (const id of cart) this.#checkOut(id, clock, events);
  }

  #checkOut(id: number, clock: Clock, events: CustomerEvent[]): void {
    const isBought = this.#random.chance(this.#choice.buyProbability(id));
    clock.pass(this.#random.integer(5, 30));
    if (isBought) {
      events.push(this.#event('order_complete', clock, id, this.#quantityOf(id)));
      this.shopper.memory.buy(id, clock.day);
    } else {
      events.push(this.#event('cart_abandon', clock, id));
      this.shopper.memory.cart(id, clock.day);
    }
  }

  #quantityOf(id: number): number {
    const isUsedUp = (this.shopper.world.catalog.products[id]?.repeatDays ?? null) !== null;
    return isUsedUp && this.#random.chance(0.3) ? 2 : 1;
  }

  #event(type: EventType, clock: Clock, productId: number, quantity = 1): CustomerEvent {
    const category = this.shopper.world.catalog.products[productId]?.category ?? null;
    return { type, second: clock.second, session: this.#session, productId, category, quantity };
  }

  #eventWithoutProduct(type: EventType, clock: Clock, category: number | null): CustomerEvent {
    return { type, second: clock.second, session: this.#session, productId: null, category, quantity: 1 };
  }
}

/** The time within one day; it never passes midnight, so that days stay in order. */
class Clock {
  readonly #dayNumber: number;
  secondOfDay: number;

  constructor(dayNumber: number, secondOfDay: number) {
    this.#dayNumber = dayNumber;
    this.secondOfDay = Math.min(secondOfDay, SECONDS_PER_DAY - 1);
  }

  get second(): number {
    return this.#dayNumber * SECONDS_PER_DAY + this.secondOfDay;
  }

  /** Days from the beginning of the history, with the time of day as fraction. */
  get day(): number {
    return this.second / SECONDS_PER_DAY;
  }

  pass(seconds: number): void {
    this.secondOfDay = Math.min(this.secondOfDay + seconds, SECONDS_PER_DAY - 1);
  }
}

/** Counted from the beginning of the history, not by the calendar, so that data of another moment is the same. */
function weekdayFactor(day: number): number {
  return day % 7 >= 5 ? WEEKEND_FACTOR : WEEKDAY_FACTOR;
}
