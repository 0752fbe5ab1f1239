import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dialect, parse } from '@polyglot-sql/sdk';
import type { Binds } from 'snowflake-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrivenConnection, type DrivenSnowflake, startDrivenSnowflake } from '../test/support/local-snowflake.ts';
import { createStatementBinder } from '../src/stores/snowflake-binding.ts';
import { isFunction } from './duckdb/functions.ts';
import { splitScript } from './sql/script.ts';

const SQL = join(import.meta.dirname, '../sql');
const GOLDEN = join(import.meta.dirname, 'golden');
const SETUP = join(SQL, 'snowflake/setup');
const setupFiles = readdirSync(SETUP).filter((file) => /^\d/.test(file));
const statements = readdirSync(join(SQL, 'snowflake/queries'));
/** A statement's text and binds as the store sends them. */
function bound(text: string, parameters: readonly unknown[]): { text: string; binds: Binds } {
  const [statement] = createStatementBinder(text, 1024).bind(parameters);
  if (!statement) throw new Error('There is no statement.');
  return { text: statement.text, binds: [...statement.binds] as Binds };
}

const textOf = (...path: string[]) => readFileSync(join(SQL, ...path), 'utf8');

const ROWS = `
INSERT INTO product_categories VALUES ('CAT-1', 'Shoes', 'Footwear'), ('CAT-2', 'Rings', 'Accessories');
INSERT INTO products (product_id, product_name, brand, category_id, price, product_tier) VALUES
  (1, 'Runner 50%', 'Trail', 'CAT-1', 19.99, 'daily_staple'), (2, 'Band', 'Gold', 'CAT-2', 199, 'premium'), (3, 'Ring', 'Gold', 'CAT-2', 199, 'premium');
INSERT INTO customers (customer_id, first_name, email, joined_on, loyalty_tier, home_region, zip_code) VALUES
  (9007199254740993, 'Ann', 'ann@example.com', '2020-01-02', 'Gold', 'West', '94000'), (5, 'Bob', 'bob@example.com', '2021-01-02', 'Bronze', 'South', '70000');
INSERT INTO inventory VALUES ('West', 1, 'WH-WE-01', 0, 3, '2024-01-01 10:00:00.5'), ('West', 2, 'WH-WE-01', 7, 2, '2024-01-01'), ('South', 1, 'WH-SO-01', 4, 1, '2024-01-01');
INSERT INTO events (event_id, customer_id, event_type, occurred_at, region, product_id, quantity, unit_price) VALUES
  ('a0000000-0000-0000-0000-000000000001', 5, 'order_complete', '2024-01-01 00:00:00.000001', 'South', 1, 2, 19.99),
  ('a0000000-0000-0000-0000-000000000002', 5, 'pos_purchase', '2024-01-01 00:00:00.000001', 'South', 2, 1, 199),
  ('a0000000-0000-0000-0000-000000000003', 5, 'product_view', '2024-01-03', 'South', 2, 1, NULL),
  ('a0000000-0000-0000-0000-000000000004', 5, 'order_complete', '2024-01-02', 'South', 1, 1, 19.99);
INSERT INTO customer_features SELECT 5, 40, 24, 0, 7, 700.5, 100, 3, 4, 9, 8, 80, 2, 0.5, 0, 55.5, 'Champion', '2024-02-01'::TIMESTAMP_NTZ;
INSERT INTO customer_propensities VALUES (5, 'CAT-1', 0.25, '2024-02-01'), (5, 'CAT-2', 0.75, '2024-02-01');
INSERT INTO customer_tastes SELECT 5, 3.5, PARSE_JSON('{"CAT-1":3.5}'), PARSE_JSON('{}'), 0.1, 0.2, PARSE_JSON('{"1":2}'), PARSE_JSON('{}'), PARSE_JSON('{}'), PARSE_JSON('{}'), PARSE_JSON('{}'), PARSE_JSON('{}'), PARSE_JSON('{"0":0.5}'), PARSE_JSON('{"CAT-1":0.75}'), PARSE_JSON('{"X":0.25}'), -0.5, '2024-02-01'::TIMESTAMP_NTZ;
INSERT INTO taste_priors VALUES ('brand', 'Gold', 0.5, '2024-02-01');
INSERT INTO product_statistics SELECT 'West', 1, 0.5, 1.5, 2.5, 0.5, 0.25, 0.03, 28, 0.75, 27.5, -0.5, PARSE_JSON('{"0":0.5}'), '2024-02-01'::TIMESTAMP_NTZ;
INSERT INTO product_neighbours VALUES (1, 2, 0.5, '2024-02-01'), (1, 3, 0.9, '2024-02-01');
`;

let server: DrivenSnowflake;
let connection: DrivenConnection;

beforeAll(async () => {
  server = await startDrivenSnowflake();
  for (const file of setupFiles) await server.runScript(textOf('snowflake/setup', file));
  await server.runScript(ROWS, { database: 'SNOWGATE', schema: 'SERVING' });
  connection = await server.connect({ database: 'snowgate', schema: 'serving', warehouse: 'snowgate_wh' });
});

afterAll(() => server.stop());

const KINDS = `DATABASES, SCHEMAS, HYBRID TABLES, DYNAMIC TABLES, TABLES, STREAMS, TASKS, ALERTS, USER FUNCTIONS, ROLES,
  WAREHOUSES, SECRETS, STAGES, SERVICES, COMPUTE POOLS, IMAGE REPOSITORIES, NETWORK RULES, NETWORK POLICIES,
  EXTERNAL ACCESS INTEGRATIONS, POSTGRES INSTANCES, GRANTS`.split(/,\s+/);

/** Every object of the account by kind, without what changes by itself. */
async function everything({ rows }: DrivenConnection): Promise<Map<string, Record<string, unknown>[]>> {
  const all = new Map<string, Record<string, unknown>[]>();
  for (const kind of KINDS) {
    const shown = await rows(`SHOW ${kind}${/TABLES|SCHEMAS|STREAMS/.test(kind) ? ' IN ACCOUNT' : ''}`);
    all.set(
      kind,
      shown.map((row) => ({ ...row, created_on: null, last_completed_refresh: null })),
    );
  }
  return all;
}

/** Rows with names in lower case and every number and date as text. */
async function answer(statement: string, parameters: readonly unknown[]): Promise<Record<string, unknown>[]> {
  const { text, binds } = bound(textOf('snowflake/queries', `${statement}.sql`), parameters);
  const rows = await connection.rows(text, binds, { fetchAsString: ['Number', 'Date'] });
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])));
}

const idsOf = (rows: readonly Record<string, unknown>[], name: string) => rows.map((row) => row[name]);

describe('the setup', () => {
  it('changes nothing when it is run again', async () => {
    const before = await everything(connection);
    for (const file of setupFiles) await server.runScript(textOf('snowflake/setup', file));
    expect(await everything(connection)).toEqual(before);
    expect(before.get('HYBRID TABLES')?.length).toBeGreaterThan(9);
    expect([...before].filter(([, objects]) => objects.length === 0)).toEqual([]);
    expect(await answer('taste_priors', [])).toHaveLength(1);
  });

  it.each([...setupFiles, 'teardown.sql'])('%s says what it does and when to run it', (file) => {
    const [purpose = '', ...more] = textOf('snowflake/setup', file).split('\nUSE ')[0]?.split('\n') ?? [];
    expect(purpose).toMatch(/^-- [A-Z].*/);
    expect(more.join(' ')).toMatch(/Run (first|after|as)/);
    expect(more.join(' ')).toMatch(/Running it again (changes nothing|makes them anew)/);
  });

  it('has placeholders inside texts only, so that each file is valid before they are filled in', () => {
    const texts = [...setupFiles, 'teardown.sql'].map((file) => textOf('snowflake/setup', file));
    const outside = texts.map((text) => text.replaceAll(/--.*$/gm, '').replaceAll(/'[^']*'/g, ''));
    expect(outside.join('')).not.toContain('${');
    const filled = new Set(texts.flatMap((text) => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)));
    const readme = textOf('snowflake/README.md');
    for (const name of filled) expect(readme).toContain(`\`\${${name}}\``);
  });

  it('is taken away by teardown.sql, which can be run again', async () => {
    const other = await startDrivenSnowflake();
    try {
      const connected = await other.connect();
      const untouched = await everything(connected);
      for (const file of [...setupFiles, 'teardown.sql', 'teardown.sql'])
        await other.runScript(textOf('snowflake/setup', file));
      expect(await everything(connected)).toEqual(untouched);
    } finally {
      await other.stop();
    }
  });
});

describe('the golden files', () => {
  it('have a case for every function that our SQL calls', () => {
    const files = [...setupFiles.map((file) => `setup/${file}`), ...statements.map((file) => `queries/${file}`)];
    const code = files.map((file) => textOf('snowflake', file).replaceAll(/--.*$/gm, '')).join('\n');
    const called = new Set(
      [...code.matchAll(/([\w$]+)\(/g)].map(([, name = '']) => name.toUpperCase()).filter(isFunction),
    );
    const golden = readdirSync(GOLDEN).map((file) => readFileSync(join(GOLDEN, file), 'utf8'));
    expect(called.size).toBeGreaterThan(25);
    expect([...called].filter((name) => !golden.some((text) => text.includes(`${name}(`)))).toEqual([]);
  });
});

describe.each(statements)('%s', (file) => {
  const text = textOf('snowflake/queries', file);

  it('has the columns of its Postgres twin, in order', async () => {
    const rowsAt = Number(/\/\*rows :(\d+)/.exec(text)?.[1] ?? 0);
    const parameters = Array.from({ length: 11 }, (_, place) => (place + 1 === rowsAt ? 5 : null));
    const asked = bound(text, parameters);
    const { statement, done } = connection.start(asked.text, asked.binds);
    await done;
    const columns = statement.getColumns()?.map((column) => column.getName().toLowerCase());
    expect(columns).toEqual(selectedColumns(textOf('postgres/queries', file)));
  });

  it('is Snowflake SQL for another parser, too', () => {
    expect(parse(text, Dialect.Snowflake)).toMatchObject({ success: true });
    expect(parse(text.replace(/;\s*$/, ' AND'), Dialect.Snowflake)).toMatchObject({ success: false });
  });

  it('says what it is for and what its parameters are', () => {
    expect(text).toMatch(/^-- .+\n/);
    const used = new Set(
      [...text.replaceAll(/^--.*$/gm, '').matchAll(/(?<!:):([1-9]\d*)/g)].map(([placeholder]) => placeholder),
    );
    for (const placeholder of used) expect(text.replaceAll(/^(?!--).*$/gm, '')).toContain(`${placeholder} `);
  });
});

describe('statements by id', () => {
  it('finds customers with ids beyond 2^53', async () => {
    const rows = await answer('customers_by_ids', [['9007199254740993', '404']]);
    expect(rows).toEqual([
      {
        customer_id: '9007199254740993',
        first_name: 'Ann',
        email: 'ann@example.com',
        joined_on: '2020-01-02',
        loyalty_tier: 'Gold',
        home_region: 'West',
        zip_code: '94000',
        has_app: false,
        email_opt_in: false,
      },
    ]);
  });

  it('finds nothing for no ids', async () => {
    expect(await answer('customers_by_ids', [[]])).toEqual([]);
  });

  it('gives features, propensities in order and tastes as JSON', async () => {
    expect(await answer('customer_features_by_ids', [['5']])).toMatchObject([
      { age: '40', lifetime_spend: '700.5', rfm_segment: 'Champion', as_of: '2024-02-01 00:00:00.000' },
    ]);
    expect(idsOf(await answer('customer_propensities_by_ids', [['5', '6', '7']]), 'category_id')).toEqual([
      'CAT-2',
      'CAT-1',
    ]);
    expect(await answer('customer_tastes_by_ids', [['5']])).toMatchObject([
      {
        category_weights: { 'CAT-1': 3.5 },
        recent_products: { 1: 2 },
        total_weight: '3.5',
        style: { 0: 0.5 },
        category_likings: { 'CAT-1': 0.75 },
        brand_likings: { X: 0.25 },
      },
    ]);
  });

  it('gives products with exact prices and neighbours in order', async () => {
    expect(await answer('products_by_ids', [['1']])).toMatchObject([
      { product_id: '1', price: '19.99', currency: 'USD', department: 'Footwear', is_perishable: false },
    ]);
    expect(idsOf(await answer('product_neighbours_by_ids', [['1']]), 'neighbour_id')).toEqual(['3', '2']);
  });

  it('gives stock by product and by pairs', async () => {
    expect(idsOf(await answer('inventory_by_products', [['1']]), 'region')).toEqual(['South', 'West']);
    const pairs = await answer('inventory_by_product_regions', [
      ['1', '2', '2'],
      ['West', 'West', 'South'],
    ]);
    expect(
      pairs.map(({ product_id, region, quantity_on_hand }) => [product_id, region, quantity_on_hand]).sort(),
    ).toEqual([
      ['1', 'West', '0'],
      ['2', 'West', '7'],
    ]);
  });

  it('gives a region with statistics where there are any', async () => {
    expect(await answer('region_stock_snapshot', ['West'])).toMatchObject([
      { product_id: '1', popularity: '1.5' },
      { product_id: '2', popularity: null },
    ]);
  });
});

describe('pages', () => {
  const NOTHING = Array.from({ length: 6 }, () => null);

  it('of customers are cut, continued and filtered', async () => {
    const filter = (changes: Record<number, unknown>) =>
      Array.from({ length: 11 }, (_, place) => changes[place + 1] ?? (place === 1 ? 10 : null));
    expect(idsOf(await answer('customer_segment', filter({})), 'customer_id')).toEqual(['5', '9007199254740993']);
    expect(idsOf(await answer('customer_segment', filter({ 2: 1 })), 'customer_id')).toEqual(['5']);
    expect(idsOf(await answer('customer_segment', filter({ 1: '5' })), 'customer_id')).toEqual(['9007199254740993']);
    expect(
      idsOf(await answer('customer_segment', filter({ 3: ['Champion', 'Loyal', 'Active'], 6: 700 })), 'customer_id'),
    ).toEqual(['5']);
    expect(await answer('customer_segment', filter({ 5: [] }))).toEqual([]);
    expect(idsOf(await answer('customer_segment', filter({ 10: 'CAT-2', 11: 0.7 })), 'customer_id')).toEqual(['5']);
    expect(await answer('customer_segment', filter({ 10: 'CAT-1', 11: 0.7 }))).toEqual([]);
  });

  it('of products go by name and by price, in both directions', async () => {
    expect(idsOf(await answer('products_by_name', [null, null, 10, ...NOTHING]), 'product_id')).toEqual([
      '2',
      '3',
      '1',
    ]);
    expect(idsOf(await answer('products_by_name', ['Band', '2', 1, ...NOTHING]), 'product_id')).toEqual(['3']);
    expect(idsOf(await answer('products_by_price_ascending', ['199', '2', 10, ...NOTHING]), 'product_id')).toEqual([
      '3',
    ]);
    expect(idsOf(await answer('products_by_price_descending', ['199.00', '2', 10, ...NOTHING]), 'product_id')).toEqual([
      '3',
      '1',
    ]);
  });

  it('of products are filtered; what is searched for is taken literally', async () => {
    expect(
      idsOf(
        await answer('products_by_name', [null, null, 10, ['CAT-2'], ['Gold'], ['premium'], '100', '199', null]),
        'product_id',
      ),
    ).toEqual(['2', '3']);
    expect(
      idsOf(await answer('products_by_name', [null, null, 10, null, null, null, null, null, '%50\\%%']), 'product_id'),
    ).toEqual(['1']);
    expect(
      idsOf(await answer('products_by_name', [null, null, 10, null, null, null, null, null, '%r_n%']), 'product_id'),
    ).toEqual(['3', '1']);
    expect(await answer('products_by_name', [null, null, 10, null, null, null, null, null, '%r\\_n%'])).toEqual([]);
  });

  it('of purchases are one per entry, newest first, continued after the microsecond', async () => {
    const rows = await answer('purchases_by_customers', [
      ['5', '404', '5'],
      [null, null, '1704067200000001'],
      [null, null, 'a0000000-0000-0000-0000-000000000002'],
      [2, 2, 5],
    ]);
    expect(
      rows.map(({ page, event_id, occurred_micros }) => [page, (event_id as string).at(-1), occurred_micros]),
    ).toEqual([
      ['1', '4', '1704153600000000'],
      ['1', '2', '1704067200000001'],
      ['3', '1', '1704067200000001'],
    ]);
  });
});

describe('splitScript', () => {
  it('splits at semicolons outside strings, dollars and comments', () => {
    expect(splitScript(`-- a;\nSELECT ';'; /* ; */\nCREATE x AS $$ ; $$;\n;SELECT 2`)).toEqual([
      `SELECT ';'`,
      'CREATE x AS $$ ; $$',
      'SELECT 2',
    ]);
  });
});

/** The names that the last SELECT of a statement gives its columns, on its own level. */
function selectedColumns(text: string): string[] {
  const bare = text.replaceAll(/^--.*$/gm, '');
  const list = /(?:^|\n)SELECT\s([^]*?)\nFROM/.exec(bare)?.[1] ?? /SELECT\s([^]*?)\s+FROM/.exec(bare)?.[1] ?? '';
  const items: string[] = [];
  let depth = 0;
  let item = '';
  for (const letter of list) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      items.push(item);
      item = '';
    } else item += letter;
  }
  return [...items, item].map((each) => /(\w+)\s*$/.exec(each)?.[1] ?? '');
}
