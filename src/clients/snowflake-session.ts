import type { Connection, RowStatement } from 'snowflake-sdk';
import { createRowDecoder } from './snowflake-decoding.ts';
import { BROKEN_ROW } from './snowflake-driver.ts';
import { consequencesOf, SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';

/** A value to bind. Numbers beyond 2^53 and exact decimals are texts, which Snowflake reads as numbers where it needs one. */
export type SnowflakeBind = string | number | boolean | null;

/** One statement. */
export interface SnowflakeStatement {
  /** What the statement is called in Snowflake's query history: its QUERY_TAG. */
  readonly name: string;
  readonly text: string;
  /** A value per `?`; a list of rows for an INSERT of many. */
  readonly binds: readonly SnowflakeBind[] | readonly (readonly SnowflakeBind[])[];
}

/** The sockets of a session. */
interface Sockets {
  abort(): void;
}

/** How long logging out may take; after it the sockets are cut, and Snowflake ends the session by itself. */
const LOGOUT_MS = 1000;

/** One logged-in connection; runs one statement at a time. Its errors are SnowflakeErrors. */
export class SnowflakeSession {
  readonly openedAt = performance.now();
  /** When Snowflake last answered it. */
  provenAt = this.openedAt;
  /** Answers in a row that were lost on the way. */
  #lostAnswers = 0;
  readonly #connection: Connection;
  readonly #sockets: Sockets;
  #running: RowStatement | null = null;

  constructor(connection: Connection, sockets: Sockets) {
    this.#connection = connection;
    this.#sockets = sockets;
  }

  /** Whether the driver has not seen it end. */
  isUp(): boolean {
    return this.#connection.isUp();
  }

  /** Told that Snowflake answered, were it with an error. */
  markProven(): void {
    this.provenAt = performance.now();
    this.#lostAnswers = 0;
  }

  /** Told how a statement failed on it. @returns whether it must not be used again. */
  isEndedBy(error: unknown): boolean {
    if (!(error instanceof SnowflakeError)) return true;
    const { endsSession } = consequencesOf(error);
    if (endsSession === 'never') this.markProven();
    else this.#lostAnswers += 1;
    return endsSession === 'at once' || this.#lostAnswers > 1;
  }

  /** Runs a statement and reads all its rows. @throws SnowflakeError */
  async query<Row extends object>(statement: SnowflakeStatement, timeoutMs: number): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this.stream<Row>(statement, timeoutMs)) rows.push(row);
    return rows;
  }

  /** Runs a statement and reads its rows as they are wanted. @throws SnowflakeError */
  async *stream<Row extends object>(statement: SnowflakeStatement, timeoutMs: number): AsyncGenerator<Row, void> {
    const result = await this.#execute(statement, timeoutMs);
    const decoder = createRowDecoder<Row>(result.getColumns() ?? []);
    let count = 0;
    try {
      for await (const cells of result.streamRows() as AsyncIterable<unknown>) {
        if (!Array.isArray(cells) || cells.includes(BROKEN_ROW)) throw brokenResult();
        count += 1;
        yield decoder.decode(cells);
      }
    } catch (error) {
      throw toSnowflakeError(error);
    }
    if (count !== result.getNumRows()) throw brokenResult();
  }

  /** Runs a statement that changes data. @returns the number of rows that it changed; 0 where it is not about rows. */
  async execute(statement: SnowflakeStatement, timeoutMs: number): Promise<number> {
    const result = await this.#execute(statement, timeoutMs);
    return Math.max(0, result.getNumUpdatedRows() ?? 0);
  }

  /**
   * Cancels what runs, logs out and cuts the sockets, whatever answers. Takes a second at most; never rejects. What was
   * running rejects in the end, when its callback is called.
   */
  async close(): Promise<void> {
    const { promise: isLoggedOut, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, LOGOUT_MS, undefined);
    const logOut = (): void => {
      this.#connection.destroy(() => {
        resolve(undefined);
      });
    };
    if (this.#running) this.#running.cancel(logOut);
    else logOut();
    await isLoggedOut;
    clearTimeout(timer);
    this.#sockets.abort();
  }

  #execute({ name, text, binds }: SnowflakeStatement, timeoutMs: number): Promise<RowStatement> {
    return new Promise((resolve, reject) => {
      const onComplete = (error: unknown, statement: RowStatement): void => {
        this.#running = null;
        if (error === undefined || error === null) resolve(statement);
        else reject(toSnowflakeError(error));
      };
      try {
        this.#running = this.#connection.execute({
          sqlText: text,
          binds: binds as SnowflakeBind[],
          streamResult: true,
          rowMode: 'array',
          // The driver writes into it: an object of its own for every statement.
          parameters: { QUERY_TAG: name, STATEMENT_TIMEOUT_IN_SECONDS: Math.max(1, Math.ceil(timeoutMs / 1000)) },
          complete: onComplete,
        });
      } catch (error) {
        // It throws for binds that it cannot send.
        reject(toSnowflakeError(error));
      }
    });
  }
}

function brokenResult(): SnowflakeError {
  return new SnowflakeError('broken', 'The answer does not hold the rows that it announces.');
}
