import { expect, it } from 'vitest';
import { loadStatements, statementNamed } from '../../src/statements.ts';
import { AS_OF, useDerivedWorld } from '../support/derived-world.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const { execute, givenCustomer, givenEvents, refresh } = useDerivedWorld();

const { text } = statementNamed(loadStatements(STATEMENTS_FOLDER), 'shopping_days');

const NOTHING = { age: null, visits: [], places: [], days: [], kinds: [], stars: [], browsed: [], browsed_days: [] };

it('shopping_days counts days of 24 hours up to the moment, and tells what was done with which product on each', async () => {
  for (const customer of [1, 2, 3]) await givenCustomer(customer);
  const did = (type: string, daysAgo: number, product: number) => ({ customer: 1, type, daysAgo, product });
  await givenEvents(
    ...[did('product_view', 180.1, 1), did('product_view', 180, 1), did('product_view', 179.9, 1)],
    ...[did('product_view', 30.2, 2), did('add_to_cart', 30.2, 2), did('order_complete', 30.1, 2)],
    ...[did('pos_purchase', 0.5, 2), did('cart_abandon', 0.5, 1)],
    { customer: 1, type: 'search', daysAgo: 3.5 },
    { customer: 2, type: 'product_view', daysAgo: -0.5, product: 1 },
  );
  expect(await execute(text, [AS_OF, '0', 2])).toEqual([
    {
      ...NOTHING,
      customer_id: '1',
      home_region: 'West',
      visits: [-1, 0, 149, 176, 179],
      places: [0, 0, 0, 1, 1],
      days: [-1, 0, 179, 149, 179],
      kinds: [1, 1, 2, 1 + 2 + 4, 8],
      stars: [0, 0, 0, 0, 0],
    },
    { ...NOTHING, customer_id: '2', home_region: 'West' },
  ]);
});

it('shopping_days tells ratings and browsed categories, and the age as of the moment', async () => {
  await givenCustomer(1, { birthDate: '1990-12-31' });
  await givenEvents(
    { customer: 1, type: 'category_browse', daysAgo: 2.5, category: 'CAT-B' },
    { customer: 1, type: 'category_browse', daysAgo: 2.4, category: 'CAT-B' },
    { customer: 1, type: 'category_browse', daysAgo: 9.5, category: 'CAT-A' },
    { customer: 1, type: 'rating', daysAgo: 1.5, product: 1, stars: 4.5 },
  );
  await refresh();
  expect(await execute(text, [AS_OF, '0', 2])).toMatchObject([
    { age: 36, visits: [170, 177, 178], places: [0], days: [178], kinds: [0], stars: [4.5], browsed: ['CAT-A', 'CAT-B'], browsed_days: [170, 177] }, // prettier-ignore
  ]);
});
