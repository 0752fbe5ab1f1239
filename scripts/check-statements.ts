/** Checks the SQL statements under sql/<store>/queries against scripts/statement-rules.ts. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStatementFiles } from './statement-files.ts';
import { statementProblems } from './statement-rules.ts';

const ROOT = join(import.meta.dirname, '..');

const statements = readStatementFiles(ROOT);
const sources = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('src/generated/'))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'));
const problems = statementProblems(statements, sources);

for (const problem of problems) console.error(problem);
if (statements.length === 0) console.error('No file found under sql/*/queries.');
if (problems.length > 0 || statements.length === 0) process.exitCode = 1;
else console.log(`${statements.length} statements, all explained and used`);
