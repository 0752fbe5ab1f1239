import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT_FOLDER } from './folders.ts';
import { CODES, type CommandRuns } from './run-commands.ts';

/** Runs commands in a process of their own; the output is all that it wrote, codes are in the order of the runs. */
export async function runCommands(
  runs: CommandRuns,
  folder: string,
): Promise<{ readonly output: string; readonly codes: readonly number[] }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
    SNOWFLAKE_DISABLE_MINICORE: '1',
    SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
  };
  const child = spawn(process.execPath, [join(ROOT_FOLDER, 'test/support/run-commands.ts')], { env, cwd: folder });
  child.stdin.end(JSON.stringify(runs));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [printed = '', rest = ''] = stdout.split(CODES);
  if (rest === '') throw new Error(`The commands did not come to an end: ${stdout}${stderr}`);
  // The process may write on until it has ended.
  const [codes = '', ...late] = rest.split('\n');
  return { output: [printed, ...late, stderr].join('\n'), codes: JSON.parse(codes) as number[] };
}
