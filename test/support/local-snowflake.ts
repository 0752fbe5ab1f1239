import snowflake, { type Binds, type Connection, type ConnectionOptions, type RowStatement } from 'snowflake-sdk';
import { type LocalSnowflake, type LocalSnowflakeOptions, startLocalSnowflake } from '../../local-snowflake/server.ts';

process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
process.env['SNOWFLAKE_DISABLE_MINICORE'] = '1';

snowflake.configure({
  logLevel: 'OFF',
  additionalLogToConsole: false,
  useEnvProxy: false,
  jsonColumnVariantParser: (text: string): unknown => JSON.parse(text),
});

/** A local Snowflake with connections of the real driver; all of it goes with `stop`. */
export interface DrivenSnowflake extends LocalSnowflake {
  /** A connection that has logged in. @throws what the driver reports. */
  readonly connect: (options?: Partial<ConnectionOptions>) => Promise<DrivenConnection>;
}

/** One connection of the real driver. */
export interface DrivenConnection {
  readonly connection: Connection;
  /** The rows of a statement, keys as the driver gives them. */
  readonly rows: (sql: string, binds?: Binds, options?: Record<string, unknown>) => Promise<Record<string, unknown>[]>;
  /** Starts a statement; `done` settles when the driver says so. */
  readonly start: (sql: string, binds?: Binds, options?: Record<string, unknown>) => StartedStatement;
}

export interface StartedStatement {
  readonly statement: RowStatement;
  readonly done: Promise<Record<string, unknown>[]>;
}

/** An error of the driver: a code of Snowflake is text, one of the driver itself a number. */
export interface DriverError extends Error {
  readonly code: string | number;
  readonly sqlState?: string;
}

/** Starts a local Snowflake for a test. */
export async function startDrivenSnowflake(options: LocalSnowflakeOptions = {}): Promise<DrivenSnowflake> {
  const server = await startLocalSnowflake(options);
  const open: Connection[] = [];
  return {
    ...server,
    connect: async (overrides = {}) => {
      const connection = snowflake.createConnection({
        ...server.connectionOptions,
        representNullAsStringNull: false,
        ...overrides,
      });
      await new Promise<void>((resolve, reject) => {
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      open.push(connection);
      return drive(connection);
    },
    stop: async () => {
      await server.stop();
      // Ends the driver's timers; the server is gone, so the answer does not matter.
      for (const connection of open) connection.destroy(() => undefined);
    },
  };
}

function drive(connection: Connection): DrivenConnection {
  const start: DrivenConnection['start'] = (sqlText, binds, options = {}) => {
    let settle: (error: Error | undefined, rows: Record<string, unknown>[]) => void = () => undefined;
    const done = new Promise<Record<string, unknown>[]>((resolve, reject) => {
      settle = (error, rows) => (error ? reject(error) : resolve(rows));
    });
    const statement = connection.execute({
      sqlText,
      ...(binds && { binds }),
      ...options,
      complete: (error, _statement, rows) => settle(error, (rows ?? []) as Record<string, unknown>[]),
    });
    return { statement, done };
  };
  return { connection, start, rows: (sql, binds, options) => start(sql, binds, options).done };
}
