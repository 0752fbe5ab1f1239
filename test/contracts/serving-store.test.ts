import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../../src/errors.ts';
import type { StatementName } from '../../src/generated/statement-names.ts';
import { loadStatements } from '../../src/statements.ts';
import { eventId, LARGEST_ID, MANY_CUSTOMERS, MANY_FIRST_ID, ODD_ID, UNKNOWN_ID } from '../support/contract-data.ts';
import { CONTRACT_STORES, SNOWFLAKE_STATEMENTS_FOLDER, type ContractStore } from '../support/contract-stores.ts';

interface Question {
  readonly title: string;
  readonly statement: StatementName;
  readonly parameters: readonly unknown[];
  /** How many rows there are; 0 where there must be none. */
  readonly rows: number;
  /** The statement promises no order. */
  readonly isUnordered?: true;
}

const MANY_IDS = Array.from({ length: MANY_CUSTOMERS }, (_, index) => String(MANY_FIRST_ID + index));
const CUSTOMERS = ['10', '11', UNKNOWN_ID, ODD_ID, LARGEST_ID];
const PRODUCTS = ['1', '2', UNKNOWN_ID, ODD_ID, LARGEST_ID];
const NO_FILTER = [null, null, null, null, null, null];
const NO_SEGMENT = [null, null, null, null, null, null, null, null, null];
const MICROS = String(Date.parse('2026-10-01T10:00:00Z') * 1000 + 2);

function question(statement: StatementName, title: string, parameters: readonly unknown[], rows: number): Question {
  return { title: `${statement}: ${title}`, statement, parameters, rows };
}

function unordered(...given: Parameters<typeof question>): Question {
  return { ...question(...given), isUnordered: true };
}

/** The same question for lists of no, one and several keys, some of them unknown. */
function ofKeys(
  ask: typeof question,
  statement: StatementName,
  keys: readonly string[],
  rows: readonly number[],
): Question[] {
  const [one = 0, several = 0] = rows;
  return [
    ask(statement, 'no key', [[]], 0),
    ask(statement, 'one key', [keys.slice(0, 1)], one),
    ask(statement, 'an unknown key', [[UNKNOWN_ID]], 0),
    ask(statement, 'several keys', [keys], several),
    ask(statement, 'more keys than a statement takes', [[...keys.slice(2), ...MANY_IDS, ...keys]], several),
  ];
}

const BATCHES: readonly Question[] = [
  ...ofKeys(unordered, 'customer_features_by_ids', CUSTOMERS, [1, 4]),
  ...ofKeys(question, 'customer_propensities_by_ids', CUSTOMERS, [2, 5]),
  ...ofKeys(unordered, 'customer_tastes_by_ids', CUSTOMERS, [1, 2]),
  ...ofKeys(question, 'collaborative_lists_by_customers', CUSTOMERS, [2, 3]),
  ...ofKeys(question, 'inventory_by_products', PRODUCTS, [2, 5]),
  ...ofKeys(question, 'product_neighbours_by_ids', PRODUCTS, [3, 4]),
  ...ofKeys(unordered, 'products_by_ids', PRODUCTS, [1, 4]),
  unordered('customers_by_ids', 'no key', [[]], 0),
  unordered('customers_by_ids', 'one key', [['11']], 1),
  unordered('customers_by_ids', 'several keys', [[...CUSTOMERS, '12']], 5),
  unordered('customers_by_ids', 'more keys than a statement takes', [[...MANY_IDS, ...CUSTOMERS]], MANY_CUSTOMERS + 4),
  unordered('inventory_by_product_regions', 'no pair', [[], []], 0),
  unordered('inventory_by_product_regions', 'one pair', [['1'], ['South']], 1),
  unordered(
    'inventory_by_product_regions',
    'several pairs, some unknown',
    [
      [LARGEST_ID, '1', '2', ODD_ID, UNKNOWN_ID],
      ['South', 'Northeast', 'Northeast', 'South', 'South'],
    ],
    3,
  ),
  unordered(
    'inventory_by_product_regions',
    'more pairs than a statement takes',
    [
      [...MANY_IDS, '1', '1'],
      [...MANY_IDS.map(() => 'South'), 'South', 'Northeast'],
    ],
    2,
  ),
];

const PURCHASES: readonly Question[] = [
  question('purchases_by_customers', 'no page', [[], [], [], []], 0),
  question('purchases_by_customers', 'one page', [['10'], [null], [null], [10]], 4),
  question('purchases_by_customers', 'a page after a cursor', [['10'], [MICROS], [eventId(3)], [10]], 3),
  question(
    'purchases_by_customers',
    'pages of several customers, each with its size',
    [
      ['10', UNKNOWN_ID, LARGEST_ID, '10', '10'],
      [null, null, null, MICROS, null],
      [null, null, null, eventId(2), null],
      [1, 5, 5, 1, 3],
    ],
    6,
  ),
  question(
    'purchases_by_customers',
    'more pages than a statement takes',
    [
      ['10', ...MANY_IDS, '10'],
      Array(MANY_CUSTOMERS + 2).fill(null),
      Array(MANY_CUSTOMERS + 2).fill(null),
      Array(MANY_CUSTOMERS + 2).fill(2),
    ],
    4,
  ),
];

const PAGES: readonly Question[] = [
  question('products_by_name', 'the first page', [null, null, 3, ...NO_FILTER], 3),
  question('products_by_name', 'a page after a cursor', ['Espresso', '1', 10, ...NO_FILTER], 5),
  question(
    'products_by_name',
    'a name with % and _ in it',
    [null, null, 10, null, null, null, null, null, String.raw`%0\% A%a\_b%`],
    1,
  ),
  question(
    'products_by_name',
    'a name with a backslash in it',
    [null, null, 10, null, null, null, null, null, String.raw`%k\\s%`],
    1,
  ),
  question('products_by_name', 'a name in any case', [null, null, 10, null, null, null, null, null, '%ESPRESSO%'], 2),
  question('products_by_price_ascending', 'the first page', [null, null, 3, ...NO_FILTER], 3),
  question('products_by_price_ascending', 'a page after a cursor in equal prices', ['12.50', '1', 10, ...NO_FILTER], 5),
  question(
    'products_by_price_ascending',
    'every filter at once',
    [null, null, 10, ['CAT-2', 'CAT-9'], ['Plain', '茶屋', 'O\'Neill "Best"'], ['mid_range'], '0.10', '19.90', '%o%'],
    1,
  ),
  question(
    'products_by_price_ascending',
    'a filter that allows nothing',
    [null, null, 10, [], ...NO_FILTER.slice(1)],
    0,
  ),
  question('products_by_price_descending', 'the first page', [null, null, 3, ...NO_FILTER], 3),
  question(
    'products_by_price_descending',
    'a page after a cursor in equal prices',
    ['19.90', '6', 10, ...NO_FILTER],
    5,
  ),
  question('customer_segment', 'the first page', [null, 3, ...NO_SEGMENT], 3),
  question('customer_segment', 'a page after an id beyond 2^53', [ODD_ID, 10, ...NO_SEGMENT], 1),
  question(
    'customer_segment',
    'segments and tiers',
    [null, 10, ['Loyal', 'Champion'], ['gold'], ...NO_SEGMENT.slice(2)],
    3,
  ),
  question(
    'customer_segment',
    'every filter at once',
    [null, 10, ['Champion'], ['gold'], ['Northeast', 'West'], 0.05, 0, 999, 99.5, 'CAT-2', 0.75],
    1,
  ),
  question('region_stock_snapshot', 'a region', ['South'], 4),
  question('region_stock_snapshot', 'a region without stock', ['West'], 0),
  unordered('taste_priors', 'everything', [], 2),
];

const QUESTIONS = [...BATCHES, ...PURCHASES, ...PAGES];

async function answerOf({ store }: ContractStore, { statement, parameters, isUnordered }: Question): Promise<object[]> {
  const rows = [...(await store.query<object>(statement, parameters))];
  // Keys in one order, so that equal rows have equal texts.
  const textOf = (row: object): string => JSON.stringify(Object.entries(row).sort());
  return isUnordered ? rows.sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1)) : rows;
}

describe('the same statement on every store', () => {
  let postgres: ContractStore;
  let snowflake: ContractStore;

  beforeAll(async () => {
    [postgres, snowflake] = await Promise.all([CONTRACT_STORES.postgres(), CONTRACT_STORES.snowflake()]);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), snowflake.stop()]);
  });

  it('is asked at least once', () => {
    const names = [...loadStatements(SNOWFLAKE_STATEMENTS_FOLDER).keys()];
    expect([...new Set(QUESTIONS.map(({ statement }) => statement))].sort()).toEqual(names.sort());
  });

  it.each(QUESTIONS)('$title', async (asked) => {
    const expected = await answerOf(postgres, asked);
    expect(expected).toHaveLength(asked.rows);
    expect(await answerOf(snowflake, asked)).toStrictEqual(expected);
  });
});

describe.each(Object.entries(CONTRACT_STORES))('a serving store on %s', (_name, start) => {
  let contract: ContractStore;

  beforeAll(async () => {
    contract = await start();
  });
  afterAll(async () => {
    await contract.stop();
  });

  it('gives ids and exact decimals as text, counts and doubles as numbers, booleans as such', async () => {
    const [product] = await contract.store.query('products_by_ids', [[LARGEST_ID]]);
    expect(product).toStrictEqual({
      product_id: LARGEST_ID,
      product_name: 'Largest one',
      brand: 'Plain',
      category_id: 'CAT-2',
      category_name: "Children's – Spielzeug 🧸",
      department: 'Home',
      price: '20.00',
      currency: 'USD',
      is_perishable: false,
      product_tier: 'daily_staple',
    });
    const [features] = await contract.store.query('customer_features_by_ids', [['11']]);
    expect(features).toMatchObject({ customer_id: '11', age: null, total_orders: 7, lifetime_spend: 123456.789 });
  });

  it('gives moments as Date, days as text and JSON parsed', async () => {
    const [customer] = await contract.store.query('customers_by_ids', [['10']]);
    expect(customer).toMatchObject({ joined_on: '2024-02-29' });
    const [taste] = await contract.store.query('customer_tastes_by_ids', [['10']]);
    expect(taste).toMatchObject({
      category_weights: { 'CAT-1': 4.25, 'CAT-2': 0.1 },
      as_of: new Date('2026-10-31T23:59:59.123Z'),
    });
  });

  it('gives rows that nobody can change', async () => {
    const rows = await contract.store.query('taste_priors', []);
    expect(rows.every((row) => Object.isFrozen(row))).toBe(true);
  });

  it('answers many statements at once', async () => {
    const ids = MANY_IDS.slice(0, 60);
    const answers = await Promise.all(ids.map((id) => contract.store.query('customers_by_ids', [[id]])));
    expect(answers.map(([row]) => (row as { customer_id: string }).customer_id)).toEqual(ids);
  });

  it('is late within its deadline when the backend hangs, and answers when it is back', async () => {
    contract.proxy.setMode('hang');
    const startedAt = performance.now();
    const asked = contract.store.query('taste_priors', [], { deadlineMs: 300 });
    await expect(asked).rejects.toBeInstanceOf(UpstreamTimeoutError);
    // Room for a busy machine; a hang would last for ever.
    expect(performance.now() - startedAt).toBeLessThan(3000);
    contract.proxy.setMode('pass');
    await vi.waitFor(() => contract.store.ping(), 5000);
    expect(await contract.store.query('taste_priors', [])).toHaveLength(2);
  });

  it('is unavailable when the backend is away, soon, and answers when it is back', async () => {
    contract.proxy.setMode('refuse');
    const asked = contract.store.query('taste_priors', [], { deadlineMs: 5000 });
    await expect(asked).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(contract.store.ping()).rejects.toBeInstanceOf(UpstreamUnavailableError);
    contract.proxy.setMode('pass');
    await vi.waitFor(() => contract.store.ping(), 5000);
    expect(await contract.store.query('taste_priors', [])).toHaveLength(2);
  });
});
