import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder of a Python program that is installed from PyPI into .cache on the first run, in an environment of its own.
 * @throws Error when it cannot be installed; nothing is left behind then.
 */
export function pythonTool(name: string, packages: readonly string[]): string {
  const folder = join(import.meta.dirname, '..', '.cache', name, 'bin');
  if (existsSync(join(folder, 'installed'))) return folder;
  const environment = join(folder, '..');
  const pip = [join(folder, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]] as const;
  const isInstalled =
    run('python3', ['-m', 'venv', environment]) === 0 &&
    run(...pip) === 0 &&
    run('touch', [join(folder, 'installed')]) === 0;
  if (isInstalled) return folder;
  rmSync(environment, { recursive: true, force: true });
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
