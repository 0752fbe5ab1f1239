import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

/** A redis-server of the tests' own, empty at start. */
export interface RedisServer {
  readonly url: string;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
  /** Stops it as a hang would: connections stay open and nothing answers, until `resume`. */
  pause(): void;
  resume(): void;
}

const run = promisify(execFile);
/** What redis-memory-server builds where there is neither a redis-server nor the right to install one. */
const BUILT_VERSION = '7.2.4';

/**
 * Starts redis-server on a free port of the loopback, without files. Where none is installed, root installs Debian's,
 * and everybody else builds one into node_modules/.cache, once.
 * @param port Takes this port instead of a free one: to start again what was stopped.
 * @throws Error that says what to install when none of it works.
 */
export async function startRedisServer(port?: number): Promise<RedisServer> {
  const program = await findRedisServer();
  const chosen = port ?? (await freePort());
  const settings = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const ended = once(child, 'exit').then(() => void process.removeListener('exit', killOnExit));
  const ready = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve();
    });
  });
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`redis-server did not start on port ${String(chosen)}.`);
    }),
  ]);
  return {
    url: `redis://127.0.0.1:${String(chosen)}`,
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

async function findRedisServer(): Promise<string> {
  if (await isInstalled()) return 'redis-server';
  const failures: unknown[] = [];
  for (const obtain of [installFromDebian, build]) {
    try {
      return await obtain();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(
    'The tests need redis-server and could not get it. Install it (apt-get install redis-server, brew install redis).',
    {
      cause: new AggregateError(failures),
    },
  );
}

async function isInstalled(): Promise<boolean> {
  return run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );
}

async function installFromDebian(): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('Only root may install packages.');
  const install = ['install', '-y', '--no-install-recommends', 'redis-server'];
  await run('apt-get', install).catch(async () => {
    // The lists of packages of a fresh container are empty.
    await run('apt-get', ['update']);
    await run('apt-get', install);
  });
  return 'redis-server';
}

async function build(): Promise<string> {
  const { RedisBinary } = await import('redis-memory-server');
  return RedisBinary.getPath({ version: BUILT_VERSION });
}
