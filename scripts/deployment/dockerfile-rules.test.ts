import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuildContext, type BuildContext } from './build-context.ts';
import { parseDockerfile } from './dockerfile.ts';
import { brokenDemands, DEMANDS } from './dockerfile-rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const dockerfile = read('deploy/Dockerfile');
const ignore = read('deploy/Dockerfile.dockerignore');
const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };

const IN_THE_WAY = ['.env', '.git/HEAD', 'data/postgres', 'node_modules/a/b.js', 'test/a.ts', 'web/dist/index.html'];
const WANTED = ['.npmrc', 'package.json', 'package-lock.json', 'schema/a.graphql', 'sql/a.sql', 'web/build.ts'];
const SOURCE = ['src/main.ts', 'src/main.test.ts', 'src/fixtures/rows.json', 'models/ranking/5/model.json'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snowgate-context-'));
  for (const file of [...IN_THE_WAY, ...WANTED, ...SOURCE]) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const broken = (text: string, context: BuildContext = createBuildContext(folder, ignore)) =>
  brokenDemands(parseDockerfile(text), { nodeVersion: devDependencies.node, context });

/** A text with another in place of one that is in it; `$` means the end. */
function planted(text: string, found: string | RegExp, instead: string): string {
  const changed = text.replace(found, () => instead);
  expect(changed).not.toBe(text);
  return changed;
}

const MISTAKES: readonly [mistake: string, found: string | RegExp, instead: string, demand: RegExp][] = [
  ['another Node', /24\.21\.0/g, '22.1.0', /the pinned version/],
  ['a base that is not Debian slim', /-bookworm-slim/g, '-alpine', /Debian release/],
  ['two bases', '-bookworm-slim AS pages', '-trixie-slim AS pages', /same base/],
  ['root', 'USER 1000:1000', 'USER 0:0', /not root/],
  ['a user by name', 'USER 1000:1000', 'USER node', /not root/],
  ['root again at the end', /$/, '\nUSER 0:0\n', /not root/],
  ['files after USER', /$/, '\nCOPY sql more\n', /its own to change/],
  ['files of the user', 'COPY src src', 'COPY --chown=1000:1000 src src', /its own to change/],
  ['a volume', /$/, '\nVOLUME /data\n', /no VOLUME/],
  ['a program more', 'COPY src src', 'RUN apt-get install curl\nCOPY src src', /no RUN/],
  ['npm install', 'npm ci --ignore-scripts', 'npm install --ignore-scripts', /npm ci alone/],
  ['scripts of packages', 'npm ci --ignore-scripts', 'npm ci', /without scripts/],
  ['dev dependencies', ' --omit=dev', '', /--omit=dev/],
  ['all packages', '--from=packages', '--from=pages', /--omit=dev/],
  ['packages of the machine', 'COPY --from=packages /app/node_modules', 'COPY node_modules', /--omit=dev/],
  ['something from the network', 'COPY src src', 'ADD https://example.com/a /a\nCOPY src src', /no ADD/],
  ['something from another image', 'COPY src src', 'COPY --from=busybox /bin/sh /sh\nCOPY src src', /earlier stage/],
  ['a folder that is not there', 'COPY src src', 'COPY src src\nCOPY docs docs', /lets it in/],
  ['a password as ARG', 'COPY src src', 'ARG POSTGRES_PASSWORD\nCOPY src src', /No secret/],
  ['a token as ENV', 'NODE_ENV=production', 'NODE_ENV=production NPM_TOKEN=x', /No secret/],
  ['a URL with a password', 'COPY src src', 'ENV DATABASE=postgres://a:b@c/d\nCOPY src src', /No secret/],
  ['development', 'NODE_ENV=production', 'NODE_ENV=development', /NODE_ENV=production/],
  ['an address of the container alone', 'HOST=0.0.0.0 ', '', /address and port/],
  ['a port that nobody listens on', 'EXPOSE 4000', 'EXPOSE 3000', /exposed port/],
  ['a port of root', /4000/g, '80', /exposed port/],
  ['no health check', /HEALTHCHECK[^]*?(?=ENTRYPOINT)/, '', /HEALTHCHECK/],
  ['a health check that waits for ever', '--timeout=3s ', '', /HEALTHCHECK/],
  ['a health check by a program that is not there', 'CMD ["node", "-e"', 'CMD ["curl", "-e"', /HEALTHCHECK/],
  ['a shell in front', 'ENTRYPOINT ["node", "src/main.ts"]', 'ENTRYPOINT node src/main.ts', /SIGTERM/],
  ['npm in front', 'ENTRYPOINT ["node", "src/main.ts"]', 'ENTRYPOINT ["npm", "start"]', /SIGTERM/],
];

describe('the Dockerfile', () => {
  it('meets every demand, in this repository too', () => {
    expect(broken(dockerfile)).toEqual([]);
    expect(broken(dockerfile, createBuildContext(ROOT, ignore))).toEqual([]);
  });

  it.each(MISTAKES)('breaks a demand with %s', (_mistake, found, instead, demand) => {
    expect(broken(planted(dockerfile, found, instead)).join('\n')).toMatch(demand);
  });

  it.each<[string, string | RegExp, string]>([
    ['everything in the context', '*\n', '\n'],
    ['tests', '**/*.test.ts', ''],
    ['fixtures', '**/fixtures', ''],
    ['pages that this machine built', 'web/dist', ''],
  ])('is built from a context without %s', (_what, found, instead) => {
    const context = createBuildContext(folder, planted(ignore, found, instead));
    expect(broken(dockerfile, context).join('\n')).toMatch(/The build sees no tests/);
  });

  it('is held to no demand that no mistake breaks', () => {
    const found = MISTAKES.flatMap(([, text, instead]) => broken(planted(dockerfile, text, instead)));
    const unbroken = DEMANDS.filter((demand) => !found.includes(demand));
    expect(unbroken).toEqual([expect.stringContaining('The build sees no tests')]);
  });
});

describe('a build context', () => {
  it('has what the last fitting pattern lets in, and below a folder all of it', () => {
    const context = createBuildContext(folder, '# all\n*\n!src\n**/*.test.ts\n!/src/main.test.ts\nsr?/fix*\n');
    expect(context.filesAt('src')).toEqual(['src/main.test.ts', 'src/main.ts']);
    expect(context.has('.env')).toBe(false);
    expect(createBuildContext(folder, '').filesAt('.git')).toEqual(['.git/HEAD']);
    expect(context.filesAt('nowhere')).toEqual([]);
  });
});

describe('parseDockerfile', () => {
  it('reads stages, flags, lists and values over several lines', () => {
    const [first, second] = parseDockerfile(
      'FROM a AS b\nRUN echo "x  y" \\\n  && true\nFROM b\nCOPY --from=b --link /x y\nENV A="1 2" B=3\nCMD ["a", "b c"]',
    );
    expect(first).toMatchObject({ name: 'b', base: 'a', steps: [{ keyword: 'RUN', isExec: false, line: 2 }] });
    expect(first?.steps[0]?.text).toMatch(/^echo "x {2}y" +&& true$/);
    expect(second).toMatchObject({
      name: null,
      steps: [
        { flags: { from: 'b', link: '' }, words: ['/x', 'y'] },
        {
          properties: [
            ['A', '1 2'],
            ['B', '3'],
          ],
        },
        { isExec: true, words: ['a', 'b c'] },
      ],
    });
  });

  it('refuses what has no FROM', () => {
    expect(() => parseDockerfile('# nothing')).toThrow('no FROM');
    expect(() => parseDockerfile('ENV A=1')).toThrow(/Line 1: ENV stands before/);
  });
});
