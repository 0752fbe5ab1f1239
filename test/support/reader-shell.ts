import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ROOT_FOLDER } from './folders.ts';

/** What the commands of a document stand for here: texts to put instead of others. */
export type Replacements = readonly (readonly [text: string, instead: string])[];

/** What a program says when it can be used. */
const READY = /listens on http|Snowgate is ready|is served: MODEL_ENDPOINT/;
/** Installing the Python environment for the first time is the longest. */
const BLOCK_TIMEOUT_MS = 300_000;

/** Runs the commands of a document as a reader types them, some in terminals of their own, and shows what they print. */
export class ReaderShell {
  readonly #settings: Readonly<Record<string, string>>;
  readonly #replacements: Replacements;
  readonly #terminals = new Map<string, ChildProcess>();
  /** What the reader has exported so far. */
  #exported = '';

  constructor(settings: Readonly<Record<string, string>>, replacements: Replacements) {
    this.#settings = settings;
    this.#replacements = replacements;
  }

  /** Runs commands to their end. @returns what they print to stdout. @throws Error when one of them fails. */
  async run(script: string): Promise<string> {
    const child = this.#shell(script);
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
    this.#exported += script.match(/^export .*\n/gm)?.join('') ?? '';
    return output;
  }

  /** Starts a program in a terminal, whose program before is stopped, and waits until it can be used. */
  async startIn(terminal: string, script: string): Promise<void> {
    await this.stopIn(terminal);
    const child = this.#shell(script);
    this.#terminals.set(terminal, child);
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
    } finally {
      clearTimeout(timer);
    }
  }

  /** As Ctrl+C does; nothing where nothing runs. */
  async stopIn(terminal: string): Promise<void> {
    const child = this.#terminals.get(terminal);
    this.#terminals.delete(terminal);
    if (child) await stop(child);
  }

  /** Stops what still runs in any terminal. */
  async stopAll(): Promise<void> {
    for (const terminal of [...this.#terminals.keys()]) await this.stopIn(terminal);
  }

  #shell(script: string): ChildProcess {
    const text = this.#replacements.reduce(
      (before, [from, to]) => before.replaceAll(from, to),
      `${this.#exported}${script}`,
    );
    return spawn('bash', ['-euo', 'pipefail', '-c', text], {
      cwd: ROOT_FOLDER,
      // A group of its own, so that npm and what it starts can be stopped together.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        CI: 'true',
        LOG_LEVEL: 'warn',
        ...this.#settings,
      },
    });
  }
}

/** Everything in the terminal is asked to stop. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGINT');
  await closed;
}
