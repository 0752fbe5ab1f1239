import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/clients/embedded-postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import { ROOT_FOLDER } from '../support/folders.ts';

let pristine: string;
let parent: string;
let folder: string;
const running: EmbeddedPostgres[] = [];

beforeAll(async () => {
  pristine = await mkdtemp(join(tmpdir(), 'snowgate-embedded-'));
  await (await startEmbeddedPostgres({ folder: join(pristine, 'data'), logger: createLogger('silent') })).stop();
});

afterAll(() => rm(pristine, { recursive: true }));

/** Most tests need a data folder that exists; a copy, owners included, takes a tenth of the time to make one. */
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'snowgate-embedded-'));
  folder = join(parent, 'data');
  await promisify(execFile)('cp', ['-a', join(pristine, 'data'), folder]);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
  await rm(parent, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ folder, logger: createLogger('silent') });
  running.push(postgres);
  return postgres;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function serverPid(): Promise<number> {
  return Number.parseInt(await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8'), 10);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('startEmbeddedPostgres', () => {
  it('keeps what was committed when it is stopped and started again', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  it('leaves no process behind when it is stopped under an open connection', async () => {
    const postgres = await start();
    const pid = await serverPid();
    const client = new Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    await postgres.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('listens on the loopback only and asks for the password, which only its owner may read', async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(url, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('flushes every commit to disk', async () => {
    const { url } = await start();
    expect(await query(url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('makes its data and runs below a folder that is closed to everybody else', async () => {
    await rm(folder, { recursive: true });
    await chmod(parent, 0o700);
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a folder that a live gateway uses and says which process that is', async () => {
    await start();
    await expect(start()).rejects.toThrow(
      `data is in use by another snowgate (process ${String(process.pid)}). Stop it or set DATA_FOLDER to another folder.`,
    );
  });

  it('stops the server that a killed gateway left behind, and keeps its data', async () => {
    const gateway = await startInOwnProcess();
    await query(gateway.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const orphan = await serverPid();
    await gateway.kill();
    expect(isAlive(orphan)).toBe(true);
    const { url } = await start();
    expect(await query(url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(await serverPid()).not.toBe(orphan);
  });

  it('starts although another process has the number of a dead server', async () => {
    const first = await start();
    const lockFile = join(folder, 'postgres/postmaster.pid');
    const content = await readFile(lockFile, 'utf8');
    await first.stop();
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await writeFile(lockFile, content.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 });
      const { url } = await start();
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('does again what was cut short while the data folder was made', async () => {
    await rm(join(folder, 'postgres'), { recursive: true });
    await mkdir(join(folder, 'postgres.unfinished/base'), { recursive: true });
    await writeFile(join(folder, 'postgres.unfinished/PG_VERSION'), '18\n');
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(stat(join(folder, 'postgres.unfinished'))).rejects.toThrow();
  });

  it('starts the server again on the same address when it dies', async () => {
    const { url } = await start();
    process.kill(await serverPid(), 'SIGKILL');
    await expect.poll(() => query(url, 'SELECT 1 AS one').catch(() => []), { timeout: 20_000 }).toEqual([{ one: 1 }]);
  });

  it('names the versions when another Postgres made the data', async () => {
    await writeFile(join(folder, 'postgres/PG_VERSION'), '17\n');
    const refused = start();
    await expect(refused).rejects.toThrow(OperatorError);
    await expect(refused).rejects.toThrow(/made by Postgres 17, and this Snowgate brings Postgres 18.*DATA_FOLDER/);
  });

  it('names DATA_FOLDER when the folder cannot be written', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder should be');
    await expect(start()).rejects.toThrow(/is not writable. Set DATA_FOLDER/);
  });

  it('does not hang where the system refuses to make the folder', async () => {
    const refused = startEmbeddedPostgres({ folder: '/proc/snowgate/data', logger: createLogger('silent') });
    await expect(refused).rejects.toThrow(/is not writable. Set DATA_FOLDER/);
  });
});

/** Starts one in a process of its own, which `kill` ends as kill -9 does. */
async function startInOwnProcess(): Promise<{ url: string; kill(): Promise<void> }> {
  const program = `
    import { startEmbeddedPostgres } from './src/clients/embedded-postgres.ts';
    import { createLogger } from './src/logger.ts';
    const { url } = await startEmbeddedPostgres({ folder: process.argv[1], logger: createLogger('silent') });
    process.stdout.write(url);
    setInterval(() => undefined, 1000);`;
  const words = ['--input-type=module-typescript', '--eval', program, folder];
  const child = spawn(process.execPath, words, { cwd: ROOT_FOLDER, stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: url.toString(),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
