import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { exportTraining } from '../../src/jobs/export-training/export-training.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createTestDatabase, DEMO_DATA, type TestDatabase } from '../support/database.ts';
import { STATEMENTS_FOLDER } from '../support/folders.ts';

const DAY_MS = 86_400_000;
const MOMENTS = [28, 14].map((days) => new Date(DEMO_DATA.asOf.getTime() - days * DAY_MS));

let folder: string;
let database: TestDatabase;
let client: PostgresClient;

async function open(template: 'demo' | 'empty') {
  database = await createTestDatabase(template);
  client = createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-training-'));
});

afterEach(async () => {
  await client.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

function exportInto(out: string, moments?: readonly Date[], options: { withTruth?: boolean } = {}) {
  return exportTraining({
    database: client,
    statements: loadStatements(STATEMENTS_FOLDER),
    folder: out,
    progress: SILENT_PROGRESS,
    customersPerMoment: 20,
    testCustomers: 5,
    negatives: 4,
    ...(moments && { moments }),
    ...options,
  });
}

/** Rows of one of the files, each by name of the column. */
async function readRows(out: string, file: 'ranking' | 'propensity' | 'pairs'): Promise<Record<string, number>[]> {
  const description = JSON.parse(await readFile(join(out, 'export.json'), 'utf8')) as Record<string, string[]>;
  const columns = description[`${file}Columns`] ?? [];
  const values = await readValues(out, file);
  return Array.from({ length: values.length / columns.length }, (_, row) =>
    Object.fromEntries(columns.map((column, index) => [column, values[row * columns.length + index] ?? NaN])),
  );
}

async function readValues(out: string, file: 'ranking' | 'propensity' | 'pairs'): Promise<Float32Array> {
  const bytes = await readFile(join(out, `${file}.f32`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

describe('exportTraining', () => {
  it('writes a few rows per customer to learn from and every candidate of the test moment', async () => {
    await open('demo');
    const summary = await exportInto(folder, MOMENTS);
    const rows = await readRows(folder, 'ranking');
    expect(rows.length).toBe(summary.rows);
    const customersOf = (some: readonly Record<string, number>[]) => new Set(some.map((row) => row['customer'])).size;
    const [learned = [], tested = []] = MOMENTS.map((_, moment) => rows.filter((row) => row['moment'] === moment));
    expect(customersOf(learned)).toBeGreaterThan(10);
    expect(learned.filter((row) => row['label'] === 0).length).toBe(4 * customersOf(learned));
    expect(customersOf(tested)).toBeGreaterThan(2);
    expect(tested.length).toBeGreaterThan(1500 * customersOf(tested));
    expect(tested.filter((row) => row['label'] === 1).length).toBeGreaterThanOrEqual(customersOf(tested));
  });

  it('writes every category of customers who bought and of those who did not, with 28 days to buy', async () => {
    await open('demo');
    const summary = await exportInto(folder, MOMENTS);
    const rows = await readRows(folder, 'propensity');
    expect(rows.length).toBe(summary.propensityRows);
    // The window of the second moment would reach beyond the data.
    expect(new Set(rows.map((row) => row['moment']))).toEqual(new Set([0]));
    expect(rows.length % 12).toBe(0);
    const share = rows.filter((row) => row['label'] === 1).length / rows.length;
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThan(0.3);
  });

  it('writes what everybody had to do with before the test moment, under the numbers of its customers', async () => {
    await open('demo');
    await exportInto(folder, MOMENTS);
    const weights = new Map(
      (await readRows(folder, 'pairs')).map((row) => [
        `${row['customer'] ?? ''} ${row['product'] ?? ''}`,
        row['weight'],
      ]),
    );
    expect(new Set([...weights.keys()].map((key) => key.split(' ')[0])).size).toBeGreaterThan(250);
    const tested = (await readRows(folder, 'ranking')).filter((row) => row['moment'] === 1);
    const met = tested.filter((row) => (row['days_since_viewed'] ?? 999) < 45);
    expect(met.length).toBeGreaterThan(20);
    for (const row of met) {
      expect(weights.get(`${row['customer'] ?? ''} ${row['product'] ?? ''}`)).toBeGreaterThan(0.3);
    }
  });

  it('leaves what is derived as it was', async () => {
    await open('demo');
    const fingerprint = () =>
      client.transaction((session) =>
        session.execute(`
          SELECT (SELECT md5(string_agg(t::text, ',' ORDER BY customer_id)) FROM customer_tastes AS t) AS tastes,
                 (SELECT md5(string_agg(s::text, ',' ORDER BY region, product_id)) FROM product_statistics AS s) AS stock
        `),
      );
    const before = await fingerprint();
    await exportInto(folder, MOMENTS);
    expect(await fingerprint()).toEqual(before);
  });

  it('says which columns are features and which moments they are of', async () => {
    await open('demo');
    await exportInto(folder, MOMENTS);
    expect((await readdir(folder)).sort()).toEqual(['export.json', 'pairs.f32', 'propensity.f32', 'ranking.f32']);
    const description = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8')) as Record<string, unknown>;
    expect(description['moments']).toEqual(MOMENTS.map((moment) => moment.toISOString()));
    expect(description['rankingColumns']).toContain('category_lift');
    expect(description['features']).toContainEqual({ name: 'category_lift', kind: 'key' });
  });

  it('writes data without a truth all the same when it is asked for', async () => {
    await open('demo');
    await client.transaction((session) => session.execute(`UPDATE dataset SET source = 'csv', seed = NULL`));
    expect(await exportInto(folder, MOMENTS, { withTruth: true })).toMatchObject({ hasTruth: false });
    expect((await readRows(folder, 'ranking')).every((row) => row['oracle'] === 0)).toBe(true);
  });

  it('asks to seed first when the database holds nothing, and leaves no rows', async () => {
    await open('empty');
    await expect(exportInto(folder)).rejects.toThrow(OperatorError);
    await expect(exportInto(folder)).rejects.toThrow('seed');
    await expect(exportInto(folder, MOMENTS)).rejects.toThrow(OperatorError);
    expect(await readdir(folder)).not.toContain('ranking.f32');
  });

  it('writes the truth behind demo data only when asked: the oracle ranks what was bought far above chance', async () => {
    await open('demo');
    await exportInto(folder, MOMENTS, { withTruth: true });
    const rows = (await readRows(folder, 'ranking')).filter((row) => row['moment'] === 1);
    const mean = (name: string, label: number): number => {
      const some = rows.filter((row) => row['label'] === label).map((row) => row[name] ?? NaN);
      return some.reduce((sum, value) => sum + value, 0) / some.length;
    };
    expect(mean('oracle', 1)).toBeGreaterThan(5 * mean('oracle', 0));
    expect(mean('bound', 1)).toBeGreaterThan(3 * mean('bound', 0));
    await exportInto(folder, MOMENTS);
    expect((await readRows(folder, 'ranking')).every((row) => row['oracle'] === 0)).toBe(true);
  });

  it('names a folder that cannot be written to', async () => {
    await open('demo');
    const file = join(folder, 'occupied');
    await writeFile(file, '');
    await expect(exportInto(file)).rejects.toThrow(OperatorError);
    await expect(exportInto(file)).rejects.toThrow(file);
  });
});
