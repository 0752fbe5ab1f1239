/**
 * Everything that CI checks apart from tests, in CI's order, up to the first failure. Each line is an npm script of
 * its own, named with the script that mends what it finds.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Check {
  readonly script: string;
  /** What to do when it fails. */
  readonly fix: string;
}

const CHECKS: readonly Check[] = [
  { script: 'format:check', fix: 'npm run format' },
  { script: 'codegen:check', fix: 'npm run codegen' },
  { script: 'kernel:check', fix: 'npm run kernel:build' },
  { script: 'typecheck', fix: 'mend the types' },
  { script: 'lint', fix: 'npm run lint:fix' },
  { script: 'schema:lint', fix: 'describe and name it as the message says' },
  { script: 'deps:check', fix: 'do what the rule says; the rules are in .dependency-cruiser.mjs' },
  { script: 'statements:check', fix: 'mend the SQL file' },
  { script: 'unused', fix: 'delete it or use it' },
  { script: 'docs:check', fix: 'write it into the document that the test names' },
  { script: 'sql:lint', fix: 'npm run sql:fix' },
  { script: 'models:lint', fix: 'npm run models:fix' },
];

/** They come from PyPI, so they need Python: CI has it, a laptop may not. */
const ONLY_IN_CI = ['sql:lint', 'models:lint'];

process.chdir(join(import.meta.dirname, '..'));
const checks = CHECKS.filter(({ script }) => !ONLY_IN_CI.includes(script) || process.env['CI'] !== undefined);
const failed = checks.find((check) => !passes(check));

if (failed) {
  console.error(`\nverify: ${failed.script} failed. Fix: ${failed.fix}`);
  process.exitCode = 1;
} else {
  console.log(`\nverify: ${checks.length} checks passed`);
  const left = CHECKS.filter((check) => !checks.includes(check)).map(({ script }) => `npm run ${script}`);
  if (left.length > 0) console.log(`CI also runs ${left.join(' and ')}`);
}

function passes({ script }: Check): boolean {
  console.log(`\n— ${script}`);
  const start = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit' });
  console.log(`  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return status === 0;
}
