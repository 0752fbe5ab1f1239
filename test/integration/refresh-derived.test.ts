import { describe, expect, it } from 'vitest';
import type { PostgresSession } from '../../src/clients/postgres.ts';
import { AS_OF, decay, useDerivedWorld } from '../support/derived-world.ts';

const { execute, givenCustomer, givenEvents, givenShopper, refresh, refreshIn, transaction } = useDerivedWorld();

describe('customer features', () => {
  it('are the formulas of the reference', async () => {
    await givenShopper();
    await refresh();
    const [features] = await execute('SELECT * FROM customer_features WHERE customer_id = 1');
    expect(features).toEqual({
      customer_id: '1',
      age: 36,
      tenure_months: 2,
      loyalty_tier_num: 2,
      total_orders: 1,
      lifetime_spend: 2000,
      avg_order_value: 2000,
      days_since_purchase: 0,
      categories_purchased: 1,
      total_browse_events: 3,
      total_sessions: 2,
      avg_browsed_price: 505,
      add_to_cart_count: 1,
      cart_abandonment_rate: 1,
      store_ratio: 1,
      engagement_score: 25.6,
      rfm_segment: 'Active',
      as_of: AS_OF,
    });
  });

  it('of a customer who never did anything are zeros, 999 days and Dormant', async () => {
    await givenShopper();
    await refresh();
    const [features] = await execute('SELECT * FROM customer_features WHERE customer_id = 2');
    expect(features).toMatchObject({
      age: null,
      total_orders: 0,
      lifetime_spend: 0,
      avg_order_value: 0,
      days_since_purchase: 999,
      total_sessions: 0,
      avg_browsed_price: 0,
      cart_abandonment_rate: 0,
      store_ratio: 0,
      engagement_score: 10,
      rfm_segment: 'Dormant',
    });
  });

  it('of who looks but never buys keep 999 days', async () => {
    await givenCustomer(1);
    await givenEvents({ customer: 1, type: 'product_view', daysAgo: 1, product: 1, session: 1 });
    await refresh();
    const found = await execute('SELECT days_since_purchase, total_browse_events FROM customer_features');
    expect(found).toEqual([{ days_since_purchase: 999, total_browse_events: 1 }]);
  });

  it.each([
    { days: 30, orders: 5, price: 100, segment: 'Champion' },
    { days: 31, orders: 5, price: 100, segment: 'Loyal' },
    { days: 30, orders: 5, price: 99.99, segment: 'Loyal' },
    { days: 30, orders: 4, price: 200, segment: 'Loyal' },
    { days: 181, orders: 3, price: 66.67, segment: 'Loyal' },
    { days: 10, orders: 3, price: 66.66, segment: 'Active' },
    { days: 60, orders: 2, price: 900, segment: 'Active' },
    { days: 61, orders: 2, price: 900, segment: 'At_Risk' },
    { days: 180, orders: 1, price: 1, segment: 'At_Risk' },
    { days: 181, orders: 1, price: 1, segment: 'Dormant' },
  ])('make $orders orders of $price, the last $days days ago, $segment', async ({ days, orders, price, segment }) => {
    await givenCustomer(1);
    const order = { customer: 1, type: 'order_complete', daysAgo: days, product: 1, price };
    await givenEvents(...Array.from({ length: orders }, () => order));
    await refresh();
    expect(await execute('SELECT rfm_segment FROM customer_features')).toEqual([{ rfm_segment: segment }]);
  });

  it.each([
    { days: 60.9, segment: 'Active' },
    { days: 61, segment: 'At_Risk' },
    { days: 180.9, segment: 'At_Risk' },
    { days: 181, segment: 'Dormant' },
  ])('make a last rating $days days ago $segment, and no purchase', async ({ days, segment }) => {
    await givenCustomer(1);
    const rating = { customer: 1, type: 'rating', product: 1, stars: 4.5 };
    await givenEvents({ ...rating, daysAgo: days }, { ...rating, daysAgo: days + 100 });
    await refresh();
    expect(await execute('SELECT days_since_purchase, rfm_segment FROM customer_features')).toEqual([
      { days_since_purchase: 999, rfm_segment: segment },
    ]);
  });

  it('round the rate of abandoned carts to three digits, which may pass 1, and cap engagement at 100', async () => {
    await givenCustomer(1, { points: 1_000_000 });
    const cart = { customer: 1, type: 'add_to_cart', daysAgo: 3, product: 1 };
    const abandoned = { ...cart, type: 'cart_abandon' };
    await givenEvents(cart, cart, cart, abandoned, abandoned, abandoned, abandoned);
    await refresh();
    const found = await execute('SELECT cart_abandonment_rate, engagement_score FROM customer_features');
    expect(found).toEqual([{ cart_abandonment_rate: 1.333, engagement_score: 100 }]);
  });
});

describe('customer tastes', () => {
  it('are weights that halve every 90 days, and mean relative prices', async () => {
    await givenShopper();
    await refresh();
    const [tastes] = await execute('SELECT * FROM customer_tastes WHERE customer_id = 1');
    const today = decay(0.5, 90);
    const mean = (-1.5 + 5 * today) / (1.5 + 5 * today);
    expect(tastes).toEqual({
      customer_id: '1',
      total_weight: expect.closeTo(1.5 + 5 * today, 9),
      category_weights: { 'CAT-A': expect.closeTo(1.5 + 5 * today, 9) },
      brand_weights: { Xenia: expect.closeTo(1.5, 9), Yara: expect.closeTo(5 * today, 9) },
      relative_price_mean: expect.closeTo(mean, 9),
      relative_price_mean_bought: expect.closeTo((today + 2 * mean) / (today + 2), 9),
      recent_products: { 1: expect.closeTo(3 * decay(90, 14), 9), 2: expect.closeTo(5 * decay(0.5, 14), 9) },
      bought_products: { 2: 0 },
      recent_category_weights: { 'CAT-A': expect.closeTo(3 * decay(90, 30) + 5 * decay(0.5, 30), 9) },
      viewed_products: { 2: expect.closeTo(0.5, 9) },
      carted_products: {},
      rated_products: {},
      style: expect.toSatisfy((style: object) => Object.keys(style).length === 6),
      category_likings: { 'CAT-A': expect.any(Number), 'CAT-B': expect.any(Number) },
      brand_likings: { Xenia: expect.any(Number), Yara: expect.any(Number) },
      price_level: expect.any(Number),
      as_of: AS_OF,
    });
  });

  it('of a customer who never did anything are empty', async () => {
    await givenShopper();
    await refresh();
    const [tastes] = await execute('SELECT * FROM customer_tastes WHERE customer_id = 2');
    expect(tastes).toMatchObject({
      total_weight: 0,
      category_weights: {},
      brand_weights: {},
      relative_price_mean: 0,
      relative_price_mean_bought: 0,
      recent_products: {},
      bought_products: {},
      style: { 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 },
      category_likings: { 'CAT-A': expect.any(Number), 'CAT-B': expect.any(Number) },
      brand_likings: {},
      price_level: 0,
    });
  });

  it('keep the 20 products of most weight lately, and purchases of less than 180 days', async () => {
    await execute(`
      INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier)
      SELECT 100 + number, 'more', 'Yara', 'CAT-B', 60, 'mid_range' FROM generate_series(1, 25) AS number`);
    await givenCustomer(1);
    const days = Array.from({ length: 25 }, (_, index) => index + 1);
    await givenEvents(
      ...days.map((day) => ({ customer: 1, type: 'product_view', daysAgo: day, product: 100 + day })),
      { customer: 1, type: 'order_complete', daysAgo: 180, product: 1 },
      { customer: 1, type: 'order_complete', daysAgo: 179.5, product: 2 },
      { customer: 1, type: 'pos_purchase', daysAgo: 185, product: 2 },
    );
    await refresh();
    const [tastes] = await execute<{ recent_products: object; bought_products: object }>(
      'SELECT recent_products, bought_products FROM customer_tastes',
    );
    expect(Object.keys(tastes?.recent_products ?? {})).toEqual(days.slice(0, 20).map((day) => String(100 + day)));
    expect(tastes?.bought_products).toEqual({ 2: 179 });
  });

  it('know days since a view, and since a cart that was not bought, of less than 45 days', async () => {
    await givenCustomer(1);
    await givenEvents(
      { customer: 1, type: 'product_view', daysAgo: 44, product: 1 },
      { customer: 1, type: 'product_view', daysAgo: 45, product: 2 },
      { customer: 1, type: 'add_to_cart', daysAgo: 3, product: 2 },
      { customer: 1, type: 'add_to_cart', daysAgo: 5, product: 3 },
      { customer: 1, type: 'order_complete', daysAgo: 4, product: 3 },
    );
    await refresh();
    expect(await execute('SELECT viewed_products, carted_products FROM customer_tastes')).toEqual([
      {
        viewed_products: { 1: expect.closeTo(44, 9) as number },
        carted_products: { 2: expect.closeTo(3, 9) as number },
      },
    ]);
  });

  it('know what was rated, however long ago, and never bought', async () => {
    await givenCustomer(1);
    await givenEvents(
      { customer: 1, type: 'rating', daysAgo: 400.5, product: 1, stars: 2 },
      { customer: 1, type: 'rating', daysAgo: 500, product: 1, stars: 5 },
      { customer: 1, type: 'rating', daysAgo: 3, product: 2, stars: 5 },
      { customer: 1, type: 'order_complete', daysAgo: 9, product: 2 },
    );
    await refresh();
    expect(await execute('SELECT rated_products, bought_products FROM customer_tastes')).toEqual([
      { rated_products: { 1: 400 }, bought_products: { 2: 3 } },
    ]);
  });

  it('leave out products that left the catalog', async () => {
    await givenCustomer(1);
    await givenEvents({ customer: 1, type: 'product_view', daysAgo: 1, product: 999, price: 5 });
    await refresh();
    expect(await execute('SELECT total_weight FROM customer_tastes')).toEqual([{ total_weight: 0 }]);
  });
});

describe('category propensities and priors', () => {
  it('are smoothed shares: one row per customer and category', async () => {
    await givenShopper();
    await refresh();
    const weight = 1.5 + 5 * decay(0.5, 90);
    const shareA = (weight + 1) / (weight + 2);
    const found = await execute(
      'SELECT customer_id, category_id, propensity_score FROM customer_propensities ORDER BY 1, 2',
    );
    const row = (customer: string, category: string, score: number) => ({
      customer_id: customer,
      category_id: category,
      propensity_score: expect.closeTo(score, 9) as number,
    });
    expect(found).toEqual([
      row('1', 'CAT-A', (weight + 3 * shareA) / (weight + 3)),
      row('1', 'CAT-B', (3 * (1 - shareA)) / (weight + 3)),
      row('2', 'CAT-A', shareA),
      row('2', 'CAT-B', 1 - shareA),
    ]);
  });

  it('have a prior above 0 for every category and brand, 1 in all', async () => {
    await givenShopper();
    await refresh();
    const weight = 1.5 + 5 * decay(0.5, 90);
    const found = await execute(`SELECT kind, key, share FROM taste_priors WHERE kind <> 'age_category' ORDER BY 1, 2`);
    expect(found).toEqual([
      { kind: 'brand', key: 'Xenia', share: expect.closeTo(2.5 / (weight + 2), 9) },
      { kind: 'brand', key: 'Yara', share: expect.closeTo((weight - 0.5) / (weight + 2), 9) },
      { kind: 'category', key: 'CAT-A', share: expect.closeTo((weight + 1) / (weight + 2), 9) },
      { kind: 'category', key: 'CAT-B', share: expect.closeTo(1 / (weight + 2), 9) },
    ]);
  });
});

describe('priors by age', () => {
  it('are the shares within a band of 15 years, drawn towards everybody’s as by 200 views', async () => {
    await givenCustomer(1, { birthDate: '1990-12-31' });
    await givenCustomer(2, { birthDate: '2000-01-01' });
    await givenEvents(
      { customer: 1, type: 'product_view', daysAgo: 0, product: 1 },
      { customer: 2, type: 'product_view', daysAgo: 0, product: 3 },
    );
    await refresh(new Date(AS_OF.getTime() + 1));
    const found = await execute(`SELECT key, share FROM taste_priors WHERE kind = 'age_category' ORDER BY key`);
    const row = (key: string, share: number) => ({ key, share: expect.closeTo(share, 6) as number });
    expect(found).toEqual([
      row('0:CAT-A', 100 / 201),
      row('0:CAT-B', 101 / 201),
      row('1:CAT-A', 101 / 201),
      row('1:CAT-B', 100 / 201),
      ...['2', '3'].flatMap((band) => [row(`${band}:CAT-A`, 0.5), row(`${band}:CAT-B`, 0.5)]),
    ]);
  });
});

const DERIVED = ['customer_features', 'customer_propensities', 'customer_tastes', 'taste_priors', 'product_statistics', 'product_neighbours']; // prettier-ignore

function derivedRows(session: PostgresSession): Promise<object[]> {
  const tables = DERIVED.map((table) => `SELECT '${table}' AS name, to_jsonb(t) - 'as_of' AS row FROM ${table} AS t`);
  return session.execute(`${tables.join(' UNION ALL ')} ORDER BY 1, 2`);
}

describe('refreshDerived', () => {
  it('sees no event of the moment itself or later, whatever it is', async () => {
    await givenShopper();
    await refresh();
    const before = await transaction(derivedRows);
    await givenEvents(
      ...['product_view', 'add_to_cart', 'cart_abandon', 'order_complete', 'pos_purchase', 'search'].flatMap((type) => [
        { customer: 1, type, daysAgo: 0, product: 3, session: 9 },
        { customer: 2, type, daysAgo: -20, product: 1, session: 8 },
      ]),
    );
    await refresh();
    expect(await transaction(derivedRows)).toEqual(before);
  });

  it('replaces what was there, rows of vanished customers included', async () => {
    await givenShopper();
    await refresh();
    await execute('DELETE FROM events');
    const earlier = new Date('2026-06-01T00:00:00Z');
    await refresh(earlier);
    expect(await execute('SELECT count(*)::integer AS rows FROM product_neighbours')).toEqual([{ rows: 0 }]);
    for (const table of DERIVED.filter((name) => name !== 'product_neighbours')) {
      expect(await execute(`SELECT DISTINCT as_of FROM ${table}`)).toEqual([{ as_of: earlier }]);
    }
  });

  it('leaves nothing behind when its transaction is rolled back', async () => {
    await givenShopper();
    await refresh();
    const before = await transaction(derivedRows);
    const attempt = transaction(async (session) => {
      await refreshIn(session, new Date('2026-05-01T00:00:00Z'));
      expect(await derivedRows(session)).not.toEqual(before);
      throw new Error('enough');
    });
    await expect(attempt).rejects.toThrow('enough');
    expect(await transaction(derivedRows)).toEqual(before);
  });

  it('works on a database without customers, products and events', async () => {
    await execute('TRUNCATE products, product_categories, inventory, customers, events CASCADE');
    await refresh();
    expect(await transaction(derivedRows)).toEqual([]);
  });
});
