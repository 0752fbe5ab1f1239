import { basename } from 'node:path';
import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import type { ImportMapping } from './mapping.ts';
import type { RejectsFile } from './rejects.ts';
import { STAGE_SCHEMA, stagedName } from './stage.ts';
import { TABLE_NAMES, type TableName } from './tables.ts';

/** What checking rows against each other needs. */
export interface CheckOptions {
  readonly database: PostgresClient;
  readonly mapping: ImportMapping;
  /** Whether what the database holds will be gone, so that nothing can refer to it. */
  readonly replaces: boolean;
  readonly rejects: RejectsFile;
}

/** A column whose value must be a row of another table. */
interface Reference {
  readonly from: TableName;
  readonly column: string;
  readonly to: TableName;
}

const REFERENCES: readonly Reference[] = [
  { from: 'inventory', column: 'product_id', to: 'products' },
  { from: 'events', column: 'product_id', to: 'products' },
  { from: 'events', column: 'customer_id', to: 'customers' },
];
const KEYS: Readonly<Record<TableName, readonly string[]>> = {
  products: ['product_id'],
  customers: ['customer_id'],
  inventory: ['region', 'product_id'],
  events: ['event_id'],
};
const PAGE_ROWS = 5000;

/**
 * Takes out of the stage, into the file of rejects, rows that refer to nothing and rows whose key an earlier line has.
 * @returns how many lines of each file were rejected.
 */
export async function rejectContradictions(options: CheckOptions): Promise<ReadonlyMap<TableName, number>> {
  const rejected = new Map<TableName, number>();
  for (const table of TABLE_NAMES) {
    if (!options.mapping.files[table]) continue;
    await options.database.transaction(async (session) => {
      for (const reference of REFERENCES) {
        const isMade = reference.to === 'customers' && options.mapping.customersFromEvents;
        if (reference.from === table && !isMade) await rejectUnknown(session, reference, options.replaces);
      }
      await removeRejected(session, table);
      await rejectDuplicates(session, table);
      await removeRejected(session, table);
    });
    rejected.set(table, await writeRejects(options, table));
  }
  return rejected;
}

function rejectUnknown(
  session: PostgresSession,
  { from, column, to }: Reference,
  replaces: boolean,
): Promise<object[]> {
  const isIn = (table: string): string => `EXISTS (SELECT FROM ${table} AS k WHERE k.${column} = s.${column})`;
  return session.execute(`
    INSERT INTO ${STAGE_SCHEMA}.rejects (table_name, line, field, problem, landing)
    SELECT DISTINCT ON (s.line) '${from}', s.line, '${column}',
      '${column} ' || s.${column} || ' is not among the ${to}', to_jsonb(s) - 'line'
    FROM ${stagedName(from)} AS s
    WHERE s.${column} IS NOT NULL AND NOT ${isIn(stagedName(to))} ${replaces ? '' : `AND NOT ${isIn(to)}`}
    ORDER BY s.line`);
}

function rejectDuplicates(session: PostgresSession, table: TableName): Promise<object[]> {
  const keys = KEYS[table];
  const isSame = keys.map((key) => `s.${key} = first.${key}`).join(' AND ');
  return session.execute(`
    INSERT INTO ${STAGE_SCHEMA}.rejects (table_name, line, field, problem, landing)
    SELECT DISTINCT ON (s.line) '${table}', s.line, '${keys.at(-1) ?? ''}',
      'the ${keys.join(' and ')} of line ' || first.line || ' again', to_jsonb(s) - 'line'
    FROM ${stagedName(table)} AS s
    INNER JOIN (
      SELECT ${keys.join(', ')}, min(line) AS line FROM ${stagedName(table)} GROUP BY ${keys.join(', ')} HAVING count(*) > 1
    ) AS first ON ${isSame} AND s.line > first.line
    ORDER BY s.line`);
}

async function removeRejected(session: PostgresSession, table: TableName): Promise<void> {
  await session.execute(`
    DELETE FROM ${stagedName(table)} AS s USING ${STAGE_SCHEMA}.rejects AS r
    WHERE r.table_name = '${table}' AND r.line = s.line`);
}

interface RejectRow {
  readonly number: string;
  readonly line: string;
  readonly field: string;
  readonly problem: string;
  readonly landing: unknown;
}

async function writeRejects({ database, mapping, rejects }: CheckOptions, table: TableName): Promise<number> {
  const { path = '', columns = {} } = mapping.files[table] ?? {};
  const file = basename(path);
  let last = '0';
  for (;;) {
    const page = await database.transaction((session) =>
      session.execute<RejectRow>(
        `SELECT number, line, field, problem, landing FROM ${STAGE_SCHEMA}.rejects
         WHERE table_name = $1 AND number > $2 ORDER BY number LIMIT ${PAGE_ROWS}`,
        [table, last],
      ),
    );
    for (const { line, field, problem, landing } of page) {
      const column = String(columns[field]?.column ?? field);
      await rejects.add({ file, line: Number(line), column, problem, row: landing });
    }
    last = page.at(-1)?.number ?? last;
    if (page.length < PAGE_ROWS) break;
  }
  const [counted] = await database.transaction((session) =>
    session.execute<{ rows: string }>(
      `SELECT count(DISTINCT line) AS rows FROM ${STAGE_SCHEMA}.rejects WHERE table_name = $1`,
      [table],
    ),
  );
  return Number(counted?.rows);
}
