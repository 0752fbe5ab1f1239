import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder of a Python program of scripts/python_tools.py, installed from PyPI into .cache on the first run.
 * @throws Error when it cannot be installed; nothing is left behind then.
 */
export function pythonTool(name: string): string {
  const folder = join(import.meta.dirname, '..', '.cache', name, 'bin');
  if (existsSync(join(folder, 'installed'))) return folder;
  if (run('python3', [join(import.meta.dirname, 'python_tools.py'), name]) === 0) return folder;
  throw new Error(
    `${name} could not be installed. It needs Python 3 with venv (Debian: apt-get install python3-venv).`,
  );
}

/** The exit code of a program that writes to our own output. */
export function run(program: string, parameters: readonly string[]): number {
  const { status, error } = spawnSync(program, parameters, { stdio: 'inherit' });
  if (error) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}
