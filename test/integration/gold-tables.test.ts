import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { createMomentReader, type CaseRow } from '../../src/jobs/export-training/moment-reader.ts';
import { propensityMatrix } from '../../src/jobs/export-training/propensity-rows.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { refreshDerived } from '../../src/jobs/refresh-derived.ts';
import { createLogger } from '../../src/logger.ts';
import { CATEGORY_FEATURES } from '../../src/ranking/category-model.ts';
import { ModelRegistry } from '../../src/registry/model-registry.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { ROOT_FOLDER, STATEMENTS_FOLDER } from '../support/folders.ts';
import { type DrivenConnection, type DrivenSnowflake, startDrivenSnowflake } from '../support/local-snowflake.ts';

const SETUP = join(ROOT_FOLDER, 'sql/snowflake/setup');
const SOURCES = ['product_categories', 'products', 'loyalty_tiers', 'stores', 'inventory', 'customers', 'events'];
const GOLD: readonly (readonly [table: string, key: readonly string[]])[] = [
  ['customer_features', ['customer_id']],
  ['customer_propensities', ['customer_id', 'category_id']],
  ['customer_tastes', ['customer_id']],
  ['taste_priors', ['kind', 'key']],
  ['product_statistics', ['region', 'product_id']],
  ['product_neighbours', ['product_id', 'neighbour_id']],
];
const ROWS_AT_ONCE = 1000;
/** Sums of doubles depend on the order of the rows; the last digits may differ. */
const TOLERANCE = 1e-9;

let database: TestDatabase;
let postgres: PostgresClient;
let snowflake: DrivenSnowflake;
let connection: DrivenConnection;

beforeAll(async () => {
  database = await createTestDatabase('demo');
  postgres = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
  await postgres.transaction(async (session) => {
    await session.execute(
      `DELETE FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM customers ORDER BY customer_id LIMIT 60)`,
    );
    await session.execute('DELETE FROM events WHERE customer_id NOT IN (SELECT customer_id FROM customers)');
    await session.execute(
      `UPDATE events SET event_type = 'rating', value = 1 + (product_id + customer_id) % 9 * 0.5
       WHERE event_type = 'product_view' AND product_id % 4 = 0`,
    );
    await refreshDerived(session, loadStatements(STATEMENTS_FOLDER), DEMO_DATA.asOf, SILENT_PROGRESS);
  });
  snowflake = await startDrivenSnowflake();
  for (const file of readdirSync(SETUP).sort())
    if (/^\d/.test(file)) await snowflake.runScript(readFileSync(join(SETUP, file), 'utf8'));
  for (const table of SOURCES) await copyToRaw(table);
  const moment = DEMO_DATA.asOf.toISOString().replace('T', ' ').replace('Z', '');
  await snowflake.runScript(
    `UPDATE snowgate.gold.refresh_moment SET as_of = '${moment}'; ALTER DYNAMIC TABLE snowgate.gold.freshness REFRESH;`,
  );
  connection = await snowflake.connect({ database: 'SNOWGATE', schema: 'GOLD', warehouse: 'SNOWGATE_WH' });
});

afterAll(async () => {
  await snowflake.stop();
  await postgres.close();
  await database.drop();
});

type Row = Readonly<Record<string, unknown>>;

async function copyToRaw(table: string): Promise<void> {
  const rows = await read(`SELECT * FROM ${table}`);
  const names = Object.keys(rows[0] ?? {});
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const values = rows
      .slice(start, start + ROWS_AT_ONCE)
      .map((row) => `(${names.map((name) => literal(row[name])).join(', ')})`);
    await snowflake.runScript(`INSERT INTO snowgate.raw.${table} (${names.join(', ')}) VALUES ${values.join(', ')}`);
  }
}

/** Rows with moments as text in UTC, without a zone. */
async function read(query: string): Promise<Row[]> {
  const rows = await postgres.transaction(async (session) => {
    await session.execute(`SET LOCAL TimeZone = 'UTC'`);
    return session.execute<{ row: Row }>(`SELECT to_jsonb(rows) AS row FROM (${query}) AS rows`);
  });
  return rows.map(({ row }) => row);
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return `'${value.replace('+00:00', '').replaceAll("'", "''")}'`;
  return JSON.stringify(value);
}

describe.each(GOLD)('gold.%s', (table, key) => {
  it('holds the rows that Postgres computes', async () => {
    const expected = keyed(await read(`SELECT * FROM ${table}`), key);
    const actual = keyed((await connection.rows(`SELECT * FROM ${table}`)).map(inLowerCase), key);
    expect(expected.size).toBeGreaterThan(10);
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, row] of expected) expect(differences(withoutStyle(row), actual.get(name) ?? {})).toEqual([]);
  });
});

describe('score_propensities.sql', () => {
  const script = readFileSync(join(ROOT_FOLDER, 'sql/snowflake/jobs/score_propensities.sql'), 'utf8');
  const call = /snowgate\.models\.propensity!PREDICT_PROBA\((?<columns>[^)]*)\):output_feature_1/;
  const columnsOfCall = (call.exec(script)?.groups?.['columns'] ?? '').replace(/--.*/, '').split(',').map((name) => name.trim()); // prettier-ignore
  const model = new ModelRegistry({ root: join(ROOT_FOLDER, 'models') }).newestPropensityModel();
  /** Stands in for the registered model, which no local Snowflake runs. */
  const localModel = '(1 / (1 + exp(-category_lift)))';
  const parts = script.replace(call, localModel).split(/^DROP TABLE category_feature_rows;$/m);

  it('gives the model the columns of its manifest, in their order', () => {
    expect(columnsOfCall).toEqual(model?.columns);
  });

  it('computes the columns that training exports', async () => {
    await snowflake.runScript(parts[0] ?? '');
    const actual = keyed((await connection.rows('SELECT * FROM category_feature_rows')).map(inLowerCase), ['customer_id', 'category_id']); // prettier-ignore
    const expected = await exportedRows();
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [pair, row] of expected) {
      const own = actual.get(pair) ?? {};
      for (const name of columnsOfCall) {
        // What training exports as NaN is NULL in a table: the age of those who did not tell.
        const [wanted, found] = [row[name] ?? Number.NaN, own[name] === null ? Number.NaN : Number(own[name])];
        if (Number.isNaN(wanted)) expect(found, `${pair} ${name}`).toBeNaN();
        else expect(Math.abs(found - wanted), `${pair} ${name}: ${found} for ${wanted}`).toBeLessThan(1e-5 * (1 + Math.abs(wanted))); // prettier-ignore
      }
    }
  });

  it('swaps the scores in, serves them and takes away what is gone', async () => {
    await connection.rows(`INSERT INTO snowgate.serving.customer_propensities VALUES (1, 'GONE', 0.5, '2020-01-01')`);
    await snowflake.runScript(script.replace(call, localModel));
    const scored = await connection.rows('SELECT * FROM customer_propensity ORDER BY customer_id, category_id');
    expect(scored.length).toBe((await exportedRows()).size);
    expect(await connection.rows('SELECT * FROM snowgate.serving.customer_propensities ORDER BY customer_id, category_id')).toEqual(scored); // prettier-ignore
    await snowflake.runScript(`
      ALTER TASK snowgate.serving.advance_moment SUSPEND;
      ALTER TASK snowgate.serving.fill_customer_propensities RESUME;
      ALTER TASK snowgate.serving.advance_moment RESUME;`);
  });
});

describe('the tasks', () => {
  const SERVED = [...SOURCES.map((table) => `raw.${table}`), ...GOLD.map(([table]) => `gold.${table}`)];
  const hours = (count: number) => snowflake.clock.advance(count * 3_600_000);

  /** Rows that a table has and the table that serves has not, or the reverse, by name. */
  async function unequal(): Promise<string[]> {
    const found: string[] = [];
    for (const source of SERVED) {
      const [schema, table] = source.split('.');
      const [one, other] = [`snowgate.${schema}.${table}`, `snowgate.serving.${table}`];
      const names = Object.keys((await connection.rows(`SELECT * FROM ${one} LIMIT 1`))[0] ?? {}).join(', ');
      const [count] = await connection.rows(
        `SELECT (SELECT COUNT(*) FROM ${one}) AS source, (SELECT COUNT(*) FROM ${other}) AS served,
                (SELECT COUNT(*) FROM (SELECT HASH(${names}) AS h FROM ${one} MINUS SELECT HASH(${names}) AS h FROM ${other})) AS lost`,
      );
      if (count?.['SOURCE'] !== count?.['SERVED'] || count?.['LOST'] !== 0)
        found.push(`${table}: ${JSON.stringify(count)}`);
    }
    return found;
  }

  it('carry everything into the tables that serve', async () => {
    hours(2);
    expect(await unequal()).toEqual([]);
    const ran = await connection.rows(
      `SELECT COUNT(DISTINCT name) AS tasks, COUNT_IF(state = 'FAILED') AS failed FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())`,
    );
    expect(ran).toEqual([{ TASKS: 15, FAILED: 0 }]);
  });

  it('take changes over, and what is gone away', async () => {
    const one = `(SELECT MIN(customer_id) FROM snowgate.raw.customers)`;
    await connection.rows(`UPDATE snowgate.raw.customers SET points_earned = points_earned + 1`);
    await connection.rows(`DELETE FROM snowgate.raw.customers WHERE customer_id = ${one}`);
    hours(2);
    expect(await unequal()).toEqual([]);
    expect(await connection.rows('SELECT COUNT(*) AS n FROM snowgate.serving.customers')).toEqual([{ N: 59 }]);
  });

  it('leave styles that somebody wrote, and know none of new rows', async () => {
    const [first, second] = (
      await connection.rows(
        `SELECT customer_id::VARCHAR AS id FROM snowgate.raw.customers ORDER BY customer_id LIMIT 2`,
      )
    ).map((row) => String(row['ID']));
    await connection.rows(`UPDATE snowgate.serving.customer_tastes SET style = PARSE_JSON('{"0":0.5,"1":-2}')`);
    await connection.rows(`UPDATE snowgate.serving.product_statistics SET style = PARSE_JSON('{"0":1,"1":0.25}')`);
    await connection.rows(`DELETE FROM snowgate.serving.customer_tastes WHERE customer_id = ${second}`);
    hours(2);
    const tastes = await connection.rows(
      `SELECT style, as_of FROM snowgate.serving.customer_tastes WHERE customer_id IN (${first}, ${second}) ORDER BY customer_id`,
    );
    expect(tastes.map((row) => row['STYLE'])).toEqual([{ 0: 0.5, 1: -2 }, {}]);
    const statistics = await connection.rows(
      'SELECT DISTINCT TO_JSON(style) AS style, as_of FROM snowgate.serving.product_statistics',
    );
    expect(statistics).toEqual([{ STYLE: '{"0":1,"1":0.25}', AS_OF: tastes[0]?.['AS_OF'] }]);
    const [moment] = await connection.rows('SELECT as_of FROM snowgate.gold.refresh_moment');
    expect(tastes.map((row) => row['AS_OF'])).toEqual([moment?.['AS_OF'], moment?.['AS_OF']]);
  });

  it('keep what serves when a source is empty', async () => {
    await connection.rows('DELETE FROM snowgate.raw.customers');
    hours(2);
    expect(await connection.rows('SELECT COUNT(*) AS n FROM snowgate.serving.customers')).toEqual([{ N: 59 }]);
    expect(await connection.rows('SELECT COUNT(*) AS n FROM snowgate.serving.customer_features')).toEqual([{ N: 59 }]);
  });
});

/** What training exports about every customer and category, by column, where no program learned likings. */
async function exportedRows(): Promise<Map<string, Record<string, number>>> {
  const names = [...CATEGORY_FEATURES.keys()];
  const found = new Map<string, Record<string, number>>();
  await postgres.transaction(async (session) => {
    const reader = await createMomentReader(session, loadStatements(STATEMENTS_FOLDER), DEMO_DATA.asOf);
    const customers = await session.execute<CaseRow>('SELECT customer_id, home_region FROM customers');
    for await (const cases of reader.known(customers)) {
      for (const known of cases) {
        const tastes = { ...known.tastes, category_likings: {} };
        const values = propensityMatrix({ ...known, tastes, snapshot: reader.catalog });
        reader.catalog.categoryIds.forEach((id, code) => {
          const row = values.subarray(code * names.length, (code + 1) * names.length);
          found.set(`${known.row.customer_id} ${id}`, Object.fromEntries(names.map((name, column) => [name, row[column] ?? Number.NaN]))); // prettier-ignore
        });
      }
    }
  });
  return found;
}

const inLowerCase = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));

const keyed = (rows: readonly Row[], key: readonly string[]) =>
  new Map(rows.map((row) => [key.map((name) => String(row[name])).join(' '), row]));

/** Only jobs outside SQL learn styles, likings, demand and what is used up: where they have not run, none is known. */
const withoutStyle = (row: Row): Row =>
  'style' in row
    ? {
        ...row,
        ...('price_level' in row && { category_likings: {}, brand_likings: {}, price_level: 0 }),
        ...('demand' in row && { demand: null, repeat_chance: null, repeat_interval: null }),
        style: {},
      }
    : row;

/** What of a row is not the same, by path. */
function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const allowed = TOLERANCE * Math.max(1, Math.abs(expected));
    return Math.abs(expected - actual) <= allowed ? [] : [`${path}: ${expected} is ${actual}`];
  }
  if (actual instanceof Date) return differences(momentOf(expected), actual.getTime(), path);
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].flatMap((name) => differences(expected[name], actual[name], `${path}.${name}`));
  }
  return expected === actual ? [] : [`${path}: ${JSON.stringify(expected)} is ${JSON.stringify(actual)}`];
}

const momentOf = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : Number.NaN);
const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null;
