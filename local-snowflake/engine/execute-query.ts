import type { DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';
import { quoted } from '../duckdb/printing.ts';
import { createTranslation } from '../duckdb/queries.ts';
import { resultColumn, resultRows } from '../duckdb/result-cells.ts';
import type { Query } from '../sql/syntax.ts';
import type { Account } from './context.ts';
import { type ResultSet, STATEMENT_TYPES } from './result-set.ts';
import type { Session } from './session.ts';
import { resultTableName, statementContext } from './statement-context.ts';
import { read } from './transactions.ts';
import type { TranslationCache } from './translation-cache.ts';

/** Executes a query. `sql` is its text, for the cache of translations. */
export async function executeQuery(
  account: Account,
  session: Session,
  { sql, query, values, cache }: { sql: string; query: Query; values: readonly DuckDBValue[]; cache: TranslationCache },
): Promise<ResultSet> {
  for (;;) {
    const { version } = account.catalog;
    try {
      return toResult(await runQuery(account, session, { sql, query, values, cache }));
    } catch (error) {
      // A table was replaced between translation and execution: what was named is gone, its successor is not.
      if (version === account.catalog.version) throw error;
    }
  }
}

/** The columns of a query, without its rows. */
export async function describeQuery(account: Account, session: Session, query: Query): Promise<ResultSet> {
  const { printing } = createTranslation(statementContext(account, session));
  const prepared = await session.connection.describe(printing.query(query));
  const columns = Array.from({ length: prepared.columnCount }, (_, place) =>
    resultColumn(prepared.columnName(place), prepared.columnType(place)),
  );
  return { columns, rows: [], statementTypeId: STATEMENT_TYPES.select };
}

type Work = Parameters<typeof executeQuery>[2];

async function runQuery(
  account: Account,
  session: Session,
  { sql, query, values, cache }: Work,
): Promise<DuckDBResultReader> {
  const known = cache.get(sql, session, account.catalog.version);
  if (known !== undefined) return read(session, known, values);
  const scanned = new Set<string>();
  const context = statementContext(account, session);
  const { printing, isVolatile } = createTranslation({
    ...context,
    resultTable: (queryId) => {
      scanned.add(session.result(queryId)[0]);
      return context.resultTable(queryId);
    },
  });
  const text = printing.query(query);
  for (const queryId of scanned) await materialize(session, queryId);
  if (!isVolatile()) cache.set(sql, session, account.catalog.version, text);
  return read(session, text, values);
}

function toResult(reader: DuckDBResultReader): ResultSet {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, place) => {
    const type = types[place];
    if (!type) throw new Error(`The column ${name} has no type.`);
    return resultColumn(name, type);
  });
  return { columns, rows: resultRows(reader), statementTypeId: STATEMENT_TYPES.select };
}

/** Puts an earlier result into a temporary table, as text: that is what SHOW and DESCRIBE answer. */
async function materialize(session: Session, queryId: string): Promise<void> {
  const [, { columns, rows }] = session.result(queryId);
  const table = quoted(resultTableName(queryId));
  const list = columns.map(({ name, type }) => `${quoted(name)} ${type === 'fixed' ? 'DECIMAL(38, 0)' : 'VARCHAR'}`);
  await session.connection.run(`CREATE OR REPLACE TEMP TABLE ${table} (${list.join(', ')})`);
  const marks = columns.map((_, place) => `$${place + 1}`).join(', ');
  for (const row of rows) await session.connection.run(`INSERT INTO ${table} VALUES (${marks})`, row);
}
