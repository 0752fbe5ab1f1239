import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresClient } from '../clients/postgres.ts';
import { OperatorError } from '../errors.ts';
import type { Statements } from '../statements.ts';
import type { Progress } from './progress.ts';
import { countCustomers, readRatingPages } from './rating-pages.ts';

/** What to export. */
export interface ExportRatingsOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  /** Folder for ratings.csv; made when missing. */
  readonly folder: string;
  readonly progress: Progress;
}

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
    for await (const page of readRatingPages(options)) {
      ratings += page.ratings.length;
      await file.write(
        page.ratings.map((row) => `${row.customer_id},${row.product_id},${String(row.rating)}\n`).join(''),
      );
      progress.advance(page.customers.length);
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

async function createFile(folder: string, path: string): Promise<FileHandle> {
  try {
    await mkdir(folder, { recursive: true });
    return await open(path, 'w');
  } catch (cause) {
    throw new OperatorError(`${folder} cannot be written to. Name another folder with --out.`, { cause });
  }
}
