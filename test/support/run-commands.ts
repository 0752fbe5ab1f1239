import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createProgram, runProgram } from '../../src/commands/program.ts';

/** One run of a command. */
export interface CommandRun {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A command that serves: asked for something with these headers, and stopped, as soon as it is ready. */
  readonly servesUntilAsked?: Readonly<Record<string, string>>;
  /** What is printed to stdout is what was asked for: it is left out. */
  readonly dropsStdout?: boolean;
}

/** What a process of this file is told on stdin. */
export interface CommandRuns {
  /** All at once. */
  readonly parallel: readonly CommandRun[];
  /** One after the other. */
  readonly serial: readonly CommandRun[];
}

/** Stands in front of the exit codes, which end the output. */
export const CODES = '\n=== exit codes: ';

/** More at once would keep each other from answering in time. */
const RUNS_AT_ONCE = 6;

// A program of its own, so that its output holds what loggers and drivers write past the streams that commands are given:
// the tests read it whole. Many commands share one process, because most of their time is the start of one.
if (process.argv[1] === import.meta.filename) {
  const { parallel, serial } = JSON.parse(await text(process.stdin)) as CommandRuns;
  const codes = await inParallel(parallel);
  for (const run of serial) codes.push(await runOnce(run));
  process.stdout.write(`${CODES}${JSON.stringify(codes)}\n`, () => process.exit());
}

async function inParallel(runs: readonly CommandRun[]): Promise<number[]> {
  const codes: number[] = [];
  const waiting = runs.entries();
  const work = async (): Promise<void> => {
    for (const [index, run] of waiting) codes[index] = await runOnce(run);
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
  return codes;
}

async function runOnce({ words, environment, servesUntilAsked, dropsStdout }: CommandRun): Promise<number> {
  const stderr = new PassThrough();
  stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    const [address] = /https?:\/\/[\w.]+:\d+/.exec(chunk.toString()) ?? [];
    if (servesUntilAsked && address !== undefined) void askAndStop(address, servesUntilAsked);
  });
  const stdout = dropsStdout === true ? new PassThrough().resume() : process.stdout;
  const context = { environment, stdout, stderr: Object.assign(stderr, { isTTY: false }) };
  return runProgram(words, context as unknown as Parameters<typeof runProgram>[1]);
}

async function askAndStop(address: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({ query: '{ customer(id: "1000000") { id recommendations { rung } } }' });
  for (const path of ['/graphql', '/predict-proba', '/readyz']) {
    const method = path === '/readyz' ? 'GET' : 'POST';
    await fetch(address + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'POST' && { body }),
    })
      .then((response) => response.text())
      .catch(() => undefined);
  }
  process.emit('SIGTERM');
}

/** The names of all commands. */
export function commandNames(): readonly string[] {
  const nowhere = new PassThrough();
  const context = { environment: {}, stdout: nowhere, stderr: nowhere };
  return createProgram(context as unknown as Parameters<typeof createProgram>[0]).commands.map((each) => each.name());
}
