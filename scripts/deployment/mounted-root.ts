import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file system put together of layers, as a container has one. */
export interface MountedRoot {
  readonly folder: string;
  /** Shows a file or folder of this machine at a path inside. The path must be there, or below /tmp or /run. */
  bind(source: string, target: string, mode: 'read-only' | 'writable'): void;
  unmount(): void;
}

/** How a program runs inside. */
export interface Confinement {
  /** `1000:1000` */
  readonly user: string;
  readonly workingFolder: string;
  /** All of the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Mounts layers over each other, the last one on top, with /proc, /dev and an empty /tmp and /run. With `upper` what is
 * written lands in that folder; without it the root file system is read-only.
 * @param place an empty folder of our own, on the file system of the layers.
 * @throws Error when mounting is not allowed here: it takes root and a mount namespace of one's own.
 */
export function mountRoot(layers: readonly string[], place: string, upper?: string): MountedRoot {
  const [folder, work] = [join(place, 'root'), join(place, 'work')];
  for (const made of [folder, work]) mkdirSync(made, { recursive: true });
  const lower = `lowerdir=${[...layers].reverse().join(':')}`;
  const writable = upper === undefined ? '' : `,upperdir=${upper},workdir=${work}`;
  mount('-t', 'overlay', 'overlay', '-o', `${lower}${writable}`, folder);
  mount('-t', 'proc', 'proc', join(folder, 'proc'));
  mount('--bind', '/dev', join(folder, 'dev'));
  for (const path of ['tmp', 'run']) mount('-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', join(folder, path));
  return {
    folder,
    bind(source, target, mode) {
      const path = join(folder, target);
      if (!existsSync(path)) makeLike(source, path);
      mount('--bind', source, path);
      if (mode === 'read-only') mount('-o', 'remount,bind,ro', path);
    },
    unmount() {
      unmount(folder);
    },
  };
}

/** Mounts a file system in memory over an empty folder, and gives what takes it away again with all that is in it. */
export function mountMemory(folder: string): () => void {
  mount('-t', 'tmpfs', 'tmpfs', folder);
  return () => unmount(folder);
}

/** Runs a program inside to its end and shows what it writes. @throws Error when it fails. */
export function runInside(root: MountedRoot, words: readonly string[], confinement: Confinement): void {
  const parameters = insideOf(root, words, confinement);
  const { status } = checked(spawnSync('chroot', parameters, { stdio: ['ignore', 'inherit', 'inherit'] }));
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${String(status)}.`);
}

/** Starts a program inside; its output is piped. The process is the program itself: signals reach it. */
export function startInside(root: MountedRoot, words: readonly string[], confinement: Confinement): ChildProcess {
  return spawn('chroot', insideOf(root, words, confinement), { stdio: ['ignore', 'pipe', 'pipe'] });
}

function insideOf({ folder }: MountedRoot, words: readonly string[], confinement: Confinement): string[] {
  const settings = Object.entries(confinement.environment).map(([name, value]) => `${name}=${value}`);
  const env = ['/usr/bin/env', '-i', '-C', confinement.workingFolder, ...settings];
  return [`--userspec=${confinement.user}`, '--groups=', folder, ...env, ...words];
}

/** Lazily, because a process that was just killed may still stand in it. */
function unmount(folder: string): void {
  checked(spawnSync('umount', ['--recursive', '--lazy', folder], { encoding: 'utf8' }), `umount ${folder}`);
}

function makeLike(source: string, path: string): void {
  mkdirSync(statSync(source).isDirectory() ? path : dirname(path), { recursive: true });
  if (!existsSync(path)) writeFileSync(path, '');
}

function mount(...parameters: readonly string[]): void {
  checked(spawnSync('mount', parameters, { encoding: 'utf8' }), `mount ${parameters.join(' ')}`);
}

function checked<Output extends SpawnSyncReturns<string | Buffer>>(result: Output, action = ''): Output {
  if (result.error) throw result.error;
  if (action !== '' && result.status !== 0) throw new Error(`${action} failed: ${String(result.stderr)}`);
  return result;
}
