import { describe, expect, it } from 'vitest';
import type { PostgresSession } from '../clients/postgres.ts';
import { readShop } from './shop.ts';
import type { ShoppingDays } from './shopping-days.ts';

const NO_PRODUCTS = { execute: () => Promise.resolve([]) } as unknown as PostgresSession;

function customerWith(id: number, region: string, entries = 1): ShoppingDays {
  return {
    customerId: String(id),
    region,
    age: null,
    visits: Int32Array.of(),
    places: new Int32Array(entries),
    days: new Int32Array(entries),
    kinds: new Uint8Array(entries),
    stars: new Float32Array(entries),
    browsed: [],
    browsedDays: Int32Array.of(),
  };
}

async function* pagesOf(...customers: ShoppingDays[]): AsyncGenerator<ShoppingDays[], undefined> {
  for (const customer of customers) yield await Promise.resolve([customer]);
}

describe('readShop', () => {
  it('learns from so many customers and leaves the others to be read', async () => {
    const pages = pagesOf(customerWith(1, 'West'), customerWith(2, 'South'), customerWith(3, 'North'));
    const shop = await readShop(NO_PRODUCTS, pages, 2);
    expect(shop.customers.map(({ customerId }) => customerId)).toEqual(['1', '2']);
    expect(['West', 'South', 'North'].map((region) => shop.regionCode(region))).toEqual([0, 1, -1]);
    expect((await pages.next()).value?.map(({ customerId }) => customerId)).toEqual(['3']);
  });

  it('is content with fewer customers where each did a lot', async () => {
    const busy = [1, 2, 3].map((id) => customerWith(id, 'West', 1_100_000));
    expect((await readShop(NO_PRODUCTS, pagesOf(...busy))).customers).toHaveLength(2);
  });
});
