import { describe, expect, it } from 'vitest';
import { decay, useDerivedWorld } from '../support/derived-world.ts';

const { execute, givenCustomer, givenEvents, givenShopper, refresh } = useDerivedWorld();

describe('product statistics', () => {
  it('know what is bought again, five days later or more, and after how many days', async () => {
    await givenCustomer(1);
    const buy = (daysAgo: number, product: number) => ({ customer: 1, type: 'order_complete', daysAgo, product });
    await givenEvents(buy(60, 1), buy(40, 1), buy(30, 1), buy(27, 1), buy(3, 2));
    await refresh();
    const found = await execute(
      `SELECT product_id, repeat_rate, repeat_days FROM product_statistics WHERE region = 'West' ORDER BY product_id`,
    );
    const row = (product: string, rate: number, days: number | null) => ({
      product_id: product,
      repeat_rate: expect.closeTo(rate, 9) as number,
      repeat_days: days,
    });
    expect(found).toEqual([row('1', 2.3 / 14, 15), row('2', 0.3 / 11, null), row('3', 0.03, null)]);
  });

  it('know what each region will want, and how surely a product is used up', async () => {
    await givenShopper();
    await refresh();
    const found = await execute<{
      region: string;
      demand: number | null;
      repeat_chance: number;
      repeat_interval: number | null;
    }>(`SELECT region, demand, repeat_chance, repeat_interval FROM product_statistics ORDER BY region, product_id`);
    const west = found.filter(({ region }) => region === 'West');
    expect(west.map(({ demand }) => Number.isFinite(demand))).toEqual([true, true, true]);
    expect(west[1]?.demand).toBeGreaterThan(west[2]?.demand ?? Infinity);
    expect(west.every(({ repeat_chance: chance }) => chance > 0 && chance < 0.5)).toBe(true);
    expect(west.map(({ repeat_interval: interval }) => interval !== null)).toEqual([false, true, false]);
    // Nobody lives in the other regions: what they want is not known.
    expect(found.filter(({ region, demand }) => region !== 'West' && demand !== null)).toEqual([]);
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
