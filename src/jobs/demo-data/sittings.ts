import type { CustomerEvent } from './customer-life.ts';
import type { Customer } from './customers.ts';
import type { DayDemand } from './demand.ts';
import { Memory } from './memory.ts';
import type { World } from './world.ts';

/** A product looked at, and what came of it. */
export interface Look {
  readonly id: number;
  readonly dueLogit: number;
  readonly isInStock: boolean;
  isCarted: boolean;
  isBought: boolean;
}

/** One session as it can be seen from outside. */
export interface Sitting {
  readonly day: number;
  readonly demand: DayDemand;
  /** Id of a product met before to the factor that memory puts on its weight. */
  readonly remembered: ReadonlyMap<number, number>;
  readonly looks: Look[];
  readonly storePurchases: number[];
  readonly inStock: Uint8Array;
}

/** What a customer remembers after these events. */
export function memoryAfter(world: World, events: readonly CustomerEvent[]): Memory {
  const memory = new Memory(world.catalog);
  for (const event of events) remember(memory, event);
  return memory;
}

function remember(memory: Memory, { type, productId, second }: CustomerEvent): void {
  if (productId === null) return;
  const day = second / 86_400;
  if (type === 'product_view') memory.view(productId, day);
  if (type === 'cart_abandon') memory.cart(productId, day);
  if (type === 'order_complete' || type === 'pos_purchase') memory.buy(productId, day);
}

/** The sessions of a customer, from all their events in the order of time. */
export function sittingsOf(world: World, customer: Customer, events: readonly CustomerEvent[]): Sitting[] {
  const memory = new Memory(world.catalog);
  const sittings: Sitting[] = [];
  for (const session of Map.groupBy(events, (event) => event.session).values()) {
    const day = (session[0]?.second ?? 0) / 86_400;
    const inStock = world.stock.inStock(customer.region, Math.floor(day));
    const remembered = new Map([...memory.productIds()].map((id) => [id, Math.exp(memory.logit(id, day))]));
    const looks: Look[] = [];
    const storePurchases: number[] = [];
    for (const { type, productId: id } of session) {
      if (id === null) continue;
      if (type === 'pos_purchase') storePurchases.push(id);
      if (type === 'product_view')
        looks.push({
          id,
          dueLogit: memory.dueLogit(id, day),
          isInStock: inStock[id] === 1,
          isCarted: false,
          isBought: false,
        });
      const look = looks.findLast((one) => one.id === id);
      if (look && type === 'add_to_cart') look.isCarted = true;
      if (look && type === 'order_complete') look.isBought = true;
    }
    for (const event of session) remember(memory, event);
    sittings.push({
      day,
      demand: world.demand(customer.region, Math.floor(day)),
      remembered,
      looks,
      storePurchases,
      inStock,
    });
  }
  return sittings;
}
