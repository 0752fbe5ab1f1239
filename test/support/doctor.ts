import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/commands/program.ts';

/** A finding as `snowgate doctor --json` tells it. */
interface Found {
  readonly group: string;
  readonly check: string;
  readonly status: string;
  readonly text: string;
  readonly fix?: string;
}

/** What a run of the doctor ended with. */
export interface Diagnosis {
  readonly code: number;
  readonly stderr: string;
  readonly found: readonly Found[];
  /** Findings that name a fix. */
  readonly bad: readonly Found[];
  /** Findings of one check. */
  readonly of: (group: string, check: string) => readonly Found[];
}

/** Runs `snowgate doctor` in this process, with a data folder that is not there. */
export async function runDoctor(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const folder = join(tmpdir(), `snowgate-doctor-${randomUUID()}`);
  const settings = { DATA_FOLDER: folder, PORT: '0', EXPLORER: 'false', ...environment };
  const context = { environment: settings, ...streams } as unknown as Parameters<typeof runProgram>[1];
  const code = await runProgram(['doctor', ...words], context);
  return { code, stdout: String(streams.stdout.read() ?? ''), stderr: String(streams.stderr.read() ?? '') };
}

/** Runs it and reads its findings. */
export async function diagnose(environment: Readonly<Record<string, string>>): Promise<Diagnosis> {
  const { code, stdout, stderr } = await runDoctor(['--json'], environment);
  const found = JSON.parse(stdout) as Found[];
  const of = (group: string, check: string) => found.filter((each) => each.group === group && each.check === check);
  return { code, stderr, found, of, bad: found.filter(({ fix }) => fix !== undefined) };
}
