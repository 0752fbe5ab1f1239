import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 30_000;

/** A gateway in a process of its own. */
export interface RunningGateway {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number | undefined;
  /** Stops it and deletes its data, unless DATA_FOLDER was given. */
  stop(): Promise<void>;
}

/** What to start. */
export interface GatewayOptions {
  /** Customers in its demo data. */
  readonly customers: number;
  /** Further settings, named as in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts the gateway on a free port with fresh demo data of its own in a temporary folder, and waits until it is ready.
 * Its messages go to stderr. Settings of the caller's environment do not reach it.
 * @throws Error when it stops or is not ready in time.
 */
export async function startGateway({ customers, settings = {} }: GatewayOptions): Promise<RunningGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'snowgate-'));
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATA_FOLDER: join(folder, 'data'),
      DEMO_CUSTOMERS: String(customers),
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', settings['LOG_LEVEL'] === undefined ? 'inherit' : 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    await stopped(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await announcedUrl(child);
    await untilReady(url);
    return { url, pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address in the line that the gateway writes when it listens. */
async function announcedUrl(child: ChildProcess): Promise<string> {
  const messages = child.stderr;
  if (!messages) throw new Error('The messages of the gateway are not piped');
  const timeout = setTimeout(() => child.kill('SIGTERM'), READY_TIMEOUT_MS);
  return new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: messages });
    lines.on('line', (line) => {
      console.error(line);
      const url = /ready: open (http:\/\/\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url.replace(/\/$/, ''));
    });
    lines.on('close', () => {
      reject(new Error('The gateway stopped before it was ready; its messages are above.'));
    });
  }).finally(() => {
    clearTimeout(timeout);
  });
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    await delay(100);
  }
  throw new Error(`${url}/readyz did not answer 200 within ${READY_TIMEOUT_MS / 1000} s`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(killing);
}
