import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { folderNotWritable, lockDataFolder } from './data-folder-lock.ts';
import { stopOrphanedPostgres } from './orphaned-postgres.ts';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { PortTakenError, runToEnd, startPostgresServer, type PostgresServer } from './postgres-process.ts';

/** A Postgres of our own, reachable from this machine alone. */
export interface EmbeddedPostgres {
  /** Connection string with the password; stays the same until `stop`. */
  readonly url: string;
  /** Stops the server, waits for its end and gives the data folder free. Calling it again does nothing. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made when missing. */
  readonly folder: string;
  readonly logger: Logger;
  /** Told what takes time, in a few words. */
  readonly onStep?: (step: string) => void;
  /** Server settings that differ from ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

const USER = 'snowgate';
const PORT_ATTEMPTS_MAX = 5;
const RESTART_DELAY_MS = 1000;

/** For a laptop with two cores: room for the first load, nothing that weakens a commit. */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '192MB',
  work_mem: '32MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // Nobody replicates from here, and without replication a table filled in its own transaction needs no log.
  wal_level: 'minimal',
  max_wal_senders: '0',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors in statements go to whoever sent the statement; their details may name people.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
};

/**
 * Starts the Postgres that npm brought, in a folder that it makes when needed. A server left behind by a killed process
 * is stopped first, a creation that was cut short is done again, and a server that dies is started again on the same
 * port.
 * @throws OperatorError when the folder is in use, not writable or of another Postgres, or no Postgres runs here.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = writableFolder(options.folder);
  const lock = lockDataFolder(folder);
  try {
    const cluster = join(folder, 'postgres');
    const binaries = await findPostgresBinaries();
    const account = await choosePostgresAccount(cluster, [binaries.initdb, binaries.postgres]);
    if (!existsSync(cluster)) await createCluster({ folder, cluster, binaries, account }, options.onStep);
    await assertSameVersion(cluster, binaries, account);
    if (await stopOrphanedPostgres(cluster)) options.logger.warn('embedded_postgres_orphan_stopped');
    const start = (port: number): Promise<PostgresServer> => {
      const words = ['-D', cluster, ...settingWords({ ...SERVER_SETTINGS, ...options.settings, port: String(port) })];
      return startPostgresServer({ program: binaries.postgres, words, account }, options.logger);
    };
    const { server, port } = await startOnFreePort(start);
    const keeper = keepRunning(server, () => start(port), options.logger);
    const password = readFileSync(passwordFileOf(folder), 'utf8').trim();
    return {
      url: `postgres://${USER}:${password}@127.0.0.1:${String(port)}/postgres`,
      stop: () =>
        keeper.stop().finally(() => {
          lock.release();
        }),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function writableFolder(folder: string): string {
  try {
    createFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(folder);
  } catch (cause) {
    throw new OperatorError(folderNotWritable(folder), { cause });
  }
}

/** Not mkdir's own `recursive`: that never ends where a folder refuses children with ENOENT, as /proc does. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  createFolder(dirname(folder));
  mkdirSync(folder);
}

interface NewCluster {
  readonly folder: string;
  readonly cluster: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
}

/** The cluster gets its name when it is complete; what a killed attempt left under another name is thrown away. */
async function createCluster(
  { folder, cluster, binaries, account }: NewCluster,
  onStep?: (step: string) => void,
): Promise<void> {
  onStep?.('Creating the database');
  const unfinished = `${cluster}.unfinished`;
  const passwordForInitdb = join(folder, 'password.initdb');
  const password = randomBytes(24).toString('base64url');
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    writeSecret(passwordFileOf(folder), password);
    writeSecret(passwordForInitdb, password);
    if (account.owner) {
      for (const path of [unfinished, passwordForInitdb]) chownSync(path, account.owner.uid, account.owner.gid);
    }
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordForInitdb}`];
    const words = ['-D', unfinished, ...access, ...locale, '--no-instructions'];
    await runToEnd({ program: binaries.initdb, words, account });
    renameSync(unfinished, cluster);
  } finally {
    rmSync(passwordForInitdb, { force: true });
  }
}

function passwordFileOf(folder: string): string {
  return join(folder, 'password');
}

function writeSecret(file: string, secret: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
}

async function assertSameVersion(
  cluster: string,
  { postgres }: PostgresBinaries,
  account: PostgresAccount,
): Promise<void> {
  const made = readVersion(cluster);
  const said = await runToEnd({ program: postgres, words: ['--version'], account });
  const brought = /\d+/.exec(said)?.[0];
  if (made === brought) return;
  throw new OperatorError(
    `The data in ${cluster} was made by Postgres ${made}, and this Snowgate brings Postgres ${brought ?? 'of unknown version'}. ` +
      'Move that folder away to load the demo data anew, or set DATA_FOLDER to another folder.',
  );
}

function readVersion(cluster: string): string {
  try {
    return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch (cause) {
    throw new OperatorError(
      `The folder ${cluster} is not a Postgres data folder that this user may read. Start as the user who made it, ` +
        'move it away to load the demo data anew, or set DATA_FOLDER to another folder.',
      { cause },
    );
  }
}

function settingWords(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function startOnFreePort(
  start: (port: number) => Promise<PostgresServer>,
): Promise<{ server: PostgresServer; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { server: await start(port), port };
    } catch (error) {
      // Somebody else may take the port between our look and Postgres's.
      if (!(error instanceof PortTakenError)) throw error;
      if (attempt === PORT_ATTEMPTS_MAX)
        throw new OperatorError('The embedded Postgres found no free port on 127.0.0.1.');
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Starts the server again whenever it ends by itself. */
function keepRunning(
  first: PostgresServer,
  restart: () => Promise<PostgresServer>,
  logger: Logger,
): { stop(): Promise<void> } {
  let server: PostgresServer | undefined = first;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const keep = async (): Promise<void> => {
    while (!isStopping()) {
      await server?.ended;
      server = undefined;
      if (isStopping()) return;
      logger.error('embedded_postgres_ended');
      await sleep(RESTART_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      server = await restart().catch((error: unknown) => {
        logger.error({ err: error }, 'embedded_postgres_restart_failed');
        return undefined;
      });
    }
    // Asked to stop while it was starting again.
    await server?.stop();
  };
  const keeping = keep();
  return {
    async stop() {
      stopping.abort();
      await server?.stop();
      await keeping;
    },
  };
}
