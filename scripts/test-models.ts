/**
 * Runs the tests of the Python code under models: `node scripts/test-models.ts [pytest's arguments]`. What they need comes
 * from PyPI into a folder of its own under .cache, on the first run and after each change of models/pyproject.toml.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';

const MODELS = join(import.meta.dirname, '..', 'models');

const project = readFileSync(join(MODELS, 'pyproject.toml'));
const name = `models-${createHash('sha256').update(project).digest('hex').slice(0, 12)}`;
const folder = pythonTool(name);
process.chdir(MODELS);
process.exitCode = run(join(folder, 'python'), ['-m', 'pytest', '-q', ...process.argv.slice(2)]);
