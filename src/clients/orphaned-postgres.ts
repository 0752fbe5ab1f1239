import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OperatorError } from '../errors.ts';

const POLL_MS = 25;
const SIGNALS = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5000],
] as const;

/**
 * Stops the Postgres that a killed gateway left running in a cluster, and makes sure that a process which happens to
 * have the number of a dead one does not keep the next from starting. The caller holds the lock of the data folder.
 * @returns whether one was stopped.
 * @throws OperatorError when it does not stop.
 */
export async function stopOrphanedPostgres(cluster: string): Promise<boolean> {
  const lockFile = join(cluster, 'postmaster.pid');
  const text = await readFile(lockFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0) || !isAlive(pid)) return false;
  if (!(await isPostgresOf(pid, cluster))) {
    // Postgres takes its parent's number for a reused one. The rest of its file must stay: by it Postgres sees whether
    // anybody still holds the cluster's shared memory.
    await writeFile(lockFile, text.replace(/^\d+/, String(process.pid)));
    return false;
  }
  for (const [signal, timeoutMs] of SIGNALS) {
    process.kill(pid, signal);
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (!(await isPostgresOf(pid, cluster))) return true;
      await sleep(POLL_MS);
    }
  }
  throw new OperatorError(
    `The Postgres of a former run (process ${String(pid)}) does not stop. Stop it and start again.`,
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else is alive as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** False for a process that has ended and waits to be reaped: it has no command line any more. */
async function isPostgresOf(pid: number, cluster: string): Promise<boolean> {
  const [program = '', ...words] = await commandLineOf(pid);
  return /^postgres(\.exe)?$/.test(basename(program)) && words.join(' ').includes(cluster);
}

async function commandLineOf(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    return text.split('\0');
  }
  const listed = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return listed.stdout.trim().split(' ');
}
