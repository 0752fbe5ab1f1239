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

function exportInto(out: string, moments?: readonly Date[]) {
  return exportTraining({
    database: client,
    statements: loadStatements(STATEMENTS_FOLDER),
    folder: out,
    progress: SILENT_PROGRESS,
    customersPerMoment: 20,
    testCustomers: 5,
    negatives: 4,
    ...(moments && { moments }),
  });
}

interface ExportedRow {
  readonly moment: number;
  readonly customer: number;
  readonly label: number;
}

async function readRows(out: string): Promise<ExportedRow[]> {
  const [, ...lines] = (await readFile(join(out, 'rows.csv'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [moment = NaN, customer = NaN, , label = NaN] = line.split(',').map(Number);
    return { moment, customer, label };
  });
}

/** Every value of every row; an unknown age, which is no number, as -1. */
async function readValues(out: string): Promise<number[]> {
  const [, ...lines] = (await readFile(join(out, 'rows.csv'), 'utf8')).trim().split('\n');
  return lines.flatMap((line) => line.split(',').map((text) => (text === 'NaN' ? -1 : Number(text))));
}

describe('exportTraining', () => {
  it('writes a few rows per customer to learn from and every candidate of the test moment', async () => {
    await open('demo');
    const summary = await exportInto(folder, MOMENTS);
    const rows = await readRows(folder);
    expect(rows.length).toBe(summary.rows);
    const moments = MOMENTS.map((moment) => rows.filter((row) => row.moment === moment.getTime() / 1000));
    const customersOf = (some: readonly ExportedRow[]) => new Set(some.map((row) => row.customer)).size;
    const [learned = [], tested = []] = moments;
    expect(customersOf(learned)).toBeGreaterThan(10);
    expect(learned.filter((row) => row.label === 0).length).toBe(4 * customersOf(learned));
    expect(customersOf(tested)).toBeGreaterThan(2);
    expect(tested.length).toBeGreaterThan(1500 * customersOf(tested));
    expect(rows.filter((row) => row.label === 1).length).toBeGreaterThanOrEqual(summary.customers);
  });

  it('knows nothing of what happened after a moment', async () => {
    await open('demo');
    await exportInto(folder, MOMENTS.slice(0, 1));
    const before = await readValues(folder);
    await client.transaction((session) =>
      session.execute('DELETE FROM events WHERE occurred_at >= $1', [new Date(DEMO_DATA.asOf.getTime() - 14 * DAY_MS)]),
    );
    await exportInto(folder, MOMENTS.slice(0, 1));
    const after = await readValues(folder);
    expect(after.length).toBe(before.length);
    // Postgres adds in no fixed order: the last digits of sums may differ.
    const differences = after.map((value, index) => Math.abs(value - (before[index] ?? NaN)));
    expect(differences.filter((difference) => !(difference <= 1e-6))).toEqual([]);
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
    await exportInto(folder);
    expect(await fingerprint()).toEqual(before);
  });

  it('says which columns are features and which moment is the test', async () => {
    await open('demo');
    await exportInto(folder, MOMENTS);
    expect((await readdir(folder)).sort()).toEqual(['export.json', 'rows.csv']);
    const description = JSON.parse(await readFile(join(folder, 'export.json'), 'utf8')) as Record<string, unknown>;
    expect(description['testMoment']).toBe((MOMENTS[1]?.getTime() ?? NaN) / 1000);
    expect(description['features']).toContainEqual({ name: 'category_lift', kind: 'key' });
  });

  it('asks to seed first when the database holds nothing, and leaves no rows.csv', async () => {
    await open('empty');
    await expect(exportInto(folder)).rejects.toThrow(OperatorError);
    await expect(exportInto(folder)).rejects.toThrow('seed');
    await expect(exportInto(folder, MOMENTS)).rejects.toThrow(OperatorError);
    expect(await readdir(folder)).not.toContain('rows.csv');
  });

  it('names a folder that cannot be written to', async () => {
    await open('demo');
    const file = join(folder, 'occupied');
    await writeFile(file, '');
    await expect(exportInto(file)).rejects.toThrow(OperatorError);
    await expect(exportInto(file)).rejects.toThrow(file);
  });
});
