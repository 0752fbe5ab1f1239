import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/gateway.ts';

const customerIds = (count: number): string[] => Array.from({ length: count }, (_, index) => String(1_000_000 + index));

describe('statements per request', () => {
  const gateway = useGateway();

  const statementsOf = async (operation: string, variables: object): Promise<string[]> => {
    gateway().takeStatements();
    expect((await gateway().run(operation, variables)).errors).toBeUndefined();
    return gateway().takeStatements().sort();
  };

  it('are the same for one home page, for two and for fifty', async () => {
    const one = await statementsOf('home-pages', { customerIds: customerIds(1) });
    expect(one).toEqual([...new Set(one)]);
    expect(await statementsOf('home-pages', { customerIds: customerIds(2) })).toEqual(one);
    expect(await statementsOf('home-pages', { customerIds: customerIds(50) })).toEqual(one);
  });

  it('are shared by requests at the same time, with the answers that each gets alone', async () => {
    const ids = customerIds(32);
    const alone = [];
    for (const customerId of ids) alone.push((await gateway().run('home-page', { customerId })).data);
    const perRequest = gateway().takeStatements().length / ids.length;

    const together = await Promise.all(ids.map((customerId) => gateway().run('home-page', { customerId })));
    const statements = gateway().takeStatements().length;

    expect(together.map((answer) => answer.data)).toEqual(alone);
    expect(Number.isInteger(perRequest)).toBe(true);
    expect(statements).toBeLessThan(ids.length * perRequest);
  });

  it('stay one per level for a segment with purchases and their products', async () => {
    const query = `{
      customerSegment(filter: {}, first: 50) {
        edges { node { id purchases(first: 3) { edges { node { product { name inventory(region: WEST) { inStock } } } } } } }
      }
    }`;
    expect((await gateway().ask(query)).errors).toBeUndefined();
    expect(gateway().takeStatements()).toEqual([
      'customer_segment',
      'customers_by_ids',
      'purchases_by_customers',
      'products_by_ids',
      'inventory_by_product_regions',
    ]);
  });
});
