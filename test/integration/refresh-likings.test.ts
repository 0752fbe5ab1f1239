import { expect, it } from 'vitest';
import { refreshDemand } from '../../src/jobs/demand/refresh-demand.ts';
import { readShop } from '../../src/jobs/shop.ts';
import { shoppingDaysPages, type ShoppingDays } from '../../src/jobs/shopping-days.ts';
import { refreshLikings } from '../../src/jobs/styles/refresh-likings.ts';
import { loadStatements, statementNamed } from '../../src/statements.ts';
import { AS_OF, useDerivedWorld } from '../support/derived-world.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const { execute, givenCustomer, givenEvents, refresh, transaction } = useDerivedWorld();

interface LikingsRow {
  readonly category_likings: Readonly<Record<string, number>>;
  readonly brand_likings: Readonly<Record<string, number>>;
  readonly price_level: number;
}

const likingsOf = (customer: number): Promise<LikingsRow[]> =>
  execute<LikingsRow>(
    'SELECT category_likings, brand_likings, price_level FROM customer_tastes WHERE customer_id = $1',
    [customer],
  );

it('customer_tastes tell the category, the brand and the price that each customer keeps to', async () => {
  const keepsTo = [1, 2, 3];
  for (const customer of [...keepsTo, 4]) await givenCustomer(customer);
  await givenEvents(
    ...keepsTo.flatMap((product) =>
      Array.from({ length: 12 }, (_, day) => ({
        customer: product,
        type: 'product_view',
        daysAgo: day + 0.5,
        product,
      })),
    ),
  );
  await refresh();
  const [[cheap], [dear], [home], [nobody]] = (await Promise.all([...keepsTo, 4].map(likingsOf))) as [
    LikingsRow[],
    LikingsRow[],
    LikingsRow[],
    LikingsRow[],
  ];
  expect(cheap?.category_likings['CAT-A']).toBeGreaterThan((cheap?.category_likings['CAT-B'] ?? NaN) + 0.5);
  expect(home?.category_likings['CAT-B']).toBeGreaterThan((home?.category_likings['CAT-A'] ?? NaN) + 0.5);
  expect(cheap?.brand_likings['Xenia']).toBeGreaterThan((cheap?.brand_likings['Yara'] ?? NaN) + 0.1);
  expect(dear?.brand_likings['Yara']).toBeGreaterThan((dear?.brand_likings['Xenia'] ?? NaN) + 0.1);
  expect(cheap?.price_level).toBeLessThan(-0.1);
  expect(dear?.price_level).toBeGreaterThan(0.1);
  expect(nobody).toMatchObject({ brand_likings: {}, price_level: 0 });
  for (const liking of Object.values(nobody?.category_likings ?? {})) expect(Math.abs(liking)).toBeLessThan(0.5);
});

it('customers that nothing is learned from get likings too, in a region that nobody else lives in as well', async () => {
  for (const customer of [1, 2, 3]) await givenCustomer(customer);
  await execute(`UPDATE customers SET home_region = 'South' WHERE customer_id = 3`);
  const looks = (customer: number, product: number) =>
    [1, 2, 3, 4, 5].map((day) => ({ customer, type: 'product_view', daysAgo: day, product }));
  await givenEvents(...looks(1, 1), ...looks(2, 3), ...looks(3, 3));
  await refresh();
  await execute(`UPDATE customer_tastes SET category_likings = '{}'`);
  const statements = loadStatements(STATEMENTS_FOLDER);
  await transaction(async (session) => {
    const { text } = statementNamed(statements, 'shopping_days');
    const pages = oneByOne(shoppingDaysPages((after, limit) => session.execute(text, [AS_OF, after, limit])));
    const shop = await readShop(session, pages, 1);
    expect(shop.customers.map(({ customerId }) => customerId)).toEqual(['1']);
    const demand = await refreshDemand(session, statements, shop);
    await refreshLikings(session, statements, { shop, demand, others: pages });
  });
  for (const customer of [2, 3]) {
    const [likings] = await likingsOf(customer);
    expect(likings?.category_likings['CAT-B']).toBeGreaterThan(likings?.category_likings['CAT-A'] ?? NaN);
  }
});

async function* oneByOne(pages: AsyncIterable<ShoppingDays[]>): AsyncGenerator<ShoppingDays[], undefined> {
  for await (const page of pages) for (const customer of page) yield [customer];
}
