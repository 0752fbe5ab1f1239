/**
 * Runs sqlfluff over sql/postgres and sql/snowflake: `node scripts/sqlfluff.ts lint` or `fix`. It comes from PyPI into a folder of
 * its own under .cache, on the first run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '4.5.0';
const FOLDER = join(import.meta.dirname, '..', '.cache', `sqlfluff-${VERSION}`);
const PROGRAM = join(FOLDER, 'bin', 'sqlfluff');

const mode = process.argv[2];
if (mode !== 'lint' && mode !== 'fix') throw new Error('Usage: node scripts/sqlfluff.ts lint|fix');
if (!existsSync(PROGRAM)) install();
process.chdir(join(import.meta.dirname, '..'));
process.exitCode = run(PROGRAM, [mode, '--disable-progress-bar', 'sql/postgres', 'sql/snowflake']);

function install(): void {
  const installed =
    run('python3', ['-m', 'venv', FOLDER]) === 0 &&
    run(join(FOLDER, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `sqlfluff==${VERSION}`]) ===
      0;
  if (installed) return;
  rmSync(FOLDER, { recursive: true, force: true });
  throw new Error(
    'sqlfluff could not be installed. It needs Python 3 with venv (Debian: apt-get install python3-venv).',
  );
}

/** The exit code of a program that writes to our own output. */
function run(program: string, parameters: readonly string[]): number {
  const { status, error } = spawnSync(program, parameters, { stdio: 'inherit' });
  if (error) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}
