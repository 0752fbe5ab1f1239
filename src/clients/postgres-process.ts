import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { PostgresAccount } from './postgres-account.ts';

/** A program to run, for an account. */
export interface PostgresCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly account: PostgresAccount;
}

/** A Postgres server that accepts connections. */
export interface PostgresServer {
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /**
   * Disconnects everybody, ends with a checkpoint and resolves when the process is gone. After a deadline it ends
   * without the checkpoint, which the next start makes up for: what was committed is kept either way.
   */
  stop(): Promise<void>;
}

/** The address that a server was to listen on is taken. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

const READY = 'database system is ready to accept connections';
/** Recovery of a large database after a crash may take this long. */
const START_TIMEOUT_MS = 120_000;
const FAST_STOP_TIMEOUT_MS = 10_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 5_000;
const LINES_KEPT = 20;

/**
 * Runs a program to its end and returns what it wrote to stdout.
 * @throws OperatorError with the program's last words when it fails.
 */
export async function runToEnd(command: PostgresCommand): Promise<string> {
  const child = spawnForAccount(command, false);
  const lines: string[] = [];
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  if (child.stderr)
    createInterface(child.stderr).on('line', (line) => {
      keep(lines, line);
    });
  await once(child, 'close').catch((error: unknown) => {
    lines.push(String(error));
  });
  if (child.exitCode === 0) return output;
  throw new OperatorError(
    `${command.program} failed: ${reasonIn(lines)}. Mend that, or set DATABASE_URL to a Postgres of yours.`,
  );
}

/**
 * Starts a server and waits until it accepts connections.
 * @throws PortTakenError when its port is taken, OperatorError with Postgres's own words when it does not start.
 */
export async function startPostgresServer(command: PostgresCommand, logger: Logger): Promise<PostgresServer> {
  const child = spawnForAccount(command, true);
  const lines: string[] = [];
  // A process that exits without stopping the server still asks it to stop; nobody waits for it then.
  const stopOnExit = (): void => void child.kill('SIGINT');
  process.once('exit', stopOnExit);
  const ended = once(child, 'close')
    .catch((error: unknown) => lines.push(String(error)))
    .then(() => void process.removeListener('exit', stopOnExit));
  const isReady = await Promise.race([becomesReady(child, lines, logger), ended.then(() => false)]);
  if (isReady) return { ended, stop: () => stopChild(child, ended) };
  if (child.exitCode === null && child.pid !== undefined) await stopChild(child, ended);
  if (lines.some((line) => /could not (bind|create any TCP)/.test(line))) throw new PortTakenError();
  throw new OperatorError(
    `The embedded Postgres did not start: ${reasonIn(lines)}. Mend that, move the data folder away to begin anew, ` +
      'or set DATABASE_URL to a Postgres of yours.',
  );
}

function spawnForAccount({ program, words, account }: PostgresCommand, detached: boolean): ChildProcess {
  const [first, ...rest] = [...account.prefix, program, ...words] as [string, ...string[]];
  const owner = account.prefix.length === 0 ? account.owner : {};
  // A session of its own keeps Ctrl-C in a terminal from reaching Postgres before the gateway has finished with it.
  // The environment is empty so that no PG* variable of the user changes what Postgres does.
  const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
  return spawn(first, rest, { ...owner, detached, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function becomesReady(child: ChildProcess, lines: string[], logger: Logger): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, START_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
    });
    child.stdout?.resume();
    if (!child.stderr) return;
    createInterface(child.stderr).on('line', (line) => {
      keep(lines, line);
      logger.debug({ line }, 'embedded_postgres_log');
      if (!line.includes(READY)) return;
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const signals = [
    ['SIGINT', FAST_STOP_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
    ['SIGKILL', 1000],
  ] as const;
  for (const [signal, timeoutMs] of signals) {
    child.kill(signal);
    if (await endsWithin(ended, timeoutMs)) return;
  }
}

async function endsWithin(ended: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, timeoutMs);
  });
  const isEnded = await Promise.race([ended.then(() => true), late]);
  clearTimeout(timer);
  return isEnded;
}

function keep(lines: string[], line: string): void {
  if (lines.push(line) > LINES_KEPT) lines.shift();
}

/** The line that tells most: the last fatal one, or else the last. */
function reasonIn(lines: readonly string[]): string {
  const telling = lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  return telling.replace(/^.*?(FATAL|PANIC|error):\s*/, '').replace(/\.$/, '');
}
