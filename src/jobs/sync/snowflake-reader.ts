import type { SnowflakeClient } from '../../clients/snowflake-client.ts';
import { SnowflakeError } from '../../clients/snowflake-errors.ts';
import { OperatorError } from '../../errors.ts';
import {
  ChangesUnknownError,
  type ChangeTracking,
  type SourceChange,
  type SourceRow,
  type TableReader,
} from './table-reader.ts';

/** Where the tables are. */
export interface SnowflakeReaderOptions {
  readonly client: Pick<SnowflakeClient, 'query' | 'stream'>;
  /** For messages, and to tell one source from another. */
  readonly account: string;
  readonly database: string;
  /** A table is taken from the first schema that has it. */
  readonly schemas: readonly string[];
}

/** A warehouse that has to wake up, and a hash over millions of rows. */
const QUERY_DEADLINE_MS = 600_000;
/** From one row to the next. */
const ROW_DEADLINE_MS = 300_000;
const BATCH_ROWS = 1000;
/** What Snowflake says when it cannot tell the changes, and what that means. */
const UNKNOWN_CHANGES: Readonly<Record<string, string>> = {
  '091930': 'its changes have not been tracked since the last sync (SET CHANGE_TRACKING = TRUE)',
  '000707': 'its changes are not kept as long as the last sync is ago (DATA_RETENTION_TIME_IN_DAYS)',
};

/** A row of CHANGES. */
interface ChangeRow extends Record<string, unknown> {
  readonly change_action: 'INSERT' | 'DELETE';
  readonly change_hash: string | number;
}

/**
 * Reads tables and views of a database in Snowflake.
 * @throws OperatorError with what Snowflake said when it cannot be reached, refuses the login or a statement.
 */
export class SnowflakeReader implements TableReader {
  readonly source = 'snowflake';
  readonly location: string;
  readonly tracking: ChangeTracking = {
    moment: () => this.#moment(),
    stream: (table, columns, since) => this.#streamChanges(table, columns, since),
    fingerprintAfter: (fingerprint, rows, hash) => {
      const [rowsBefore = '', hashBefore = ''] = fingerprint.split(' ');
      return fingerprintText(Number(rowsBefore) + rows, BigInt(hashBefore) + hash);
    },
  };
  readonly #options: SnowflakeReaderOptions;
  readonly #schemaByTable = new Map<string, string>();
  /** Columns of moments without a zone, `table.column`: the driver would cut them to milliseconds. */
  readonly #moments = new Set<string>();

  constructor(options: SnowflakeReaderOptions) {
    this.#options = options;
    this.location = `${options.account} ${options.database}.${options.schemas.join(',')}`;
  }

  async tables(): Promise<readonly string[]> {
    const { database, schemas } = this.#options;
    for (const schema of schemas.toReversed()) {
      const rows = await this.#query<{ table_name: string }>(
        'sync_tables',
        `SELECT table_name FROM ${quoted(database)}.information_schema.tables WHERE table_schema = ?`,
        [schema.toUpperCase()],
      );
      for (const { table_name: name } of rows) this.#schemaByTable.set(name.toLowerCase(), schema);
    }
    return [...this.#schemaByTable.keys()];
  }

  async columns(table: string): Promise<readonly string[]> {
    const rows = await this.#query<{ column_name: string; data_type: string }>(
      'sync_columns',
      `SELECT column_name, data_type FROM ${quoted(this.#options.database)}.information_schema.columns
       WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`,
      [(this.#schemaByTable.get(table) ?? '').toUpperCase(), table.toUpperCase()],
    );
    for (const { column_name: name, data_type: type } of rows)
      if (type.toUpperCase() === 'TIMESTAMP_NTZ') this.#moments.add(`${table}.${name.toLowerCase()}`);
    if (rows.length > 0) return rows.map((row) => row.column_name.toLowerCase());
    throw new OperatorError(
      `${table} in ${this.location} cannot be read. Grant SELECT on it to the role that sync uses.`,
    );
  }

  async rowCount(table: string): Promise<number> {
    const text = `SELECT COUNT(*) AS row_count FROM ${this.pathOf(table)}`;
    const [row] = await this.#query<{ row_count: unknown }>('sync_count', text);
    return Number(row?.row_count);
  }

  async fingerprint(table: string, columns: readonly string[]): Promise<string> {
    // A sum, unlike HASH_AGG, can be carried on by the hashes of the rows that came and went.
    const [row] = await this.#query<{ row_count: unknown; content_hash: unknown }>(
      'sync_fingerprint',
      `SELECT COUNT(*) AS row_count, COALESCE(SUM(HASH(${columnList(columns)})), 0) AS content_hash
       FROM ${this.pathOf(table)}`,
    );
    return fingerprintText(Number(row?.row_count), BigInt(String(row?.content_hash)));
  }

  stream(table: string, columns: readonly string[]): AsyncIterable<readonly SourceRow[]> {
    const text = `SELECT ${this.#selectList(table, columns)} FROM ${this.pathOf(table)}`;
    const statement = { name: 'sync_rows', text, binds: [] };
    return inBatches(this.#options.client.stream<Record<string, unknown>>(statement, ROW_DEADLINE_MS), columns);
  }

  placeOf(table: string, line: number): string {
    return `${table} row ${line}`;
  }

  async #moment(): Promise<string> {
    const [row] = await this.#query<{ moment: string }>(
      'sync_moment',
      `SELECT TO_VARCHAR(SYSDATE(), 'YYYY-MM-DD"T"HH24:MI:SS.FF6') AS moment`,
    );
    return `${row?.moment ?? ''}+00:00`;
  }

  async *#streamChanges(
    table: string,
    columns: readonly string[],
    since: string,
  ): AsyncGenerator<readonly SourceChange[]> {
    const text = `SELECT METADATA$ACTION AS change_action, HASH(${columnList(columns)}) AS change_hash,
        ${this.#selectList(table, columns)}
      FROM ${this.pathOf(table)}
      CHANGES (INFORMATION => DEFAULT) AT (TIMESTAMP => '${since}'::TIMESTAMP_TZ)`;
    const rows = this.#options.client.stream<ChangeRow>({ name: 'sync_changes', text, binds: [] }, QUERY_DEADLINE_MS);
    let batch: SourceChange[] = [];
    try {
      for await (const row of rows) {
        const values = columns.map((name) => row[name]);
        batch.push({ isGone: row.change_action === 'DELETE', hash: BigInt(row.change_hash), values });
        if (batch.length < BATCH_ROWS) continue;
        yield batch;
        batch = [];
      }
    } catch (error) {
      throw explainChanges(error);
    }
    if (batch.length > 0) yield batch;
  }

  #selectList(table: string, columns: readonly string[]): string {
    const selected = columns.map((name) =>
      this.#moments.has(`${table}.${name}`)
        ? `TO_VARCHAR(${quoted(name)}, 'YYYY-MM-DD HH24:MI:SS.FF6') AS ${quoted(name)}`
        : quoted(name),
    );
    return selected.join(', ');
  }

  async #query<Row extends object>(name: string, text: string, binds: readonly string[] = []): Promise<Row[]> {
    try {
      return await this.#options.client.query<Row>({ name, text, binds }, QUERY_DEADLINE_MS);
    } catch (error) {
      throw explainSnowflake(error);
    }
  }

  /** The full name of a table, quoted; known once `tables` was asked. */
  pathOf(table: string): string {
    return [this.#options.database, this.#schemaByTable.get(table) ?? '', table].map((name) => quoted(name)).join('.');
  }
}

async function* inBatches(
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  columns: readonly string[],
): AsyncGenerator<readonly SourceRow[]> {
  let batch: SourceRow[] = [];
  let line = 0;
  try {
    for await (const row of rows) {
      batch.push({ line: ++line, values: columns.map((name) => row[name]) });
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    throw explainSnowflake(error);
  }
  if (batch.length > 0) yield batch;
}

/** Changes that cannot be told are no reason to stop: the table can still be read whole. */
function explainChanges(error: unknown): unknown {
  const explained = explainSnowflake(error);
  const cause = explained instanceof OperatorError ? snowflakeErrorIn(explained) : undefined;
  if (cause?.failure !== 'statement') return explained;
  return new ChangesUnknownError(
    UNKNOWN_CHANGES[cause.code] ?? `Snowflake does not tell its changes: ${cause.message}`,
  );
}

/** The client's own words are for those who call the gateway; here somebody wants to mend it. */
export function explainSnowflake(error: unknown): unknown {
  const cause = snowflakeErrorIn(error);
  return cause ? new OperatorError(`Snowflake does not give the rows: ${cause.message}`, { cause: error }) : error;
}

function snowflakeErrorIn(error: unknown): SnowflakeError | undefined {
  let current = error;
  while (current instanceof Error && !(current instanceof SnowflakeError)) current = current.cause;
  return current instanceof SnowflakeError ? current : undefined;
}

function fingerprintText(rows: number, hash: bigint): string {
  return `${String(rows)} ${String(hash)}`;
}

function columnList(columns: readonly string[]): string {
  return columns.map((name) => quoted(name)).join(', ');
}

/** An ordinary name, in quotes: names such as ORDER are words of SQL. */
export function quoted(name: string): string {
  return `"${name.toUpperCase().replaceAll('"', '""')}"`;
}
