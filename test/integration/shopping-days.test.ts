import { expect, it } from 'vitest';
import { loadStatements, statementNamed } from '../../src/statements.ts';
import { AS_OF, useDerivedWorld } from '../support/derived-world.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const { execute, givenCustomer, givenEvents } = useDerivedWorld();

const { text } = statementNamed(loadStatements(STATEMENTS_FOLDER), 'shopping_days');

it('shopping_days counts days of 24 hours from 180 days before the moment on, and tells what was bought, and where', async () => {
  for (const customer of [1, 2, 3]) await givenCustomer(customer);
  const did = (type: string, daysAgo: number, product: number) => ({ customer: 1, type, daysAgo, product });
  await givenEvents(
    ...[did('product_view', 180.1, 1), did('product_view', 180, 1), did('product_view', 179.9, 1)],
    ...[
      did('product_view', 30.2, 2),
      did('order_complete', 30.1, 2),
      did('pos_purchase', 0.5, 2),
      { customer: 1, type: 'search', daysAgo: 3.5 },
    ],
    { customer: 2, type: 'product_view', daysAgo: -0.5, product: 1 },
  );
  const row = (id: string, visits: number[], places: number[], days: number[], kinds: number[]) => ({
    customer_id: id,
    home_region: 'West',
    visits,
    places,
    days,
    kinds,
  });
  expect(await execute(text, [AS_OF, '0', 2])).toEqual([
    row('1', [0, 149, 176, 179], [0, 1, 1], [0, 149, 179], [0, 1, 2]),
    row('2', [], [], [], []),
  ]);
});
