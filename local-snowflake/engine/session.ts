import type { DuckDBValue } from '@duckdb/node-api';
import type { DatabaseConnection } from '../duckdb/database.ts';
import { doesNotExist, SnowflakeError } from '../errors.ts';
import type { ObjectName } from '../sql/statement-syntax.ts';
import type { FullName, Table } from './catalog.ts';
import type { ResultSet } from './result-set.ts';

/** A change that was made in an open transaction, kept to be made again after another statement of it failed. */
export interface JournalEntry {
  readonly sql: string;
  readonly values: readonly DuckDBValue[];
}

/** Earlier results that RESULT_SCAN can still read. */
const RESULTS_MAX = 10;
/** Bigger ones are not kept. */
const RESULT_ROWS_MAX = 10_000;

/** What a session starts with. */
export interface SessionStart {
  readonly id: string;
  readonly user: string;
  readonly account: string;
  readonly role: string;
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
}

/** One session's state. Its statements run one after the other. */
export class Session {
  readonly id: string;
  readonly user: string;
  readonly account: string;
  readonly connection: DatabaseConnection;
  role: string;
  warehouse: string | null;
  database: string | null;
  schema: string | null;
  /** Values that ALTER SESSION or the login set. */
  readonly parameters = new Map<string, string>();
  /** Session variables as SQL text. */
  readonly variables = new Map<string, string>();
  /** The changes of the open transaction; undefined outside one. */
  journal: JournalEntry[] | undefined;
  /** Tables that the open transaction has changed, and streams that it has read: their rows go when it commits. */
  readonly changed = new Set<Table>();
  readonly consumed = new Set<Table>();
  readonly #results = new Map<string, ResultSet>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(start: SessionStart, connection: DatabaseConnection) {
    this.id = start.id;
    this.user = start.user;
    this.account = start.account;
    this.role = start.role;
    this.warehouse = start.warehouse;
    this.database = start.database;
    this.schema = start.schema;
    this.connection = connection;
  }

  /** Runs work after all that was given before, whether it failed or not. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Completes a name with the current database and schema. @throws SnowflakeError when there is none. */
  fullName({ parts }: ObjectName): FullName {
    const [name = '', schema = this.schema, database = this.database] = [...parts].reverse();
    if (database === null || schema === null) throw noCurrentSchema(name);
    return { database, schema, name };
  }

  /** Completes the name of a schema. */
  schemaName({ parts }: Pick<ObjectName, 'parts'>): { database: string; name: string } {
    const [name = '', database = this.database] = [...parts].reverse();
    if (database === null) throw noCurrentDatabase(name);
    return { database, name };
  }

  keepResult(queryId: string, result: ResultSet): void {
    if (result.rows.length > RESULT_ROWS_MAX) return;
    this.#results.set(queryId, result);
    const [oldest] = this.#results.keys();
    if (this.#results.size > RESULTS_MAX && oldest !== undefined) this.#results.delete(oldest);
  }

  /** An earlier result, the last one when no id is given. @throws SnowflakeError when it is gone. */
  result(queryId: string | undefined): readonly [queryId: string, result: ResultSet] {
    const id = queryId ?? [...this.#results.keys()].at(-1);
    const result = id === undefined ? undefined : this.#results.get(id);
    if (id === undefined || !result) throw doesNotExist('Statement', id ?? 'LAST_QUERY_ID()');
    return [id, result];
  }

  lastQueryId(): string | null {
    return [...this.#results.keys()].at(-1) ?? null;
  }
}

function noCurrentDatabase(name: string): SnowflakeError {
  return new SnowflakeError(
    '090105',
    '22000',
    `Cannot perform operation on '${name}'. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.`,
  );
}

function noCurrentSchema(name: string): SnowflakeError {
  return new SnowflakeError(
    '090106',
    '22000',
    `Cannot perform operation on '${name}'. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.`,
  );
}
