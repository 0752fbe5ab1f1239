import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresClient } from '../clients/postgres.ts';
import { OperatorError } from '../errors.ts';
import { statementNamed, type Statements } from '../statements.ts';
import type { Progress } from './progress.ts';

/** What to export. */
export interface ExportRatingsOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  /** Folder for ratings.csv; made when missing. */
  readonly folder: string;
  readonly progress: Progress;
}

interface CustomerRow {
  readonly customer_id: string;
}

interface RatingRow extends CustomerRow {
  readonly product_id: string;
  readonly rating: number;
}

const CUSTOMERS_PER_READ = 500;
const STATEMENT_DEADLINE_MS = 60_000;

/**
 * Writes the ratings in the database as ratings.csv with the columns customer_id, product_id and rating, for
 * models/train_factors.py. Memory does not grow with customers; the file is complete or absent.
 * @returns the number of ratings.
 * @throws OperatorError when there are none or the folder cannot be written to.
 */
export async function exportRatings(options: ExportRatingsOptions): Promise<number> {
  const { folder, progress } = options;
  const path = join(folder, 'ratings.csv');
  const file = await createFile(folder, `${path}.partial`);
  let ratings = 0;
  try {
    progress.step('Ratings', await countCustomers(options.database));
    await file.write('customer_id,product_id,rating\n');
    for await (const rows of readPages(options)) {
      ratings += rows.length;
      await file.write(rows.map((row) => `${row.customer_id},${row.product_id},${String(row.rating)}\n`).join(''));
    }
  } finally {
    progress.finish();
    await file.close();
  }
  if (ratings === 0)
    throw new OperatorError('There are no ratings. `npm run snowgate -- import --help` brings some in.');
  await rename(`${path}.partial`, path);
  return ratings;
}

async function* readPages({
  database,
  statements,
  progress,
}: ExportRatingsOptions): AsyncGenerator<readonly RatingRow[], undefined> {
  for (let after = '0'; ;) {
    const values = [after, CUSTOMERS_PER_READ];
    const customers = await database.query<CustomerRow>(
      { ...statementNamed(statements, 'customers_to_score'), values },
      STATEMENT_DEADLINE_MS,
    );
    const last = customers.at(-1);
    if (!last) return;
    yield await database.query<RatingRow>(
      { ...statementNamed(statements, 'ratings_to_export'), values },
      STATEMENT_DEADLINE_MS,
    );
    progress.advance(customers.length);
    after = last.customer_id;
  }
}

async function countCustomers(database: PostgresClient): Promise<number> {
  const query = { name: 'count_customers', text: 'SELECT count(*) AS count FROM customers', values: [] };
  const [counted] = await database.query<{ readonly count: string }>(query, STATEMENT_DEADLINE_MS);
  return Number(counted?.count ?? 0);
}

async function createFile(folder: string, path: string): Promise<FileHandle> {
  try {
    await mkdir(folder, { recursive: true });
    return await open(path, 'w');
  } catch (cause) {
    throw new OperatorError(`${folder} cannot be written to. Name another folder with --out.`, { cause });
  }
}
