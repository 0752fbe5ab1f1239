/**
 * Rehearses the section "With Snowflake" of README.md: runs its commands from top to bottom as they stand, apart from
 * ports and the data folder, and compares what they print with the JSON that follows them. A block marked
 * `terminal=<name>` runs beside the others until another takes its terminal. Usage: node test/e2e/readme.ts
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_FOLDER } from '../support/folders.ts';

interface Block {
  readonly language: string;
  readonly terminal: string | undefined;
  readonly text: string;
}

/** What a program says when it can be used. */
const READY = /listens on http|Snowgate is ready|is served: MODEL_ENDPOINT/;
const BLOCK_TIMEOUT_MS = 120_000;

const folder = await mkdtemp(join(tmpdir(), 'snowgate-readme-'));
const ports = { gateway: await freePort(), snowflake: await freePort(), ranker: await freePort() };
const terminals = new Map<string, ChildProcess>();
/** The settings that the reader has exported so far. */
let exported = '';
let printed = '';

// The terminals are groups of their own: whoever stops this must not leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.all([...terminals.values()].map(stop)).then(() => process.exit(1));
  });
}

try {
  for (const block of blocksOf('## With Snowflake')) await rehearse(block);
  process.stdout.write('\nEvery command of "With Snowflake" did what README.md says.\n');
} finally {
  for (const terminal of terminals.values()) await stop(terminal);
  await rm(folder, { recursive: true, force: true });
}

function blocksOf(heading: string): Block[] {
  const readme = readFileSync(join(ROOT_FOLDER, 'README.md'), 'utf8');
  const [section = ''] = readme.slice(readme.indexOf(`${heading}\n`) + heading.length).split('\n## ');
  const blocks = [...section.matchAll(/^```(sh|json)(?: terminal=(\w+))?\n(.*?)^```$/gms)];
  assert.ok(blocks.length > 10, `${heading} has too few commands: ${String(blocks.length)}`);
  return blocks.map(([, language = '', terminal, text = '']) => ({ language, terminal, text }));
}

async function rehearse({ language, terminal, text }: Block): Promise<void> {
  if (language === 'json') {
    assert.deepEqual(JSON.parse(printed), JSON.parse(text));
    return;
  }
  process.stdout.write(`\n${text.replace(/^/gm, '$ ').replace(/\$ $/, '')}`);
  if (terminal === undefined) {
    printed = await run(inPlace(text));
    exported += text.match(/^export .*\n/gm)?.join('') ?? '';
    return;
  }
  const before = terminals.get(terminal);
  if (before) await stop(before);
  terminals.set(terminal, await startIn(terminal, inPlace(text)));
}

/** The same commands on ports and in a folder that nobody else uses. */
function inPlace(text: string): string {
  return text
    .replaceAll('localhost:4000', `localhost:${String(ports.gateway)}`)
    .replaceAll('127.0.0.1:8084', `127.0.0.1:${String(ports.snowflake)}`)
    .replaceAll('127.0.0.1:5000', `127.0.0.1:${String(ports.ranker)}`)
    .replaceAll('data/synced', join(folder, 'synced'))
    .replace('npm run snowflake-local', `npm run snowflake-local -- --port ${String(ports.snowflake)}`)
    .replace('npm run ranker', `PORT=${String(ports.ranker)} npm run ranker`)
    .replace('npm start', `PORT=${String(ports.gateway)} npm start`);
}

function shell(script: string): ChildProcess {
  const settings = inPlace(exported);
  return spawn('bash', ['-euo', 'pipefail', '-c', `${settings}${script}`], {
    cwd: ROOT_FOLDER,
    // A group of its own, so that npm and what it starts can be stopped together.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      CI: 'true',
      LOG_LEVEL: 'warn',
      DATA_FOLDER: join(folder, 'data'),
    },
  });
}

/** Runs commands to their end and shows what they print. @returns what they print to stdout. */
async function run(script: string): Promise<string> {
  const child = shell(script);
  const timer = setTimeout(() => void stop(child), BLOCK_TIMEOUT_MS);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    process.stdout.write(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => process.stdout.write(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  assert.equal(code, 0, `It ended with ${String(code)}:\n${script}`);
  return output;
}

/** Starts a program and waits until it can be used. */
async function startIn(terminal: string, script: string): Promise<ChildProcess> {
  const child = shell(script);
  const { promise: isReady, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    reject(new Error(`${terminal} was not ready in time`));
  }, BLOCK_TIMEOUT_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk.toString().replace(/^(?=.)/gm, `[${terminal}] `));
      if (READY.test(output)) resolve(undefined);
    });
  }
  child.once('close', () => {
    reject(new Error(`${terminal} ended:\n${output}`));
  });
  try {
    await isReady;
    return child;
  } catch (error) {
    await stop(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** As Ctrl+C does: everything in the terminal is asked to stop. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await closed;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
