import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import type { Progress } from '../progress.ts';
import { SERVING_TABLES } from '../sync/serving-tables.ts';
import { DATASET_TABLE, type SnowflakeTables } from './snowflake-tables.ts';
import { chunksOfTable, sourceColumns, type SourceColumn } from './source-table.ts';

/** What is copied where. */
export interface CopyToSnowflakeOptions {
  readonly database: PostgresClient;
  readonly tables: SnowflakeTables;
  readonly progress: Progress;
}

/** Rows that a table in Snowflake has now. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

const SOURCE = 'demo';
const TABLES = SERVING_TABLES.map(({ name }) => name);

interface Dataset {
  readonly seed: number;
  readonly customers: number;
  readonly as_of: Date;
}

/**
 * Makes sure that demo data may be written to Snowflake: every table is there with its columns, and what they hold is
 * nothing, or demo data.
 * @throws OperatorError that says what to do.
 */
export async function assertMayFill({ database, tables }: Omit<CopyToSnowflakeOptions, 'progress'>): Promise<void> {
  const known = await tables.columns();
  await database.transaction(async (session) => {
    for (const table of TABLES) {
      const columns = await sourceColumns(session, table);
      tables.assertHolds(
        known,
        table,
        columns.map(({ name }) => name),
      );
    }
  });
  tables.assertHolds(known, DATASET_TABLE, ['source', 'seed', 'customers', 'as_of', 'completed_at']);
  const source = await tables.source();
  if (source === SOURCE) return;
  for (const table of TABLES) {
    if (await tables.isEmpty(table)) continue;
    throw new OperatorError(
      `${table} in ${tables.place} holds data that is not demo data, which demo data would replace. ` +
        'Point SNOWFLAKE_SCHEMA to another schema.',
    );
  }
}

/**
 * Replaces what the serving tables in Snowflake hold by the demo data of a database, table by table, all of one moment.
 * While it runs, and if it is cut off, the tables hold a part; running it again begins anew, and running it twice leaves
 * the same rows. Memory stays flat.
 * @throws OperatorError when Snowflake refuses something, and when the database holds other data or none.
 */
export async function copyToSnowflake(options: CopyToSnowflakeOptions): Promise<readonly CopiedTable[]> {
  const { database, tables, progress } = options;
  try {
    return await database.transaction(async (session) => {
      await session.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const { seed, customers, as_of: asOf } = await demoDataset(session);
      await tables.describe(seed, customers, asOf, false);
      const copied: CopiedTable[] = [];
      for (const table of TABLES) copied.push({ table, rows: await copyTable(session, options, table) });
      await tables.describe(seed, customers, asOf, true);
      return copied;
    });
  } finally {
    progress.finish();
  }
}

async function demoDataset(session: PostgresSession): Promise<Dataset> {
  const [dataset] = await session.execute<Dataset>(
    'SELECT seed, customers, as_of FROM dataset WHERE source = $1 AND completed_at IS NOT NULL',
    [SOURCE],
  );
  if (dataset) return dataset;
  throw new OperatorError('The database holds no demo data to copy. Run `npm run seed`, then this again.');
}

async function copyTable(
  session: PostgresSession,
  { tables, progress }: CopyToSnowflakeOptions,
  table: string,
): Promise<number> {
  const columns: readonly SourceColumn[] = await sourceColumns(session, table);
  const [counted] = await session.execute<{ rows: string }>(`SELECT count(*) AS rows FROM "${table}"`);
  const expected = Number(counted?.rows);
  progress.step(`Filling ${table}`, expected);
  await tables.empty(table);
  let rows = 0;
  for await (const chunk of chunksOfTable(session, table, columns)) {
    rows += await tables.insert(table, columns, chunk);
    progress.advance(chunk.rows);
  }
  if (rows === expected) return rows;
  throw new OperatorError(`${table}: Snowflake took ${rows} of ${expected} rows. Run it again: it begins anew.`);
}
