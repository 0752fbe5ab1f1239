import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient, type PostgresSession } from '../../src/clients/postgres.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { refreshDerived } from '../../src/jobs/refresh-derived.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertEvents, type GivenEvent } from '../support/derived-tables.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const AS_OF = new Date('2026-07-01T00:00:00Z');
const statements = loadStatements(STATEMENTS_FOLDER);

let database: TestDatabase;
let client: PostgresClient;

beforeEach(async () => {
  database = await createTestDatabase('empty');
  client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
  await execute(`
    INSERT INTO loyalty_tiers VALUES ('Bronze', 0, 1), ('Gold', 2, 1.5);
    INSERT INTO product_categories VALUES ('CAT-A', 'A', 'Apparel'), ('CAT-B', 'B', 'Home');
    INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier) VALUES
      (1, 'one', 'Xenia', 'CAT-A', 10, 'daily_staple'),
      (2, 'two', 'Yara', 'CAT-A', 1000, 'premium'),
      (3, 'three', 'Xenia', 'CAT-B', 100, 'mid_range');
  `);
});

afterEach(async () => {
  await client.close();
  await database.drop();
});

function execute<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
  return client.transaction((session) => session.execute<Row>(text, parameters));
}

async function givenCustomer(id: number, row: { birthDate?: string; joinedOn?: string; points?: number } = {}) {
  await execute(
    `INSERT INTO customers (customer_id, first_name, email, birth_date, joined_on, loyalty_tier, home_region, zip_code,
                            has_app, points_earned)
     VALUES ($1, 'Ada', 'ada@example.com', $2, $3, 'Gold', 'West', '80202', TRUE, $4)`,
    [id, row.birthDate ?? null, row.joinedOn ?? '2025-01-01', row.points ?? 0],
  );
}

const givenEvents = (...events: readonly GivenEvent[]) => insertEvents(client, AS_OF, events);

function refresh(asOf = AS_OF): Promise<void> {
  return client.transaction((session) => refreshDerived(session, statements, asOf, SILENT_PROGRESS));
}

/** Looks half a year back, has a cart of 90 days ago, buys today and goes on after the moment. */
async function givenShopper() {
  await givenCustomer(1, { birthDate: '1990-12-31', joinedOn: '2026-05-31', points: 1000 });
  await givenCustomer(2);
  await givenEvents(
    { customer: 1, type: 'product_view', daysAgo: 90, product: 1, session: 1 },
    { customer: 1, type: 'add_to_cart', daysAgo: 90, product: 1, session: 1 },
    { customer: 1, type: 'cart_abandon', daysAgo: 90, product: 1, session: 1 },
    { customer: 1, type: 'product_view', daysAgo: 0.5, product: 2, session: 2 },
    { customer: 1, type: 'search', daysAgo: 0.5, session: 2 },
    { customer: 1, type: 'pos_purchase', daysAgo: 0.5, product: 2, session: 3, quantity: 2 },
  );
}

const decay = (days: number, halfLife: number): number => 2 ** (-days / halfLife);

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
      style: expect.toSatisfy((style: object) => Object.keys(style).length === 8),
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
    });
  });

  it('keep the 20 products of most weight lately, and purchases of less than 90 days', async () => {
    await execute(`
      INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier)
      SELECT 100 + number, 'more', 'Yara', 'CAT-B', 60, 'mid_range' FROM generate_series(1, 25) AS number`);
    await givenCustomer(1);
    const days = Array.from({ length: 25 }, (_, index) => index + 1);
    await givenEvents(
      ...days.map((day) => ({ customer: 1, type: 'product_view', daysAgo: day, product: 100 + day })),
      { customer: 1, type: 'order_complete', daysAgo: 90, product: 1 },
      { customer: 1, type: 'order_complete', daysAgo: 89.5, product: 2 },
      { customer: 1, type: 'pos_purchase', daysAgo: 95, product: 2 },
    );
    await refresh();
    const [tastes] = await execute<{ recent_products: object; bought_products: object }>(
      'SELECT recent_products, bought_products FROM customer_tastes',
    );
    expect(Object.keys(tastes?.recent_products ?? {})).toEqual(days.slice(0, 20).map((day) => String(100 + day)));
    expect(tastes?.bought_products).toEqual({ 2: 89 });
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

describe('product statistics', () => {
  it('know what is bought again: five days later or more', async () => {
    await givenCustomer(1);
    const buy = (daysAgo: number, product: number) => ({ customer: 1, type: 'order_complete', daysAgo, product });
    await givenEvents(buy(30, 1), buy(20, 1), buy(17, 1), buy(3, 2));
    await refresh();
    const found = await execute(
      `SELECT product_id, repeat_rate FROM product_statistics WHERE region = 'West' ORDER BY product_id`,
    );
    const row = (product: string, rate: number) => ({
      product_id: product,
      repeat_rate: expect.closeTo(rate, 9) as number,
    });
    expect(found).toEqual([row('1', 1.3 / 13), row('2', 0.3 / 11), row('3', 0.03)]);
  });

  it('know the popularity of this week and where a category is heading', async () => {
    await givenCustomer(1);
    await givenEvents({ customer: 1, type: 'product_view', daysAgo: 14, product: 1 });
    await refresh();
    const [found] = await execute(
      `SELECT recent_popularity, category_trend FROM product_statistics WHERE region = 'West' AND product_id = 1`,
    );
    const [week, fortnight, long] = [decay(14, 7), decay(14, 14), decay(14, 60)];
    expect(found).toEqual({
      recent_popularity: expect.closeTo(Math.log((week + 2) / (week / 3 + 2)), 9) as number,
      category_trend: expect.closeTo(
        Math.log((fortnight + 5) / (fortnight + 60)) - Math.log((long + 5) / (long + 60)),
        9,
      ) as number,
    });
  });

  it('have a row for every region and product, 0 where nobody did anything', async () => {
    await givenShopper();
    await refresh();
    const found = await execute<{ region: string; popularity: number }>('SELECT * FROM product_statistics');
    expect(found).toHaveLength(15);
    expect(found.filter(({ region }) => region !== 'West').every(({ popularity }) => popularity === 0)).toBe(true);
  });

  it('hold popularity in the region, views of all regions and the relative price', async () => {
    await givenShopper();
    await refresh();
    const found = await execute(
      `SELECT product_id, relative_price, popularity, view_popularity FROM product_statistics
       WHERE region = 'West' ORDER BY product_id`,
    );
    const weights = [3 * decay(90, 60), 5 * decay(0.5, 60), 0];
    const views = [decay(90, 30), decay(0.5, 30), 0];
    const relative = (values: readonly number[], index: number): number => {
      const mean = values.reduce((sum, value) => sum + value, 0) / 3;
      return Math.log(((values[index] ?? NaN) + 5) / (mean + 5));
    };
    expect(found).toEqual(
      [-1, 1, 0].map((price, index) => ({
        product_id: String(index + 1),
        relative_price: expect.closeTo(price, 9) as number,
        popularity: expect.closeTo(relative(weights, index), 9) as number,
        view_popularity: expect.closeTo(relative(views, index), 9) as number,
      })),
    );
  });
});

describe('product neighbours', () => {
  it('are the damped cosine over customers who carted or bought', async () => {
    const cart = (customer: number, product: number) => ({ customer, type: 'add_to_cart', daysAgo: 1, product });
    await givenEvents(cart(1, 1), cart(1, 2), cart(2, 1), cart(2, 2), cart(3, 1), cart(3, 3));
    await givenEvents({ customer: 4, type: 'product_view', daysAgo: 1, product: 2 });
    await givenEvents({ customer: 4, type: 'product_view', daysAgo: 1, product: 3 });
    await refresh();
    const found = await execute('SELECT product_id, neighbour_id, similarity FROM product_neighbours ORDER BY 1, 2');
    const pair = (one: number, other: number, similarity: number) => ({
      product_id: String(one),
      neighbour_id: String(other),
      similarity: expect.closeTo(similarity, 9) as number,
    });
    const oneAndTwo = 2 / Math.sqrt(8 * 7);
    const oneAndThree = 1 / Math.sqrt(8 * 6);
    expect(found).toEqual([
      pair(1, 2, oneAndTwo),
      pair(1, 3, oneAndThree),
      pair(2, 1, oneAndTwo),
      pair(3, 1, oneAndThree),
    ]);
  });

  it('count the 40 latest products of a customer and keep 20 neighbours', async () => {
    await execute(`
      INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier)
      SELECT 100 + number, 'more', 'Yara', 'CAT-B', 60, 'mid_range' FROM generate_series(1, 41) AS number`);
    const days = Array.from({ length: 41 }, (_, index) => index + 1);
    await givenEvents(
      ...days.map((day) => ({ customer: 1, type: 'order_complete', daysAgo: day, product: 100 + day })),
    );
    await refresh();
    const found = await execute(
      'SELECT product_id, count(*)::integer AS rows FROM product_neighbours GROUP BY 1 ORDER BY 1',
    );
    expect(found).toEqual(days.slice(0, 40).map((day) => ({ product_id: String(100 + day), rows: 20 })));
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
    const before = await client.transaction(derivedRows);
    await givenEvents(
      ...['product_view', 'add_to_cart', 'cart_abandon', 'order_complete', 'pos_purchase', 'search'].flatMap((type) => [
        { customer: 1, type, daysAgo: 0, product: 3, session: 9 },
        { customer: 2, type, daysAgo: -20, product: 1, session: 8 },
      ]),
    );
    await refresh();
    expect(await client.transaction(derivedRows)).toEqual(before);
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
    const before = await client.transaction(derivedRows);
    const attempt = client.transaction(async (session) => {
      await refreshDerived(session, statements, new Date('2026-05-01T00:00:00Z'), SILENT_PROGRESS);
      expect(await derivedRows(session)).not.toEqual(before);
      throw new Error('enough');
    });
    await expect(attempt).rejects.toThrow('enough');
    expect(await client.transaction(derivedRows)).toEqual(before);
  });

  it('works on a database without customers, products and events', async () => {
    await execute('TRUNCATE products, product_categories, inventory, customers, events CASCADE');
    await refresh();
    expect(await client.transaction(derivedRows)).toEqual([]);
  });
});
