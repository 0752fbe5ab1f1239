import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnowflakeClient } from '../../clients/snowflake-client.ts';
import { SnowflakeError } from '../../clients/snowflake-errors.ts';
import type { SnowflakeBind } from '../../clients/snowflake-session.ts';
import { OperatorError } from '../../errors.ts';
import type { RowChunk, SourceColumn } from './source-table.ts';

/** What says where the data in Snowflake comes from. */
export const DATASET_TABLE = 'dataset';

/** The tables in Snowflake. */
export interface SnowflakeTablesOptions {
  readonly client: Pick<SnowflakeClient, 'query' | 'execute'>;
  readonly database: string;
  readonly schema: string;
  /** The folder of the files that make the tables. */
  readonly setupFolder: string;
}

/** A chunk of rows, and a warehouse that has to wake up for it. */
const STATEMENT_DEADLINE_MS = 120_000;

/** Advice for what Snowflake says, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  '000606': 'Set SNOWFLAKE_WAREHOUSE to a warehouse that the role may use.',
  '000607': 'Set SNOWFLAKE_WAREHOUSE to a warehouse that the role may use.',
  '003001': 'Grant SELECT, INSERT, DELETE and TRUNCATE on the tables to the role of the session (SNOWFLAKE_ROLE).',
};

/**
 * The serving tables of a schema in Snowflake, for somebody who fills them.
 * @throws OperatorError with what Snowflake said and what to do, from every method.
 */
export class SnowflakeTables {
  readonly #options: SnowflakeTablesOptions;

  constructor(options: SnowflakeTablesOptions) {
    this.#options = options;
  }

  /** For messages. */
  get place(): string {
    return `${this.#options.database}.${this.#options.schema}`;
  }

  /** The columns of each table that the role may see, names in lower case. */
  async columns(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const rows = await this.#query<{ table_name: string; column_name: string }>(
      `SELECT table_name, column_name FROM ${quoted(this.#options.database)}.information_schema.columns
       WHERE table_schema = ?`,
      [this.#options.schema.toUpperCase()],
    );
    const columns = new Map<string, Set<string>>();
    for (const { table_name: table, column_name: column } of rows) {
      const known = columns.get(table.toLowerCase()) ?? new Set();
      columns.set(table.toLowerCase(), known.add(column.toLowerCase()));
    }
    return columns;
  }

  /** @throws OperatorError that says which setup file to run, when a table or one of its columns is not there. */
  assertHolds(known: ReadonlyMap<string, ReadonlySet<string>>, table: string, columns: readonly string[]): void {
    const there = known.get(table);
    const missing = columns.filter((name) => !there?.has(name));
    if (missing.length === 0) return;
    const what = there
      ? `${table} in ${this.place} lacks ${missing.join(', ')}`
      : `${this.place} has no table ${table}`;
    throw new OperatorError(
      `${what}, as far as the role of the session sees. Run ${this.#fileThatMakes(table)}, ` +
        'or grant the role SELECT, INSERT, DELETE and TRUNCATE on the tables.',
    );
  }

  /** Whether a table has no rows. */
  async isEmpty(table: string): Promise<boolean> {
    return (await this.#query(`SELECT 1 AS one FROM ${this.#pathOf(table)} LIMIT 1`)).length === 0;
  }

  /** Where the data comes from; undefined where nobody has said so. */
  async source(): Promise<string | undefined> {
    const [row] = await this.#query<{ source: string }>(`SELECT source FROM ${this.#pathOf(DATASET_TABLE)} LIMIT 1`);
    return row?.source;
  }

  /** Says that these demo data are being loaded, or are there. */
  async describe(seed: number, customers: number, asOf: Date, isComplete: boolean): Promise<void> {
    const completedAt = isComplete ? 'CURRENT_TIMESTAMP()::TIMESTAMP_NTZ' : 'NULL';
    await this.#execute(
      `INSERT OVERWRITE INTO ${this.#pathOf(DATASET_TABLE)} (source, seed, customers, as_of, completed_at)
       SELECT 'demo', ?::NUMBER(10, 0), ?::NUMBER(10, 0), ?::TIMESTAMP_NTZ, ${completedAt}`,
      [seed, customers, asOf.toISOString().replace('T', ' ').replace('Z', '')],
    );
  }

  /** Takes all rows of a table away: an empty hybrid table takes rows much faster than a full one. */
  async empty(table: string): Promise<void> {
    await this.#execute(`TRUNCATE TABLE ${this.#pathOf(table)}`);
  }

  /** Adds rows. @returns how many there are now more. */
  insert(table: string, columns: readonly SourceColumn[], chunk: RowChunk): Promise<number> {
    const names = columns.map(({ name }) => quoted(name)).join(', ');
    const values = columns.map(({ read }, index) => read(`value[${index}]`)).join(', ');
    // One bind for all rows: binding arrays takes no VARIANT, and goes through a stage when there are many.
    return this.#execute(
      `INSERT INTO ${this.#pathOf(table)} (${names}) SELECT ${values} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`,
      [chunk.json],
    );
  }

  async #query<Row extends object>(text: string, binds: readonly SnowflakeBind[] = []): Promise<Row[]> {
    try {
      return await this.#options.client.query<Row>({ name: 'seed', text, binds }, STATEMENT_DEADLINE_MS);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async #execute(text: string, binds: readonly SnowflakeBind[] = []): Promise<number> {
    try {
      return await this.#options.client.execute({ name: 'seed', text, binds }, STATEMENT_DEADLINE_MS);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** The client's own words are for those who call the gateway; here somebody wants to mend it. */
  #explain(error: unknown): unknown {
    let current = error;
    while (current instanceof Error && !(current instanceof SnowflakeError)) current = current.cause;
    if (!(current instanceof SnowflakeError)) return error;
    const advice = ADVICE[current.code] ?? 'Run it again when that is mended: it begins anew.';
    return new OperatorError(`Snowflake does not fill ${this.place}: ${current.message} ${advice}`, { cause: error });
  }

  #fileThatMakes(table: string): string {
    const { setupFolder } = this.#options;
    const makesIt = new RegExp(`USE SCHEMA snowgate\\.serving;[^]*TABLE IF NOT EXISTS ${table} \\(`);
    const file = readdirSync(setupFolder).find((name) => makesIt.test(readFileSync(join(setupFolder, name), 'utf8')));
    return `sql/snowflake/setup/${file ?? ''}`;
  }

  #pathOf(table: string): string {
    return [this.#options.database, this.#options.schema, table].map(quoted).join('.');
  }
}

/** An ordinary name, in quotes: names such as KEY are words of SQL. */
function quoted(name: string): string {
  return `"${name.toUpperCase().replaceAll('"', '""')}"`;
}
