import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, Pool, TypeOverrides, types, type PoolClient, type QueryConfig } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { startDeadline } from './deadline-timer.ts';
import { PostgresListener } from './postgres-listener.ts';

/** One connection inside a transaction. */
export interface PostgresSession {
  /** Runs SQL; with parameters exactly one statement, without them any number. Has no deadline of its own. */
  execute<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /**
   * Streams text into `COPY … FROM STDIN`. Memory stays flat: chunks are taken as fast as Postgres accepts them.
   * @returns the number of rows that Postgres took.
   */
  copyIn(copyStatement: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<number>;
}

/**
 * Postgres behind our types. Results: int8 and numeric as text, float8 as number, timestamptz as Date, date as
 * YYYY-MM-DD, json parsed.
 */
export interface PostgresClient {
  /**
   * Runs a prepared statement of that name within `deadlineMs`, waiting for a connection included. After the deadline
   * the connection is destroyed, so that a hung server never holds the pool.
   * @throws UpstreamTimeoutError, UpstreamUnavailableError; errors in the statement itself pass unchanged.
   */
  query<Row extends object>(query: PreparedQuery, deadlineMs: number): Promise<Row[]>;
  /** Runs `work` in one transaction: commits when it resolves, rolls back and rethrows when it rejects. */
  transaction<Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result>;
  /**
   * Calls `onNotification(payload)` for every NOTIFY on the channel, and `onListening` when it begins to hear them, with
   * whether it is not for the first time, so that some may have been missed. Reconnects by itself, once a second at most.
   */
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onListening: (isAgain: boolean) => void,
  ): PostgresListener;
  /** Resolves when Postgres answers within `deadlineMs`. @throws as `query` does. */
  ping(deadlineMs: number): Promise<void>;
  /** Waits for running statements and closes every connection. */
  close(): Promise<void>;
}

/** SQL text under the name it is prepared as: one name, one text. */
export interface PreparedQuery {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a client needs to know. */
export interface PostgresClientOptions {
  readonly url: string;
  readonly poolSizeMax: number;
  readonly logger: Logger;
}

const CONNECT_TIMEOUT_MS = 5000;

/** Creates a client; connects on first use. */
export function createPostgresClient({ url, poolSizeMax, logger }: PostgresClientOptions): PostgresClient {
  const connection = { connectionString: url, application_name: 'snowgate', types: typeParsers(), keepAlive: true };
  const pool = new Pool({ ...connection, max: poolSizeMax, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // An idle connection that breaks is replaced on the next query; without a handler it would end the process.
  let isClosing = false;
  pool.on('error', (error) => {
    if (!isClosing) logger.warn({ err: error }, 'postgres_connection_lost');
  });
  // The same for a connection that is taken out of the pool and breaks between two queries; the next query reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));

  async function query<Row extends object>(prepared: PreparedQuery, deadlineMs: number): Promise<Row[]> {
    const config: QueryConfig = { name: prepared.name, text: prepared.text, values: [...prepared.values] };
    return withinDeadline(pool, deadlineMs, async (client) => (await client.query<Row>(config)).rows);
  }

  return {
    query,
    async ping(deadlineMs) {
      await withinDeadline(pool, deadlineMs, (client) => client.query('SELECT 1'));
    },
    transaction: (work) => inTransaction(pool, work),
    listen: (channel, onNotification, onListening) =>
      new PostgresListener(() => new Client(connection), { channel, onNotification, onListening, logger }),
    close() {
      isClosing = true;
      return pool.end();
    },
  };
}

/** Days stay text: a Date would shift them by the machine's time zone. */
function typeParsers(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.DATE, (text: string) => text);
  return overrides;
}

async function withinDeadline<Result>(
  pool: Pool,
  deadlineMs: number,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const turn: { client?: PoolClient; isLate: boolean } = { isLate: false };
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const clearDeadline = startDeadline(deadlineMs, () => {
    turn.isLate = true;
    turn.client?.release(true);
    reject(new UpstreamTimeoutError());
  });
  const run = async (): Promise<Result> => {
    const client = await pool.connect();
    if (turn.isLate) {
      client.release();
      throw new UpstreamTimeoutError();
    }
    turn.client = client;
    return useOnce(client, work, () => turn.isLate);
  };
  const running = run();
  // After the deadline nobody waits for the outcome any more.
  running.catch(() => undefined);
  try {
    return await Promise.race([running, deadline]);
  } catch (error) {
    throw toUpstreamError(error);
  } finally {
    clearDeadline();
  }
}

/** Works with a connection and gives it back, unless the deadline has already taken it away. */
async function useOnce<Result>(
  client: PoolClient,
  work: (client: PoolClient) => Promise<Result>,
  isTaken: () => boolean,
): Promise<Result> {
  try {
    const result = await work(client);
    if (!isTaken()) client.release();
    return result;
  } catch (error) {
    if (!isTaken()) client.release(isConnectionError(error));
    throw error;
  }
}

async function inTransaction<Result>(pool: Pool, work: (session: PostgresSession) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toUpstreamError(error);
  });
  try {
    await client.query('BEGIN');
    const result = await work(sessionOf(client));
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    const isRolledBack = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    client.release(!isRolledBack);
    throw toUpstreamError(error);
  }
}

function sessionOf(client: PoolClient): PostgresSession {
  return {
    async execute<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]> {
      const result = await client.query<Row>(text, parameters ? [...parameters] : undefined);
      // Several statements in one text answer with an array of results, against the declared type.
      return Array.isArray(result) ? [] : result.rows;
    },
    async copyIn(copyStatement, chunks) {
      const stream = client.query(copyFrom(copyStatement));
      await pipeline(Readable.from(chunks), stream);
      return stream.rowCount;
    },
  };
}

/** SQLSTATE classes that say nothing about the statement: connection, resources, operator intervention. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58', 'XX']);
const QUERY_CANCELED = '57014';
const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

function toUpstreamError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === QUERY_CANCELED) return new UpstreamTimeoutError({ cause: error });
  if (isConnectionError(error)) return new UpstreamUnavailableError({ cause: error });
  return error;
}

function isConnectionError(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined)
    return SOCKET_ERRORS.has(code) || (code.length === 5 && UNAVAILABLE_CLASSES.has(code.slice(0, 2)));
  // The driver reports a socket that closed under a query, and a pool that waited in vain, without a code.
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error|timeout exceeded|Cannot use a pool)/i.test(
      error.message,
    )
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
