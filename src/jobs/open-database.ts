import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../clients/embedded-postgres.ts';
import { createPostgresClient, type PostgresClient } from '../clients/postgres.ts';
import { OperatorError, UpstreamTimeoutError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { migrate } from './migrate.ts';

/** A migrated database, ready for jobs and for the gateway. */
export interface OpenDatabase {
  readonly client: PostgresClient;
  /** Connection string with the password, for further clients. */
  readonly url: string;
  /** Whether it is our own embedded Postgres rather than the one of DATABASE_URL. */
  readonly isEmbedded: boolean;
  /** Closes the client and stops the embedded Postgres. Statements that still run are not waited for, at most a second. */
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** A Postgres of the user's; undefined starts the embedded one. */
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  readonly migrationsFolder: string;
  readonly poolSizeMax: number;
  readonly logger: Logger;
  /** Told what takes time, in a few words. */
  readonly onStep?: (step: string) => void;
}

const PING_DEADLINE_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Starts or reaches the database that the settings name and brings it to the newest migration.
 * @throws OperatorError that names DATABASE_URL or DATA_FOLDER and says what to do. It never shows a password.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const database = await connectDatabase(options);
  try {
    await migrate(database.client, options.migrationsFolder, options.logger);
    return database;
  } catch (error) {
    await database.close();
    if (codeIn(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new OperatorError(
      'The user of DATABASE_URL may not create tables. Grant it CREATE on the schema, or name its owner in DATABASE_URL.',
      { cause: error },
    );
  }
}

/**
 * Starts or reaches the database that the settings name and leaves it as it is.
 * @throws as `openDatabase` does.
 */
export async function connectDatabase(options: Omit<OpenDatabaseOptions, 'migrationsFolder'>): Promise<OpenDatabase> {
  const { poolSizeMax, logger, databaseUrl } = options;
  const embedded = databaseUrl === undefined ? await startEmbedded(options) : undefined;
  const url = databaseUrl ?? embedded?.url ?? '';
  const client = createPostgresClient({ url, poolSizeMax, logger });
  const close = async (): Promise<void> => {
    await Promise.race([client.close(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await embedded?.stop();
  };
  try {
    if (databaseUrl !== undefined) await reachDatabase(databaseUrl, client);
  } catch (error) {
    await close();
    throw error;
  }
  return { client, url, isEmbedded: embedded !== undefined, close };
}

function startEmbedded({
  dataFolder,
  logger,
  onStep,
}: Omit<OpenDatabaseOptions, 'migrationsFolder'>): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder: dataFolder, logger, ...(onStep ? { onStep } : {}) });
}

async function reachDatabase(databaseUrl: string, client: PostgresClient): Promise<void> {
  try {
    await client.ping(PING_DEADLINE_MS);
  } catch (error) {
    const { host, pathname } = new URL(databaseUrl);
    throw new OperatorError(
      `DATABASE_URL cannot be used: ${reasonOf(error, host, decodeURIComponent(pathname.slice(1)))} ` +
        'Mend it, or unset DATABASE_URL to use the embedded Postgres.',
      { cause: error },
    );
  }
}

function reasonOf(error: unknown, host: string, database: string): string {
  if (error instanceof UpstreamTimeoutError) return `${host} does not answer.`;
  switch (codeIn(error)) {
    case 'ECONNREFUSED':
      return `nothing listens on ${host}.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name of ${host} is unknown.`;
    case '28P01':
    case '28000':
      return `${host} refuses the user or the password.`;
    case '3D000':
      return `${host} has no database "${database}".`;
    case undefined:
      return `${host} does not behave like a Postgres.`;
    default:
      return `${host} cannot be reached (${String(codeIn(error))}).`;
  }
}

/** The code of an error or of the nearest of its causes that has one of the driver's or the system's. */
function codeIn(error: unknown): string | undefined {
  let current: unknown = error;
  while (current instanceof Error) {
    if ('code' in current && typeof current.code === 'string' && !current.code.startsWith('UPSTREAM_'))
      return current.code;
    current = current.cause;
  }
  return undefined;
}
