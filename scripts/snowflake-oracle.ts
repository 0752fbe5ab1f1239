/**
 * Compares the golden answers of the local Snowflake with those of fakesnow, which comes from PyPI into a folder of its
 * own under .cache on the first run. Fails on a difference that local-snowflake/oracle/differences.json does not explain.
 */
import { join } from 'node:path';
import { pythonTool, run } from './python-tool.ts';

const VERSION = '0.12.1';

// The connector of version 4 is unknown to this fakesnow.
const folder = pythonTool(`fakesnow-${VERSION}`, [`fakesnow==${VERSION}`, 'snowflake-connector-python<4']);
const program = join(import.meta.dirname, '..', 'local-snowflake', 'oracle', 'compare_with_fakesnow.py');
process.exitCode = run(join(folder, 'python'), [program]);
