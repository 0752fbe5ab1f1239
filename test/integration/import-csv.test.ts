import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { importData, previewImport, type ImportOptions } from '../../src/jobs/import/import-data.ts';
import { readMapping } from '../../src/jobs/import/read-mapping.ts';
import { SILENT_PROGRESS, type Progress } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ROOT_FOLDER, STATEMENTS_FOLDER } from '../support/folders.ts';
import { startGateway } from '../support/gateway.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { writeFolder } from '../support/import-files.ts';

const CHILD = fileURLToPath(new URL('../support/import-child.ts', import.meta.url));
const statements = loadStatements(STATEMENTS_FOLDER);
const folders: string[] = [];
let database: TestDatabase;
let client: PostgresClient;
let reading: Client;

beforeEach(async () => {
  database = await createTestDatabase('empty');
  client = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
  reading = new Client({ connectionString: database.url });
  await reading.connect();
});

afterEach(async () => {
  await client.close();
  await reading.end();
  await database.drop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function ownFolder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await writeFolder(files);
  folders.push(folder);
  return folder;
}

function optionsFor(folder: string, changes: Partial<ImportOptions> = {}): ImportOptions {
  const mapping = readMapping(join(folder, 'shop.yaml'));
  const rejectsPath = join(folder, 'rejects.csv');
  const progress = SILENT_PROGRESS;
  return { database: client, statements, mapping, rejectsPath, asOf: undefined, replaces: false, progress, ...changes };
}

async function select(statement: string): Promise<unknown[]> {
  return (await reading.query<object>(statement)).rows;
}

/** The files that the recipe shows, in the encodings that it names. */
async function recipeFiles(): Promise<Record<string, string | Buffer>> {
  const recipe = await readFile(join(ROOT_FOLDER, 'docs/recipes/import-your-data.md'), 'utf8');
  const shown = recipe.matchAll(/^`([\w.]+)`, [^\n]*(?:\n[^\n]+)*\n\n```\w+\n([\s\S]*?)```/gm);
  const files = Object.fromEntries([...shown].map(([, name = '', content = '']) => [name, content]));
  return { ...files, 'artikel.csv': Buffer.from(files['artikel.csv'] ?? '', 'latin1') };
}

const PRODUCTS = 'id,name,group,price\n1,Tea,Drinks,4.50\n2,Cup,Kitchen,60.00\n';
const EVENTS = 'who,what,when,product\n7,product_view,2026-01-01,1\n7,order_complete,2026-01-02T10:00:00Z,2\n';
const MAPPING = `
customers_from_events: true
unlimited_stock: true
products: { file: products.csv, columns: { product_id: id, product_name: name, category_id: group, price: price } }
events:
  file: events.csv
  columns: { customer_id: who, event_type: what, occurred_at: when, product_id: product }
`;
const SHOP = { 'shop.yaml': MAPPING, 'products.csv': PRODUCTS, 'events.csv': EVENTS };

describe('the recipe', () => {
  it('imports its example by its own commands, and GraphQL serves it', async () => {
    const folder = await ownFolder(await recipeFiles());
    const recipe = await readFile(join(ROOT_FOLDER, 'docs/recipes/import-your-data.md'), 'utf8');
    const [, command = ''] = /^npm run snowgate -- (import csv .*--replace)$/m.exec(recipe) ?? [];
    const words = command.split(' ').map((word) => (word === 'shop.yaml' ? join(folder, word) : word));
    const imported = startGatewayProcess([...words, '--rejects', join(folder, 'rejects.csv')], {
      DATABASE_URL: database.url,
    });
    const { code, stdout, stderr } = await imported.ended;
    const [, shown = ''] = /```\n(products: [\s\S]*?)```/.exec(recipe) ?? [];
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(shown);
    const gateway = await startGateway(database.url, { ANONYMOUS_SCOPES: 'customers:pii' });
    try {
      const { data, errors } = await gateway.ask(`{
        customer(id: "7") {
          loyaltyTier
          purchases(first: 5) { edges { node { unitPrice { amount currency } product { name brand category { name } tier } } } }
          recommendations(first: 5) { items { product { name } inventory { quantityOnHand estimatedDeliveryDays } } }
        }
      }`);
      expect(errors).toBeUndefined();
      const product = { name: 'Käsebrett "Alm"', brand: 'Müller', category: { name: 'Küche' }, tier: 'PREMIUM' };
      const price = { amount: '1249.90', currency: 'EUR' };
      expect(data.customer.loyaltyTier).toBe('PLATINUM');
      expect(data.customer.purchases.edges).toEqual([{ node: { unitPrice: price, product } }]);
      // What has no stock is not recommended.
      expect(data.customer.recommendations.items).toContainEqual({
        product: { name: 'Wanderstock' },
        inventory: { quantityOnHand: 7, estimatedDeliveryDays: 2 },
      });
      expect(JSON.stringify(data.customer.recommendations)).not.toContain('Teekanne');
    } finally {
      await gateway.stop();
    }
  });
});

describe('importData', () => {
  it('changes nothing the second time, and only what differs the third', async () => {
    const folder = await ownFolder(SHOP);
    const first = await importData(optionsFor(folder));
    expect(first.tables.map(({ table, inserted }) => [table, inserted])).toEqual([
      ['products', 2],
      ['customers', 1],
      ['events', 2],
    ]);
    const state = `SELECT (SELECT array_agg(xmin::text || event_id) FROM events) AS events, completed_at FROM dataset`;
    const [before] = await select(state);
    for (const { inserted, updated } of (await importData(optionsFor(folder))).tables)
      expect({ inserted, updated }).toEqual({ inserted: 0, updated: 0 });
    expect(await select(state)).toEqual([before]);
    await writeFile(join(folder, 'products.csv'), `${PRODUCTS.replace('4.50', '5.00')}3,Pot,Kitchen,9\n`);
    const third = await importData(optionsFor(folder));
    expect(third.tables[0]).toMatchObject({ inserted: 1, updated: 1 });
    expect(third.stocked).toBe(1);
  });

  it('computes what is derived, names the source and tells gateways', async () => {
    const heard: string[] = [];
    reading.on('notification', ({ channel, payload = '' }) => heard.push(`${channel} ${payload}`));
    await reading.query('LISTEN dataset_changed; LISTEN inventory_changed');
    await importData(optionsFor(await ownFolder(SHOP)));
    expect(await select('SELECT source, customers, as_of, completed_at IS NOT NULL AS done FROM dataset')).toEqual([
      { source: 'csv', customers: 1, as_of: new Date('2026-01-03T00:00:00Z'), done: true },
    ]);
    expect(await select('SELECT total_orders, lifetime_spend FROM customer_features')).toEqual([
      { total_orders: 1, lifetime_spend: 60 },
    ]);
    await reading.query('SELECT 1');
    expect(heard).toContain('inventory_changed South');
    expect(heard.at(-1)).toMatch(/^dataset_changed \d+\.\d+$/);
  });

  it('leaves out what does not fit, and says where and why', async () => {
    const folder = await ownFolder({
      ...SHOP,
      'products.csv': Buffer.concat([
        Buffer.from(`\uFEFF${PRODUCTS}1,Tea again,Drinks,1\n3,Caf`),
        Buffer.from([0xe9]),
        Buffer.from(',Drinks,1\n4,Dear,Drinks,"1,5"\n5,short\n6,"two\nlines",Drinks,1.234\n7,"open,Drinks,1\n'),
      ]),
      'events.csv': `${EVENTS}7,product_view,2026-01-01,1\n7,product_view,01.02.2026,1\n8,product_view,2026-02-30,2\n9,order_complete,2026-01-01,99\n9,looked,2099-01-01,1\n10,product_view,2026-01-01,\n`,
    });
    const { tables, rejectsPath } = await importData(optionsFor(folder));
    expect(tables.map(({ table, inserted, rejected }) => [table, inserted, rejected])).toEqual([
      ['products', 2, 6],
      ['customers', 1, 0],
      ['events', 2, 6],
    ]);
    const rejects = await readFile(rejectsPath ?? '', 'utf8');
    const places = [
      /^products\.csv,4,id,the product_id of line 2 again/m,
      /^products\.csv,5,name,product_name holds bytes that are not UTF-8/m,
      /^products\.csv,6,price,"price must be a number, not ""1,5"""/m,
      /^products\.csv,7,,has 2 values instead of 4/m,
      /^products\.csv,8,price,"price has more than 2 decimals/m,
      /^products\.csv,10,,has a quote that is not closed/m,
      /^events\.csv,4,event_id,the event_id of line 2 again/m,
      /^events\.csv,5,when,"?occurred_at must look like 2026-11-01/m,
      /^events\.csv,6,when,"?occurred_at must look like/m,
      /^events\.csv,7,product,product_id 99 is not among the products/m,
      /^events\.csv,8,what,"?event_type must be one of/m,
      /^events\.csv,8,when,"?occurred_at lies in the future/m,
      /^events\.csv,9,product,product_id must not be empty/m,
    ];
    for (const place of places) expect(rejects).toMatch(place);
    expect(rejects.trim().split('\n')).toHaveLength(places.length + 1);
  });

  it.each([
    ['an empty file', { 'events.csv': '' }, /events\.csv has no rows\. Nothing was changed/],
    ['a file with a header only', { 'events.csv': 'who,what,when,product\n' }, /events\.csv has no rows/],
    ['a missing file', { 'shop.yaml': MAPPING.replace('events.csv', 'none.csv') }, /none\.csv is missing/],
    ['a missing column', { 'events.csv': EVENTS.replace('when', 'then') }, /no column when; it has who, what, then/],
    [
      'no row that fits',
      { 'products.csv': 'id,name,group,price\nx,y,z,w\n' },
      /1 rows, and not one of them fits.*rejects\.csv/,
    ],
    [
      'no row that refers to anything',
      { 'events.csv': EVENTS.replaceAll(/,[12]$/gm, ',9') },
      /Not one row of .*events\.csv fits/,
    ],
    [
      'a row without an end',
      { 'products.csv': `${PRODUCTS}3,"${'x'.repeat(1_100_000)}` },
      /line 4: the row has more than/,
    ],
  ])('refuses %s before anything changes', async (_name, files, message) => {
    const folder = await ownFolder({ ...SHOP, ...files });
    await expect(importData(optionsFor(folder, { replaces: true }))).rejects.toThrow(message);
    expect(await select('SELECT source FROM dataset')).toEqual([]);
    expect(await select(`SELECT FROM pg_namespace WHERE nspname = 'snowgate_import'`)).toEqual([]);
  });

  it('does not delete data of another source unless it is told to', async () => {
    const folder = await ownFolder(SHOP);
    await reading.query(`INSERT INTO dataset (source, as_of, completed_at) VALUES ('demo', now(), now())`);
    await reading.query(`INSERT INTO product_categories VALUES ('OLD', 'Old', 'Old')`);
    await expect(importData(optionsFor(folder))).rejects.toThrow(/holds data from demo.*Add --replace to delete all/);
    expect(await previewImport(optionsFor(folder))).toMatchObject({ inTheWay: 'demo' });
    expect(await select('SELECT category_id FROM product_categories')).toEqual([{ category_id: 'OLD' }]);
    await importData(optionsFor(folder, { replaces: true }));
    expect(await select('SELECT category_id FROM product_categories ORDER BY 1')).toEqual([
      { category_id: 'Drinks' },
      { category_id: 'Kitchen' },
    ]);
  });

  it('counts as unfinished when it dies between tables, and is completed by the same call', async () => {
    const folder = await ownFolder(SHOP);
    const dying: Progress = {
      ...SILENT_PROGRESS,
      step(label) {
        if (label === 'Writing events') throw new Error('the line went dead');
      },
    };
    await expect(importData(optionsFor(folder, { progress: dying }))).rejects.toThrow('line went dead');
    expect(await select('SELECT source, completed_at FROM dataset')).toEqual([{ source: 'csv', completed_at: null }]);
    const { tables } = await importData(optionsFor(folder));
    expect(tables.map(({ inserted }) => inserted)).toEqual([0, 0, 2]);
    expect(await select('SELECT completed_at IS NOT NULL AS done FROM dataset')).toEqual([{ done: true }]);
  });

  it('takes a new rating of the same product for the old one', async () => {
    const mapping = MAPPING.replace('product_id: product }', 'product_id: product, value: stars }');
    const events = (stars: string, day: string) => `who,what,when,product,stars\n7,rating,${day},1,${stars}\n`;
    const folder = await ownFolder({ ...SHOP, 'shop.yaml': mapping, 'events.csv': events('2.5', '2026-01-01') });
    await importData(optionsFor(folder));
    await writeFile(join(folder, 'events.csv'), events('4', '2026-02-01'));
    expect((await importData(optionsFor(folder))).tables[2]).toMatchObject({ inserted: 0, updated: 1 });
    expect(await select('SELECT event_type, value FROM events')).toEqual([{ event_type: 'rating', value: 4 }]);
  });

  it('says so when the file of rejected rows cannot be written', async () => {
    const folder = await ownFolder({ ...SHOP, 'products.csv': `${PRODUCTS}x,y,z,w\n` });
    const nowhere = { rejectsPath: join(folder, 'none', 'rejects.csv') };
    await expect(importData(optionsFor(folder, nowhere))).rejects.toThrow(
      /cannot be written\. Name another with --rejects/,
    );
    await expect(importData(optionsFor(folder, { rejectsPath: folder }))).rejects.toThrow(/cannot be written/);
    expect(await select('SELECT FROM dataset')).toEqual([]);
  });
});

describe('previewImport', () => {
  it('shows the first rows and every problem, by file, line and column, and changes nothing', async () => {
    const folder = await ownFolder({
      ...SHOP,
      'events.csv': `${EVENTS}x,product_view,2026-01-01,1\n7,search,yesterday,\n`,
    });
    const child = startGatewayProcess(
      ['import', 'csv', '--mapping', join(folder, 'shop.yaml'), '--dry-run', '--rejects', join(folder, 'rejects.csv')],
      { DATABASE_URL: database.url },
    );
    const { code, stdout } = await child.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('product_id="1" product_name="Tea" category_id="Drinks" price="4.50"');
    expect(stdout).toContain('events: 2 rows fit, 2 do not');
    expect(stdout).toContain('events.csv:4:who: customer_id must be a whole number, not "x"');
    expect(stdout).toContain('events.csv:5:when: occurred_at must look like');
    expect(stdout.trim().endsWith('Nothing was changed.')).toBe(true);
    expect(await select('SELECT FROM products')).toEqual([]);
    expect(await select('SELECT FROM dataset')).toEqual([]);
  });
});

describe('a file of 120 MB', () => {
  const BYTES = 120_000_000;
  const GROWTH_BYTES_MAX = 80_000_000;
  const MEMORY = ['--max-old-space-size=80', '--max-semi-space-size=4'];

  it('is read with less than 80 MB of memory more than a small one', { timeout: 120_000 }, async () => {
    const small = await ownFolder({ ...SHOP, 'shop.yaml': MAPPING.replace(/^events[\s\S]*/m, '') });
    const large = await ownFolder({ 'shop.yaml': MAPPING.replace(/^events[\s\S]*/m, '') });
    const rows = await writeLarge(join(large, 'products.csv'), BYTES);
    const words = [database.url, join(small, 'shop.yaml'), join(large, 'shop.yaml'), join(large, 'rejects.csv')];
    const child = spawn(process.execPath, [...MEMORY, CHILD, ...words]);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' });
    const found = JSON.parse(stdout) as { readonly rows: number; readonly grownBytes: number };
    expect(found.rows).toBe(rows);
    expect(found.grownBytes).toBeLessThan(GROWTH_BYTES_MAX);
  });
});

/** Products with a long column that nobody wants. @returns the number of rows. */
async function writeLarge(path: string, bytes: number): Promise<number> {
  const stream = createWriteStream(path);
  const filler = 'nothing of interest '.repeat(60);
  stream.write('id,name,group,price,description\n');
  let rows = 0;
  for (let written = 0; written < bytes;) {
    const line = `${++rows},"Thing ""${rows}""",Group ${rows % 10},${rows % 100}.99,${filler}\n`;
    written += line.length;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  await new Promise<void>((resolve) => stream.end(resolve));
  return rows;
}
