import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { UpstreamUnavailableError } from '../../src/errors.ts';
import { useGateway } from '../support/gateway.ts';

const LIST = `query ($id: ID!, $strategy: RecommendationStrategy! = RANKED, $filter: RecommendationFilter) {
  recommendations(customerId: $id, strategy: $strategy, first: 10, filter: $filter) {
    rung degraded strategy candidateCount filteredCandidateCount region
    model { name version }
    items { rank score modelScore propensity productId product { category { id } price { amount } } inventory { inStock quantityOnHand } reasons { code text } }
  }
}`;

interface Item {
  readonly rank: number;
  readonly score: number;
  readonly productId: string;
  readonly product: { readonly category: { readonly id: string }; readonly price: { readonly amount: string } };
  readonly inventory: { readonly inStock: boolean };
}

describe('recommendations', () => {
  const gateway = useGateway();

  afterEach(() => {
    for (const statement of [
      'customer_tastes_by_ids',
      'customer_propensities_by_ids',
      'inventory_by_product_regions',
    ] as const) {
      gateway().failStatement(statement, null);
    }
  });

  const listOf = async (variables: object): Promise<Record<string, unknown> & { items: Item[] }> => {
    const { data, errors } = await gateway().ask(LIST, variables);
    expect(errors).toBeUndefined();
    return (data as { recommendations: Record<string, unknown> & { items: Item[] } }).recommendations;
  };

  it('are ranked by the model, best first, in stock, and the same when asked again', async () => {
    const list = await listOf({ id: '1000000' });
    expect(list).toMatchObject({ rung: 'EMBEDDED_MODEL', degraded: false, strategy: 'RANKED' });
    expect(list['model']).toEqual({ name: 'ranking', version: '5' });
    expect(list.items.map((item) => item.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const scores = list.items.map((item) => item.score);
    expect(scores).toEqual(scores.toSorted((left, right) => right - left));
    expect(list.items.every((item) => item.inventory.inStock)).toBe(true);
    expect(await listOf({ id: '1000000' })).toEqual(list);
  });

  it('differ between customers', async () => {
    const lists = await Promise.all(['1000000', '1000001', '1000002'].map((id) => listOf({ id })));
    const texts = lists.map((list) => list.items.map((item) => item.productId).join());
    expect(new Set(texts).size).toBe(3);
  });

  it('follow taste: the top category is among the customer’s own top three for at least eight of ten', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => String(1_000_010 + index * 7));
    const { data } = await gateway().ask(
      `query ($ids: [ID!]!) { customers(ids: $ids) {
        propensities(first: 3) { category { id } }
        recommendations(first: 5) { items { product { category { id } } } } } }`,
      { ids },
    );
    const customers = data.customers as {
      propensities: { category: { id: string } }[];
      recommendations: { items: Item[] };
    }[];
    const following = customers.filter(({ propensities, recommendations }) =>
      propensities.some(({ category }) => category.id === topCategory(recommendations.items)),
    );
    expect(following.length).toBeGreaterThanOrEqual(8);
  });

  it('obey the filter', async () => {
    const [first, second] = (await listOf({ id: '1000000' })).items;
    const filter = {
      categoryIds: ['CAT-001', 'CAT-002', 'CAT-003'],
      priceMax: '100',
      maxPerCategory: 2,
      excludeProductIds: [first?.productId, second?.productId],
    };
    const list = await listOf({ id: '1000000', filter });
    expect(list.items.length).toBeGreaterThan(0);
    expect(list.items.length).toBeLessThanOrEqual(6);
    for (const { product, productId } of list.items) {
      expect(filter.categoryIds).toContain(product.category.id);
      expect(Number(product.price.amount)).toBeLessThanOrEqual(100);
      expect(filter.excludeProductIds).not.toContain(productId);
    }
    expect(list['filteredCandidateCount']).toBeLessThan(list['candidateCount'] as number);
  });

  it.each([
    ['COLLABORATIVE', 'COLLABORATIVE'],
    ['PROPENSITY', 'PROPENSITY'],
    ['POPULAR', 'POPULAR'],
  ])('by strategy %s come from the rung %s without being degraded', async (strategy, rung) => {
    const list = await listOf({ id: '1000003', strategy });
    expect(list).toMatchObject({ rung, degraded: false, model: null });
    expect(list.items).toHaveLength(10);
  });

  it('go down the ladder, and say so, when tastes and propensities cannot be loaded', async () => {
    gateway().failStatement('customer_tastes_by_ids', new UpstreamUnavailableError());
    expect(await listOf({ id: '1000000' })).toMatchObject({ rung: 'PROPENSITY', degraded: true, model: null });
    gateway().failStatement('customer_propensities_by_ids', new UpstreamUnavailableError());
    const list = await listOf({ id: '1000000' });
    expect(list).toMatchObject({ rung: 'POPULAR', degraded: true });
    expect(list.items).toHaveLength(10);
  });

  it('rest on the snapshot, and say so, when live stock cannot be read', async () => {
    gateway().failStatement('inventory_by_product_regions', new UpstreamUnavailableError());
    const { data } = await gateway().ask(
      '{ recommendations(customerId: "1000000") { degraded items { productId inventory { inStock } } } }',
    );
    expect(data.recommendations.degraded).toBe(true);
    expect(data.recommendations.items).toHaveLength(5);
    expect(data.recommendations.items[0].inventory).toBeNull();
  });
});

describe('recommendations after a sale', () => {
  const gateway = useGateway({ SNAPSHOT_MAX_AGE_SECONDS: '86400' });

  it('drop a winner that has just sold out, and learn of it for the next candidates', async () => {
    const before = await gateway().ask(LIST, { id: '1000000' });
    const { region, items, candidateCount } = before.data.recommendations as {
      region: string;
      items: Item[];
      candidateCount: number;
    };
    const soldOut = items[0]?.productId;
    await sellOut(gateway().databaseUrl, soldOut, region);
    const after = await gateway().ask(LIST, { id: '1000000' });
    const ids = (after.data.recommendations.items as Item[]).map((item) => item.productId);
    expect(ids).toHaveLength(10);
    expect(ids).not.toContain(soldOut);
    expect(ids.slice(0, 9)).toEqual(items.slice(1).map((item) => item.productId));
    await expect
      .poll(async () => {
        const { data } = await gateway().ask(LIST, { id: '1000000' });
        return data.recommendations.candidateCount as number;
      })
      .toBe(candidateCount - 1);
  });
});

function topCategory(items: readonly Item[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { product } of items) counts.set(product.category.id, (counts.get(product.category.id) ?? 0) + 1);
  return [...counts].sort(([, left], [, right]) => right - left)[0]?.[0];
}

async function sellOut(databaseUrl: string, productId: string | undefined, region: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('UPDATE inventory SET quantity_on_hand = 0 WHERE product_id = $1 AND upper(region) = $2', [
    productId,
    region,
  ]);
  await client.end();
}
