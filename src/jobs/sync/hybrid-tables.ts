import type { SnowflakeClient, SnowflakeTransaction } from '../../clients/snowflake-client.ts';
import { OperatorError } from '../../errors.ts';
import type { Progress } from '../progress.ts';
import { planHybridTables, stagedPath, type HybridPlan } from './hybrid-plan.ts';
import { explainSnowflake, quoted, type SnowflakeReader } from './snowflake-reader.ts';
import type { TableChange } from './swap.ts';

/** How to sync into the hybrid tables that serve. */
export interface HybridSyncOptions {
  readonly client: Pick<SnowflakeClient, 'query' | 'execute' | 'transaction'>;
  /** Of the schemas to copy from. */
  readonly reader: SnowflakeReader;
  readonly database: string;
  /** The schema that serves. */
  readonly schema: string;
  /** Names of the tables to copy; undefined copies all but events. */
  readonly tables?: readonly string[] | undefined;
  readonly progress: Progress;
}

/** What a sync into hybrid tables would do with a table. */
export interface HybridPreview {
  readonly table: string;
  readonly sourceTable: string;
  readonly sourceRows: number;
  readonly servedRows: number;
}

const DEADLINE_MS = 600_000;
/** The source changed while it was copied: copied again this often before giving up. */
const ROUNDS_MAX = 3;

/** Says what `syncHybridTables` would copy and changes nothing. @throws OperatorError as it does for tables and columns. */
export async function previewHybridSync(options: HybridSyncOptions): Promise<readonly HybridPreview[]> {
  return explaining(async () => {
    const previews: HybridPreview[] = [];
    for (const plan of await planHybridTables(options)) {
      const [sourceRows = ''] = (await readContent(options.client, plan.source, plan.columns)).split(' ');
      const [servedRows = ''] = (await readContent(options.client, plan.target, plan.columns)).split(' ');
      const { table, sourceTable } = plan;
      previews.push({ table, sourceTable, sourceRows: Number(sourceRows), servedRows: Number(servedRows) });
    }
    return previews;
  });
}

/**
 * Copies tables of Snowflake into those that serve, without a row leaving it. Each is staged first; then one transaction
 * writes the rows that differ into all of them. Until it commits, or if it is killed, what was there before serves.
 * @throws OperatorError that says what to mend; then what serves has not changed.
 */
export async function syncHybridTables(options: HybridSyncOptions): Promise<readonly TableChange[]> {
  const { client, progress } = options;
  try {
    return await explaining(async () => {
      progress.step('Comparing columns');
      const plans = await planHybridTables(options);
      const contents = await stageConsistently(options, plans);
      progress.step('Swapping all tables at once', plans.length);
      const changes = await client.transaction(
        (session) => writeTables(session, plans, contents, progress),
        DEADLINE_MS,
      );
      progress.step('Dropping what was staged');
      for (const plan of plans) await execute(client, `DROP TABLE IF EXISTS ${stagedPath(plan)}`);
      return changes;
    });
  } finally {
    progress.finish();
  }
}

/** @returns what each staged table holds, by its name. */
async function stageConsistently(
  { client, reader, progress }: HybridSyncOptions,
  plans: readonly HybridPlan[],
): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  const staged = new Map<string, string>();
  let stale = plans;
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    for (const plan of stale) {
      progress.step(`Staging ${plan.table}`);
      staged.set(plan.table, await readContent(client, plan.source, plan.columns));
      contents.set(plan.table, await stageTable(client, plan));
    }
    progress.step('Checking that the source has not changed');
    const changed: HybridPlan[] = [];
    for (const plan of plans)
      if ((await readContent(client, plan.source, plan.columns)) !== staged.get(plan.table)) changed.push(plan);
    stale = changed;
    if (stale.length === 0) return contents;
  }
  throw new OperatorError(
    `${stale.map(({ sourceTable }) => sourceTable).join(', ')} in ${reader.location} kept changing while it was copied. ` +
      'Nothing was changed. Run it again when the source is at rest.',
  );
}

async function stageTable(client: HybridSyncOptions['client'], plan: HybridPlan): Promise<string> {
  const path = stagedPath(plan);
  const typed = plan.columns.map(
    ({ name, type, isNullable }) => `${quoted(name)} ${type}${isNullable ? '' : ' NOT NULL'}`,
  );
  await execute(client, `CREATE OR REPLACE TRANSIENT TABLE ${path} (${typed.join(', ')})`);
  const from = plan.columns.map(({ from: name }) => quoted(name)).join(', ');
  await execute(client, `INSERT INTO ${path} (${names(plan)}) SELECT ${from} FROM ${plan.source}`);
  const columns = plan.columns.map(({ name }) => ({ from: name }));
  const [sourceRows, stagedRows] = [
    await readContent(client, plan.source, plan.columns),
    await readContent(client, path, columns),
  ];
  if (sourceRows.split(' ')[0] !== stagedRows.split(' ')[0])
    throw new OperatorError(`${plan.table}: not all rows of ${plan.sourceTable} were staged. Nothing was changed.`);
  const key = plan.key.map((name) => quoted(name)).join(', ');
  const text = `SELECT ${key} FROM ${path} GROUP BY ${key} HAVING COUNT(*) > 1 LIMIT 1`;
  const [twice] = await client.query({ name: 'sync_duplicates', text, binds: [] }, DEADLINE_MS);
  if (twice)
    throw new OperatorError(
      `${plan.sourceTable} has two rows of the same key (${plan.key.join(', ')}): ${Object.values(twice).join(', ')}. ` +
        'Nothing was changed. Mend the source.',
    );
  return stagedRows;
}

async function writeTables(
  session: SnowflakeTransaction,
  plans: readonly HybridPlan[],
  contents: ReadonlyMap<string, string>,
  progress: Progress,
): Promise<readonly TableChange[]> {
  const changes: TableChange[] = [];
  for (const plan of plans) {
    changes.push({ table: plan.table, ...(await writeDifferences(session, plan)) });
    const columns = plan.columns.map(({ name }) => ({ from: name }));
    if ((await readContent(session, plan.target, columns)) !== contents.get(plan.table))
      throw new OperatorError(
        `${plan.table}: what was written is not what was staged. Nothing was changed. Run it again.`,
      );
    progress.advance(1);
  }
  return changes;
}

async function writeDifferences(session: SnowflakeTransaction, plan: HybridPlan): Promise<Omit<TableChange, 'table'>> {
  const staged = stagedPath(plan);
  const list = (prefix: string): string => plan.columns.map(({ name }) => `${prefix}.${quoted(name)}`).join(', ');
  const isSame = plan.key.map((name) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
  const values = plan.columns.filter(({ name }) => !plan.key.includes(name)).map(({ name }) => quoted(name));
  const run = (text: string): Promise<number> => session.execute({ name: 'sync_swap', text, binds: [] });
  const deleted = await run(
    `DELETE FROM ${plan.target} AS t WHERE NOT EXISTS (SELECT 1 FROM ${staged} AS s WHERE ${isSame})`,
  );
  const updated =
    values.length === 0
      ? 0
      : await run(
          `UPDATE ${plan.target} AS t SET ${values.map((name) => `${name} = s.${name}`).join(', ')}
           FROM ${staged} AS s WHERE ${isSame} AND HASH(${list('t')}) <> HASH(${list('s')})`,
        );
  const inserted = await run(
    `INSERT INTO ${plan.target} (${names(plan)}) SELECT ${list('s')} FROM ${staged} AS s
     WHERE NOT EXISTS (SELECT 1 FROM ${plan.target} AS t WHERE ${isSame})`,
  );
  return { inserted, updated, deleted };
}

async function readContent(
  client: Pick<SnowflakeTransaction, 'query'> | Pick<SnowflakeClient, 'query'>,
  path: string,
  columns: readonly { readonly from: string }[],
): Promise<string> {
  const list = columns.map(({ from }) => quoted(from)).join(', ');
  const text = `SELECT COUNT(*) AS row_count, COALESCE(SUM(HASH(${list})), 0) AS content_hash FROM ${path}`;
  const [row] = await client.query<{ row_count: unknown; content_hash: unknown }>(
    { name: 'sync_fingerprint', text, binds: [] },
    DEADLINE_MS,
  );
  return `${String(row?.row_count)} ${String(row?.content_hash)}`;
}

async function execute(client: HybridSyncOptions['client'], text: string): Promise<void> {
  await client.execute({ name: 'sync_stage', text, binds: [] }, DEADLINE_MS);
}

async function explaining<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explainSnowflake(error);
  }
}

function names({ columns }: HybridPlan): string {
  return columns.map(({ name }) => quoted(name)).join(', ');
}
