import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';
import { SETTINGS } from '../../src/config.ts';
import { ROOT_FOLDER } from '../support/folders.ts';

const read = (path: string): string => readFileSync(join(ROOT_FOLDER, path), 'utf8');
const readme = read('deploy/README.md');
const setupFiles = readdirSync(join(ROOT_FOLDER, 'sql/snowflake/setup'));
const setup = setupFiles.map((file) => read(`sql/snowflake/setup/${file}`)).join('\n');
const found = (pattern: RegExp): string[] => [...readme.matchAll(pattern)].map(([, group = '']) => group);
const steps = readme.split(/^### (?=\d)/m).slice(1);

describe('deploy/README.md', () => {
  it('names only files that exist', () => {
    const linked = found(/\]\((?!http)([^)#]+)\)/g).map((path) => join('deploy', path));
    const paths = [...linked, ...found(/`((?:deploy|test|sql)\/[\w./-]+)`/g)];
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !existsSync(join(ROOT_FOLDER, path)))).toEqual([]);
    const sql = found(/`(\w+\.sql)`/g);
    expect(sql.length).toBeGreaterThan(10);
    expect(sql.filter((file) => !setupFiles.includes(file))).toEqual([]);
  });

  it('names only commands and flags that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const program = createProgram({ environment: {}, ...streams } as unknown as Parameters<typeof createProgram>[0]);
    const flags = (words: readonly string[]): string[] => {
      const command = words.reduce(
        (outer, name) => outer.commands.find((inner) => inner.name() === name) ?? outer,
        program,
      );
      expect(command.name()).toBe(words.at(-1));
      return command.options.map(({ long }) => long ?? '');
    };
    const runs = [...readme.matchAll(/npm run (?:--silent )?([a-z:-]+)(?: -- ([^\n)`#]*))?/g)];
    expect(runs.length).toBeGreaterThan(6);
    for (const [, script = '', rest = ''] of runs) {
      expect(scripts, script).toHaveProperty([script]);
      const words =
        script === 'snowgate'
          ? rest
              .split(' ')
              .filter((word) => /^[a-z]+$/.test(word))
              .slice(0, 2)
          : [script];
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(flags(words), `${script} ${flag}`).toContain(flag);
    }
  });

  it('names only objects that the setup makes, and settings that exist', () => {
    const objects = found(
      /(?:ROLE|POOL(?: LIKE)?|INSTANCE|DATABASE|SCHEMA|SERVICE|SECRET|REPOSITORY) (snowgate[\w.]*)/g,
    );
    expect(objects.length).toBeGreaterThan(10);
    const missing = objects.filter((name) => !setup.includes(name.split('.').at(-1) ?? ''));
    expect(missing).toEqual([]);
    const settings = found(/`(SHUTDOWN_[A-Z_]+|ANONYMOUS_[A-Z_]+|DATABASE_URL)`/g);
    expect(settings.filter((name) => !(name in SETTINGS))).toEqual([]);
  });

  it('says of each step what it costs, how to see that it worked and how to undo it', () => {
    expect(steps).toHaveLength(8);
    for (const step of steps) for (const word of ['Cost:', 'Seen by:', 'Undo:']) expect(step).toContain(word);
  });

  it('has the files of the setup run in their order, and each of them', () => {
    const numbered = setupFiles.filter((file) => /^\d/.test(file)).sort();
    const run = ['2', '3', '7'].flatMap((number) => {
      const step = steps.find((text) => text.startsWith(`${number}.`)) ?? '';
      const [, sentence = ''] = /(Run the files [^]*?|run `[^]*?|Run `[^]*?)\./.exec(step.replaceAll('.sql', '')) ?? [];
      const names = [...sentence.matchAll(/`(\d\w+)`/g)].map(([, name = '']) => `${name}.sql`);
      const [first = '', last = ''] = names;
      return sentence.includes(' to ') ? numbered.filter((file) => file >= first && file <= last) : names;
    });
    expect(run).toEqual(numbered);
  });
});
