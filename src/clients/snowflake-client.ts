import { ExponentialBackoff } from 'cockatiel';
import { UpstreamTimeoutError } from '../errors.ts';
import { startDeadline } from './deadline-timer.ts';
import { loadSnowflakeDriver } from './snowflake-driver.ts';
import { consequencesOf, SnowflakeError, toUpstreamError } from './snowflake-errors.ts';
import { logIn, type SnowflakeCredentials, type SnowflakeTarget } from './snowflake-login.ts';
import { SnowflakePool } from './snowflake-pool.ts';
import type { SnowflakeSession, SnowflakeStatement } from './snowflake-session.ts';

/**
 * Snowflake behind our types. Results are as Postgres gives them, see `createRowDecoder`; names of columns in lower case.
 *
 * Every call has a deadline that counts everything: waiting for a session, logging in, retries. After it the statement
 * is cancelled and its session given up, so that a hung server never holds the pool.
 * @throws UpstreamTimeoutError, UpstreamUnavailableError with the SnowflakeError as cause; errors in the statement itself
 * pass as SnowflakeError, with Snowflake's code.
 */
export interface SnowflakeClient {
  /** Runs a statement that only reads: it is repeated when its answer is lost and there is time left. */
  query<Row extends object>(statement: SnowflakeStatement, deadlineMs: number): Promise<Row[]>;
  /**
   * Runs a statement that may change data: it is repeated only when it cannot have run.
   * @returns the number of rows that it changed; 0 where it is not about rows.
   */
  execute(statement: SnowflakeStatement, deadlineMs: number): Promise<number>;
  /**
   * Rows one by one, as fast as they are taken. The deadline holds for the first row and then for each next one, not
   * counting the time in which nobody wants one. Not repeated.
   */
  stream<Row extends object>(statement: SnowflakeStatement, deadlineMs: number): AsyncIterable<Row>;
  /**
   * Runs `work` in one transaction, on one session: commits when it resolves, rolls back and rethrows when it rejects.
   * Not repeated.
   */
  transaction<Result>(work: (session: SnowflakeTransaction) => Promise<Result>, deadlineMs: number): Promise<Result>;
  /** Resolves when Snowflake answers within `deadlineMs`. */
  ping(deadlineMs: number): Promise<void>;
  /** Sessions open or being opened, and statements that wait for one. */
  readonly usage: SnowflakePool['usage'];
  /** Waits for running statements and logs every session out. */
  close(): Promise<void>;
}

/** A session inside a transaction. */
export interface SnowflakeTransaction {
  query<Row extends object>(statement: SnowflakeStatement): Promise<Row[]>;
  /** @returns the number of rows that it changed. */
  execute(statement: SnowflakeStatement): Promise<number>;
}

/** What a client needs to know. */
export interface SnowflakeClientOptions {
  readonly target: SnowflakeTarget;
  readonly credentials: SnowflakeCredentials;
  readonly poolSizeMax: number;
  /** Milliseconds that a login may take. */
  readonly loginTimeoutMs: number;
  /**
   * Milliseconds for which statements wait while there is no session and logins fail; after them they fail at once, with
   * a login tried now and then. Less than a statement's deadline where somebody else can answer.
   */
  readonly patienceMs: number;
}

const MINUTE_MS = 60_000;
const POOL = { sizeMin: 1, waitingMax: 1000, loginsMax: 4, idleMs: 10 * MINUTE_MS, ageMaxMs: 210 * MINUTE_MS };
const RETRY_BACKOFF = new ExponentialBackoff({ initialDelay: 25, maxDelay: 200 });

/** Creates a client. Imports the driver at once and logs in on first use. */
export function createSnowflakeClient(options: SnowflakeClientOptions): SnowflakeClient {
  const { poolSizeMax, patienceMs, loginTimeoutMs: timeoutMs, ...login } = options;
  const loading = loadSnowflakeDriver();
  // Whoever logs in first is told.
  loading.catch(() => undefined);
  const pool = new SnowflakePool({ ...POOL, sizeMax: poolSizeMax, patienceMs }, async (signal) =>
    logIn(await loading, { ...login, timeoutMs }, signal),
  );

  async function query<Row extends object>(statement: SnowflakeStatement, deadlineMs: number): Promise<Row[]> {
    return withRetries(pool, deadlineMs, true, (session, leftMs) => session.query<Row>(statement, leftMs));
  }

  return {
    query,
    execute: (statement, deadlineMs) =>
      withRetries(pool, deadlineMs, false, (session, leftMs) => session.execute(statement, leftMs)),
    stream: (statement, deadlineMs) => streamRows(pool, statement, deadlineMs),
    transaction: (work, deadlineMs) => inTransaction(pool, work, deadlineMs),
    async ping(deadlineMs) {
      await query({ name: 'ping', text: 'SELECT 1 AS alive', binds: [] }, deadlineMs);
    },
    get usage() {
      return pool.usage;
    },
    close: () => pool.close(),
  };
}

async function inTransaction<Result>(
  pool: SnowflakePool,
  work: (session: SnowflakeTransaction) => Promise<Result>,
  deadlineMs: number,
): Promise<Result> {
  const deadline = new Deadline(deadlineMs);
  try {
    const session = await pool.acquire({ signal: deadline.signal, deadlineAt: deadline.at, provenSince: 0 });
    const run = (text: string): Promise<number> =>
      session.execute({ name: 'transaction', text, binds: [] }, deadline.leftMs);
    try {
      await deadline.race(run('BEGIN'));
      const result = await deadline.race(
        work({
          query: <Row extends object>(statement: SnowflakeStatement) => session.query<Row>(statement, deadline.leftMs),
          execute: (statement) => session.execute(statement, deadline.leftMs),
        }),
      );
      await deadline.race(run('COMMIT'));
      session.markProven();
      pool.release(session);
      return result;
    } catch (error) {
      // Logging out rolls back as well, should this be lost.
      if (!deadline.isOver) await deadline.race(run('ROLLBACK')).catch(() => undefined);
      pool.discard(session);
      throw error;
    }
  } catch (error) {
    throw toUpstreamError(error);
  } finally {
    deadline.clear();
  }
}

type Work<Result> = (session: SnowflakeSession, leftMs: number) => Promise<Result>;

async function withRetries<Result>(
  pool: SnowflakePool,
  deadlineMs: number,
  isRead: boolean,
  work: Work<Result>,
): Promise<Result> {
  const deadline = new Deadline(deadlineMs);
  let provenSince = 0;
  let backoff = RETRY_BACKOFF.next();
  try {
    for (let retries = 0; ; retries += 1) {
      // The pool logs in again as often as it makes sense.
      const session = await pool.acquire({ signal: deadline.signal, deadlineAt: deadline.at, provenSince });
      try {
        const result = await deadline.race(work(session, deadline.leftMs));
        session.markProven();
        pool.release(session);
        return result;
      } catch (error) {
        const isEnded = session.isEndedBy(error);
        if (isEnded) pool.discard(session);
        else pool.release(session);
        if (deadline.isOver || !mayRetry(error, isRead, retries)) throw error;
        // What ended one session may have ended all that were open.
        if (isEnded) provenSince = performance.now();
        const pauseMs = isSessionLoss(error) ? 0 : backoff.duration;
        // Told now rather than when the time is up: somebody else may still answer.
        if (pauseMs >= deadline.leftMs) throw error;
        await deadline.pause(pauseMs);
        backoff = backoff.next(undefined);
      }
    }
  } catch (error) {
    throw toUpstreamError(error);
  } finally {
    deadline.clear();
  }
}

function mayRetry(error: unknown, isRead: boolean, retries: number): boolean {
  if (!(error instanceof SnowflakeError)) return false;
  const { mayHaveRun, retriesMax } = consequencesOf(error);
  return retries < retriesMax && (isRead || !mayHaveRun);
}

function isSessionLoss(error: unknown): boolean {
  return error instanceof SnowflakeError && error.failure === 'session';
}

async function* streamRows<Row extends object>(
  pool: SnowflakePool,
  statement: SnowflakeStatement,
  deadlineMs: number,
): AsyncGenerator<Row, void> {
  const start = new Deadline(deadlineMs);
  const acquiring = pool.acquire({ signal: start.signal, deadlineAt: start.at, provenSince: 0 });
  const session = await acquiring
    .catch((error: unknown) => {
      throw toUpstreamError(error);
    })
    .finally(() => {
      start.clear();
    });
  const rows = session.stream<Row>(statement, deadlineMs);
  // What is left of a result that nobody wants is not read to its end.
  let isReusable = false;
  try {
    for (;;) {
      const deadline = new Deadline(deadlineMs);
      const next = await deadline.race(rows.next()).finally(() => {
        deadline.clear();
      });
      if (next.done) break;
      yield next.value;
    }
    session.markProven();
    isReusable = true;
  } catch (error) {
    isReusable = !session.isEndedBy(error);
    throw toUpstreamError(error);
  } finally {
    if (isReusable) pool.release(session);
    else pool.discard(session);
  }
}

/** A moment after which nobody waits any more. Its timer must be cleared. */
class Deadline {
  readonly at: number;
  readonly #controller = new AbortController();
  /** Stops its timer. */
  readonly clear: () => void;

  constructor(ms: number) {
    this.at = performance.now() + ms;
    this.clear = startDeadline(ms, () => {
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  get leftMs(): number {
    return Math.max(0, this.at - performance.now());
  }

  /** @throws UpstreamTimeoutError when the deadline comes first. */
  race<Result>(working: Promise<Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const onAbort = (): void => {
      reject(new UpstreamTimeoutError());
    };
    this.signal.addEventListener('abort', onAbort, { once: true });
    if (this.isOver) onAbort();
    working.then(resolve, reject);
    return promise.finally(() => {
      this.signal.removeEventListener('abort', onAbort);
    });
  }

  /** Resolves after a while. @throws UpstreamTimeoutError when the deadline comes first. */
  async pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, ms, undefined);
    await this.race(promise).finally(() => {
      clearTimeout(timer);
    });
  }
}
