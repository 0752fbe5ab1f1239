/**
 * Compares the golden answers of the local Snowflake with those of fakesnow, which comes from PyPI into a folder of its
 * own under .cache on the first run. Fails on a difference that local-snowflake/oracle/differences.json does not explain.
 */
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';

const folder = pythonTool('fakesnow-0.12.1');
const program = join(import.meta.dirname, '..', 'local-snowflake', 'oracle', 'compare_with_fakesnow.py');
process.exitCode = run(join(folder, 'python'), [program]);
