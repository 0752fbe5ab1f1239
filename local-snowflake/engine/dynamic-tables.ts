import { quoted } from '../duckdb/printing.ts';
import { createTranslation } from '../duckdb/queries.ts';
import { compilationError, unsupported } from '../errors.ts';
import type { Query } from '../sql/syntax.ts';
import { parseStatement } from '../sql/statements.ts';
import type { Table } from './catalog.ts';
import type { Account } from './context.ts';
import type { Session } from './session.ts';
import { statementContext } from './statement-context.ts';
import { atomically, change, markChanged } from './transactions.ts';

/** Tables that were looked at already when several are refreshed at one moment. */
export type RefreshRound = Set<Table>;

interface Sources {
  readonly sql: string;
  readonly tables: readonly Table[];
  /** The tables and their changes; undefined when the rows depend on more than that. */
  readonly fingerprint: string | undefined;
}

/**
 * Computes a dynamic table anew, those it reads first; nothing happens when nothing has changed since. Readers see the
 * old rows until all new ones are there.
 */
export async function refreshDynamicTable(
  account: Account,
  session: Session,
  table: Table,
  round: RefreshRound = new Set(),
): Promise<void> {
  if (round.has(table)) return;
  round.add(table);
  const { definition } = table;
  if (table.kind !== 'DYNAMIC' || !definition) throw compilationError('REFRESH is for dynamic tables.');
  const statement = parseStatement(definition.text);
  if (statement.kind !== 'query') throw unsupported('a dynamic table that is no query');
  const refreshedOn = account.clock.now();
  const place = { ...definition, fullName: session.fullName.bind(definition) };
  for (const source of sourcesOf(account, session, statement.query, place).tables) {
    if (source.kind === 'DYNAMIC') await refreshDynamicTable(account, session, source, round);
  }
  // After those above, so that their changes count.
  const { sql, fingerprint } = sourcesOf(account, session, statement.query, place);
  if (fingerprint === undefined || fingerprint !== table.refreshedFrom) {
    await atomically(session, async () => {
      await change(session, `DELETE FROM ${quoted(table.physicalName)}`);
      await change(session, `INSERT INTO ${quoted(table.physicalName)} ${sql}`);
      markChanged(session, table);
    });
  }
  table.refreshedFrom = fingerprint;
  table.refreshedOn = refreshedOn;
}

/** @throws SnowflakeError for a query over tables that a dynamic table cannot read. */
export function checkSources(account: Account, session: Session, query: Query): void {
  const { tables } = sourcesOf(account, session, query, session);
  const refused = tables.find(({ kind }) => kind === 'HYBRID' || kind === 'STREAM');
  if (refused)
    throw compilationError(
      `Dynamic tables cannot read ${refused.kind === 'HYBRID' ? 'hybrid tables' : 'streams'}: change tracking is not supported on them.`,
    );
}

type Place = Parameters<typeof statementContext>[2];

function sourcesOf(account: Account, session: Session, query: Query, place: NonNullable<Place>): Sources {
  const tables = new Set<Table>();
  const context = statementContext(account, session, place);
  const { printing, isVolatile } = createTranslation({
    ...context,
    tableName: (name, since) => {
      const source = account.catalog.findTable(place.fullName(name));
      if (source) tables.add(source);
      return context.tableName(name, since);
    },
  });
  const sql = printing.query(query);
  const isKnown = !isVolatile() && ![...tables].some(({ kind }) => kind === 'VIEW');
  const fingerprint = [...tables].map(({ physicalName, changes }) => `${physicalName} ${changes}`).join('\n');
  return { sql, tables: [...tables], fingerprint: isKnown ? fingerprint : undefined };
}
