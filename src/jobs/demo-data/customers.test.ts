import { describe, expect, it } from 'vitest';
import { createCustomer, LOYALTY_TIERS } from './customers.ts';
import { createStores } from './regions.ts';

const stores = createStores(7);
const customers = Array.from({ length: 4000 }, (_, index) => createCustomer(7, index, stores));

describe('a customer', () => {
  it('lives in a region that the zip code and the preferred store belong to', () => {
    for (const customer of customers) {
      expect(Math.floor(Number(customer.zipCode[0]) / 2)).toBe(customer.region);
      expect(customer.zipCode).toMatch(/^\d{5}$/);
      expect(stores.find(({ id }) => id === customer.preferredStoreId)?.region).toBe(customer.region);
    }
  });

  it('has an id from 1000000 on that the address names', () => {
    for (const [index, customer] of customers.entries()) {
      expect(customer.id).toBe(1_000_000 + index);
      expect(customer.email).toMatch(new RegExp(`^[a-z]+\\.${customer.id}@example\\.com$`));
    }
  });

  it('is of the tiers in their shares', () => {
    for (const [rank, { share }] of LOYALTY_TIERS.entries()) {
      const found = customers.filter(({ tier }) => tier === rank).length / customers.length;
      expect(Math.abs(found - share)).toBeLessThan(0.03);
    }
  });
});
