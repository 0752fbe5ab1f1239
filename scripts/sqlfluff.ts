/**
 * Runs sqlfluff over sql/postgres and sql/snowflake: `node scripts/sqlfluff.ts lint` or `fix`. It comes from PyPI into a folder of
 * its own under .cache, on the first run.
 */
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';

const VERSION = '4.5.0';

const mode = process.argv[2];
if (mode !== 'lint' && mode !== 'fix') throw new Error('Usage: node scripts/sqlfluff.ts lint|fix');
const folder = pythonTool(`sqlfluff-${VERSION}`, [`sqlfluff==${VERSION}`]);
process.chdir(join(import.meta.dirname, '..'));
process.exitCode = run(join(folder, 'sqlfluff'), [mode, '--disable-progress-bar', 'sql/postgres', 'sql/snowflake']);
