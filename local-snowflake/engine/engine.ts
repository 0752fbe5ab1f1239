import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Database } from '../duckdb/database.ts';
import { boundRows, type WireBinding } from './bindings.ts';
import { Catalog } from './catalog.ts';
import type { Account } from './context.ts';
import { describeQuery } from './execute-query.ts';
import { executeStatement, type Work } from './execute-statement.ts';
import type { ResultSet } from './result-set.ts';
import { RunHistory } from './run-history.ts';
import { Scheduler } from './scheduler.ts';
import { Session, type SessionStart } from './session.ts';
import { rollback } from './transactions.ts';
import { TranslationCache } from './translation-cache.ts';
import { interruptible, wait, waitSeconds } from './waiting.ts';

/** One statement to execute. */
export interface Execution {
  readonly sql: string;
  readonly queryId: string;
  readonly bindings?: Readonly<Record<string, WireBinding>> | undefined;
  /** Only the columns are wanted. */
  readonly isDescribe?: boolean | undefined;
  /** Aborting makes the statement fail with the signal's reason, also while it waits for its turn. */
  readonly signal?: AbortSignal | undefined;
}

const ROLES = ['ACCOUNTADMIN', 'SYSADMIN', 'SECURITYADMIN', 'USERADMIN', 'PUBLIC'];

/** Executes Snowflake SQL on DuckDB. All state is in memory and gone when it closes. */
export class Engine {
  readonly #account: Account;
  readonly #cache = new TranslationCache();
  readonly #scheduler: Scheduler;

  private constructor(account: Account) {
    this.#account = account;
    this.#scheduler = new Scheduler(account, {
      open: (place) =>
        this.openSession({
          ...place,
          id: `task ${randomUUID()}`,
          user: 'SYSTEM',
          account: account.name,
          role: 'SYSTEM',
        }),
      run: (session, sql, statement) => executeStatement(this.#work(session, sql), statement),
      close: (session) => this.closeSession(session),
    });
  }

  static async open(name: string, clock: Clock, warehouses: readonly string[] = []): Promise<Engine> {
    const catalog = new Catalog();
    const account: Account = { name, clock, database: await Database.open(), catalog, history: new RunHistory() };
    const fresh = { database: null, schema: null, properties: new Map(), body: undefined, createdOn: clock.now() };
    for (const role of ROLES) account.catalog.putObject({ ...fresh, kind: 'ROLE', name: role, state: '' });
    for (const warehouse of warehouses) {
      account.catalog.putObject({ ...fresh, kind: 'WAREHOUSE', name: warehouse, state: 'STARTED' });
    }
    return new Engine(account);
  }

  /** A session; names that do not exist are dropped, as Snowflake does at login. */
  async openSession(start: SessionStart): Promise<Session> {
    const { catalog, database } = this.#account;
    const known = start.database !== null && catalog.hasDatabase(start.database) ? start.database : null;
    const wanted = start.schema ?? 'PUBLIC';
    const schema = known !== null && catalog.hasSchema(known, wanted) ? wanted : null;
    const { warehouse } = start;
    const isWarehouse =
      warehouse !== null && catalog.findObject({ kind: 'WAREHOUSE', name: warehouse, database: null, schema: null });
    return new Session(
      { ...start, warehouse: isWarehouse ? warehouse : null, database: known, schema },
      await database.connect(),
    );
  }

  /** Closes a session; an open transaction is rolled back. */
  async closeSession(session: Session): Promise<void> {
    await session.enqueue(async () => {
      await rollback(session);
      session.connection.close();
    });
  }

  /** Executes a statement after all others of its session. @throws SnowflakeError as Snowflake would report it. */
  async execute(session: Session, { sql, queryId, bindings, isDescribe, signal }: Execution): Promise<ResultSet> {
    const statement = this.#cache.statement(sql);
    const bound = boundRows(bindings);
    await this.#scheduler.runDue();
    return session.enqueue(async () => {
      signal?.throwIfAborted();
      if (isDescribe && statement.kind === 'query') return describeQuery(this.#account, session, statement.query);
      const seconds = waitSeconds(statement);
      const work = () =>
        seconds === undefined
          ? executeStatement({ ...this.#work(session, sql), bound }, statement)
          : wait(seconds, signal);
      const result = await interruptible(session, signal, work);
      session.keepResult(queryId, result);
      return result;
    });
  }

  #work(session: Session, sql: string): Work {
    const [account, cache, scheduler] = [this.#account, this.#cache, this.#scheduler];
    return { account, session, sql, bound: boundRows(undefined), cache, scheduler };
  }

  close(): void {
    this.#account.database.close();
  }
}
