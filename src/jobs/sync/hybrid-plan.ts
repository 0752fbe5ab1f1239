import type { SnowflakeClient } from '../../clients/snowflake-client.ts';
import { OperatorError } from '../../errors.ts';
import { quoted, type SnowflakeReader } from './snowflake-reader.ts';
import { wantedTables, type ServingTable } from './serving-tables.ts';

/** A column of a table that serves, and the column of the source that fills it. */
export interface HybridColumn {
  readonly name: string;
  /** As DESCRIBE TABLE has it, for example NUMBER(12,2). */
  readonly type: string;
  readonly isNullable: boolean;
  readonly from: string;
}

/** How one table is copied inside Snowflake. */
export interface HybridPlan {
  readonly table: string;
  readonly sourceTable: string;
  /** Full names, quoted. */
  readonly source: string;
  readonly target: string;
  readonly columns: readonly HybridColumn[];
  /** Columns of the primary key. */
  readonly key: readonly string[];
}

interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly 'null?': string;
  readonly 'primary key': string;
}

const DEADLINE_MS = 60_000;

/**
 * Matches the columns of the source with those of the tables that serve, by name or alias. Tables without a primary key
 * serve nothing: they are left out.
 * @throws OperatorError that names a table or a column that is missing.
 */
export async function planHybridTables(options: {
  readonly client: Pick<SnowflakeClient, 'query'>;
  readonly reader: SnowflakeReader;
  readonly database: string;
  readonly schema: string;
  readonly tables?: readonly string[] | undefined;
}): Promise<readonly HybridPlan[]> {
  const { client, reader, database, schema } = options;
  const available = new Set(await reader.tables());
  const plans: HybridPlan[] = [];
  for (const table of wantedTables(options.tables)) {
    const target = [database, schema, table.name].map((name) => quoted(name)).join('.');
    const described = await client.query<DescribedColumn>(
      { name: 'sync_describe', text: `DESCRIBE TABLE ${target}`, binds: [] },
      DEADLINE_MS,
    );
    const key = described.filter((column) => column['primary key'] === 'Y').map(({ name }) => name.toLowerCase());
    if (key.length === 0) continue;
    const sourceTable = table.sourceNames.find((name) => available.has(name));
    if (sourceTable === undefined)
      throw new OperatorError(
        `${reader.location} has no ${table.sourceNames.join(' or ')}. Leave it out with --tables.`,
      );
    const columns = matchColumns(
      table,
      described,
      await reader.columns(sourceTable),
      `${sourceTable} in ${reader.location}`,
    );
    plans.push({ table: table.name, sourceTable, source: reader.pathOf(sourceTable), target, columns, key });
  }
  return plans;
}

/** The standard table beside the one that serves, for what is staged. */
export function stagedPath({ target }: HybridPlan): string {
  return `${target.slice(0, -1)}_SNOWGATE_STAGED"`;
}

function matchColumns(
  table: ServingTable,
  described: readonly DescribedColumn[],
  available: readonly string[],
  place: string,
): readonly HybridColumn[] {
  const matched = described.map((column) => {
    const name = column.name.toLowerCase();
    const alias = Object.entries(table.aliases).find(([, ours]) => ours === name)?.[0];
    const from = [name, ...(alias === undefined ? [] : [alias])].find((one) => available.includes(one));
    return { name, type: column.type, isNullable: column['null?'] === 'Y', from };
  });
  const missing = matched.filter(({ from }) => from === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new OperatorError(
      `${place} lacks ${missing.join(', ')}; it has ${available.join(', ')}. Add what is missing there.`,
    );
  return matched.map((column) => ({ ...column, from: column.from ?? '' }));
}
