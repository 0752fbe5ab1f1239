/**
 * Checks the Python code under models, its rules and its form: `node scripts/ruff.ts lint` or `fix`. Ruff comes from PyPI
 * into a folder of its own under .cache, on the first run.
 */
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';

const mode = process.argv[2];
if (mode !== 'lint' && mode !== 'fix') throw new Error('Usage: node scripts/ruff.ts lint|fix');
const ruff = join(pythonTool('ruff-0.17.6'), 'ruff');
process.chdir(join(import.meta.dirname, '..', 'models'));
const parameters =
  mode === 'lint'
    ? [
        ['check', '--no-cache'],
        ['format', '--no-cache', '--diff'],
      ]
    : [
        ['check', '--no-cache', '--fix'],
        ['format', '--no-cache'],
      ];
process.exitCode = Math.max(...parameters.map((words) => run(ruff, words)));
