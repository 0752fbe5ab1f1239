import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a build may see of a folder. */
export interface BuildContext {
  readonly folder: string;
  /** Whether the build sees this path, given from the folder on; of a folder: whether it sees anything in it. */
  has(path: string): boolean;
  /** The files that the build sees at this path: itself when it is a file, else all below it, in order. */
  filesAt(path: string): string[];
}

interface Pattern {
  readonly expression: RegExp;
  readonly isException: boolean;
}

/**
 * The build context of a folder, without what a .dockerignore leaves out. As Docker reads it, a pattern also means all
 * below what it names, `*` means dot files too, and the last pattern that fits decides.
 */
export function createBuildContext(folder: string, ignore: string): BuildContext {
  const patterns = ignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(toPattern);
  const sees = (path: string): boolean =>
    patterns.findLast(({ expression }) => expression.test(path))?.isException ?? true;
  const filesAt = (path: string): string[] => {
    const stats = statSync(join(folder, path), { throwIfNoEntry: false });
    if (!stats) return [];
    if (!stats.isDirectory()) return sees(path) ? [path] : [];
    return readdirSync(join(folder, path))
      .sort()
      .flatMap((name) => filesAt(join(path, name)));
  };
  return { folder, filesAt, has: (path) => filesAt(path).length > 0 };
}

function toPattern(line: string): Pattern {
  const isException = line.startsWith('!');
  const parts = (isException ? line.slice(1) : line).replace(/^\/|\/$/g, '').split('/');
  const source = parts
    .map((part, place) => {
      const isLast = place === parts.length - 1;
      if (part === '**') return isLast ? '.*' : '(?:.*/)?';
      const words = part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
      return words.replaceAll('*', '[^/]*').replaceAll('?', '[^/]') + (isLast ? '' : '/');
    })
    .join('');
  return { expression: new RegExp(`^${source}(?:/|$)`), isException };
}
