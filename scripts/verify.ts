/**
 * Everything that CI checks apart from tests, as many checks at a time as there are cores, up to the first failure. Each
 * is an npm script of its own, named with the script that mends what it finds. What a check prints is shown when it ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

interface Check {
  readonly script: string;
  /** What to do when it fails. */
  readonly fix: string;
}

/** The longest ones first, so that none runs alone at the end. */
const CHECKS: readonly Check[] = [
  { script: 'lint', fix: 'npm run lint:fix' },
  { script: 'typecheck', fix: 'mend the types' },
  { script: 'sql:lint', fix: 'npm run sql:fix' },
  { script: 'format:check', fix: 'npm run format' },
  { script: 'models:lint', fix: 'npm run models:fix' },
  { script: 'deps:check', fix: 'do what the rule says; the rules are in .dependency-cruiser.mjs' },
  { script: 'deploy:lint', fix: 'do what the linter says; what it is held to is in scripts/lint-deployment.ts' },
  { script: 'docs:check', fix: 'write it into the document that the test names' },
  { script: 'unused', fix: 'delete it or use it' },
  { script: 'kernel:check', fix: 'npm run kernel:build' },
  { script: 'codegen:check', fix: 'npm run codegen' },
  { script: 'schema:lint', fix: 'describe and name it as the message says' },
  { script: 'statements:check', fix: 'mend the SQL file' },
];

/** They come from PyPI, so they need Python: CI has it, a laptop may not. */
const ONLY_IN_CI = ['sql:lint', 'deploy:lint', 'models:lint'];

process.chdir(join(import.meta.dirname, '..'));
const checks = CHECKS.filter(({ script }) => !ONLY_IN_CI.includes(script) || process.env['CI'] !== undefined);
const waiting = checks.values();
const failed: Check[] = [];
await Promise.all(Array.from({ length: availableParallelism() }, work));

for (const { script, fix } of failed) console.error(`\nverify: ${script} failed. Fix: ${fix}`);
if (failed.length > 0) {
  process.exitCode = 1;
} else {
  console.log(`\nverify: ${checks.length} checks passed`);
  const left = CHECKS.filter((check) => !checks.includes(check)).map(({ script }) => `npm run ${script}`);
  if (left.length > 0) console.log(`CI also runs ${left.join(', ')}`);
}

async function work(): Promise<void> {
  for (const check of waiting) {
    if (failed.length > 0) return;
    if (!(await passes(check))) failed.push(check);
  }
}

async function passes({ script }: Check): Promise<boolean> {
  const start = performance.now();
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  console.log(`\n— ${script}\n${stdout}${stderr}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return code === 0;
}
