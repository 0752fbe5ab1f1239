import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResultReader,
  type DuckDBValue,
} from '@duckdb/node-api';
import { engineError, isConflict } from './engine-errors.ts';
import { MACROS } from './macros.ts';

/** Prepared statements kept per session. */
const PREPARED_MAX = 200;
/** Other sessions hold a row for the length of one statement: Snowflake waits, DuckDB must be asked again. */
const CONFLICT_RETRIES = 40;

/** The DuckDB instance behind the server: in memory, gone when it closes. */
export class Database {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open(): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
    connection.closeSync();
    return new Database(instance);
  }

  async connect(): Promise<DatabaseConnection> {
    const connection = await this.#instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    return new DatabaseConnection(connection);
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** One session's connection. Statements must be run one after the other. */
export class DatabaseConnection {
  readonly #connection: DuckDBConnection;
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Runs a statement. @throws SnowflakeError as Snowflake would report it. */
  async run(sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBResultReader> {
    try {
      const statement = await this.#prepare(sql);
      statement.clearBindings();
      if (values.length > 0) statement.bind([...values]);
      return await statement.runAndReadAll();
    } catch (error) {
      throw engineError(error);
    }
  }

  /** Runs a statement outside a transaction; waits for other sessions that change the same rows. */
  async runPatiently(sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBResultReader> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.run(sql, values);
      } catch (error) {
        if (!isConflict(error) || attempt === CONFLICT_RETRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(attempt, 10)));
      }
    }
  }

  /** Types of a query's columns without running it. */
  async describe(sql: string): Promise<DuckDBPreparedStatement> {
    try {
      return await this.#prepare(sql);
    } catch (error) {
      throw engineError(error);
    }
  }

  /** Makes the running statement fail as cancelled. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.destroySync();
    this.#prepared.clear();
    this.#connection.closeSync();
  }

  async #prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const known = this.#prepared.get(sql);
    if (known) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return known;
    }
    const statement = await this.#connection.prepare(sql);
    this.#prepared.set(sql, statement);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > PREPARED_MAX && oldest !== undefined) {
      this.#prepared.get(oldest)?.destroySync();
      this.#prepared.delete(oldest);
    }
    return statement;
  }
}
