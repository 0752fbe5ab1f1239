/**
 * Runs sqlfluff over sql/postgres and sql/snowflake: `node scripts/sqlfluff.ts lint` or `fix`. It comes from PyPI into a
 * folder of its own under .cache, on the first run. It gets copies without the statements that it has no grammar for,
 * and `lint` fails when it has learned one of them.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';
import { joinAfterSqlfluff, splitForSqlfluff } from './sqlfluff-gaps.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['sql/postgres', 'sql/snowflake'];
const SETUP = 'sql/snowflake/setup';

const mode = process.argv[2];
if (mode !== 'lint' && mode !== 'fix') throw new Error('Usage: node scripts/sqlfluff.ts lint|fix');
const sqlfluff = join(pythonTool('sqlfluff-4.5.0'), 'sqlfluff');
const quietly = ['--disable-progress-bar', '--processes', String(availableParallelism())];
const folder = mkdtempSync(join(tmpdir(), 'snowgate-sql-'));
try {
  const unknown = copyWhatIsKnown();
  process.chdir(folder);
  process.exitCode = run(sqlfluff, [mode, ...quietly, ...FOLDERS]);
  if (mode === 'fix') copyBack(unknown);
  else refuseLearned([...unknown.values()].flat());
} finally {
  rmSync(folder, { recursive: true });
}

/** Fills the folder, and gives what was kept from sqlfluff by file. */
function copyWhatIsKnown(): ReadonlyMap<string, readonly string[]> {
  for (const path of ['.sqlfluff', ...FOLDERS]) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  return new Map(
    readdirSync(join(ROOT, SETUP)).map((file) => {
      const { known, unknown } = splitForSqlfluff(readFileSync(join(ROOT, SETUP, file), 'utf8'));
      writeFileSync(join(folder, SETUP, file), known);
      return [file, unknown];
    }),
  );
}

function copyBack(unknown: ReadonlyMap<string, readonly string[]>): void {
  for (const [file, statements] of unknown) {
    const path = join(folder, SETUP, file);
    writeFileSync(path, joinAfterSqlfluff(readFileSync(path, 'utf8'), statements));
  }
  for (const path of FOLDERS) cpSync(join(folder, path), join(ROOT, path), { recursive: true });
}

/** A statement that a newer version can read should not be kept from it any longer. */
function refuseLearned(statements: readonly string[]): void {
  mkdirSync('unknown');
  for (const [place, statement] of statements.entries())
    writeFileSync(join('unknown', `${place}.sql`), `${statement}\n`);
  const only = ['--dialect', 'snowflake', '--rules', 'PRS', '--format', 'json'];
  const { stdout } = spawnSync(sqlfluff, ['lint', ...quietly, ...only, 'unknown'], { encoding: 'utf8' });
  const files = JSON.parse(stdout) as readonly { readonly violations: readonly { readonly code: string }[] }[];
  const unread = files.filter(({ violations }) => violations.some(({ code }) => code === 'PRS')).length;
  if (unread === statements.length) return;
  console.error(`sqlfluff reads ${statements.length - unread} statements that scripts/sqlfluff-gaps.ts keeps from it.`);
  process.exitCode = 1;
}
