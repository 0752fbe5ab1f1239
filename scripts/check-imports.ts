/**
 * Checks every import against .dependency-cruiser.mjs. Unlike the bare command it also fails when no module was read:
 * dependency-cruiser reports success when it cannot load the TypeScript compiler.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const FOLDERS = ['src', 'test', 'scripts', 'bench', 'loadtest', 'local-snowflake'];
const MODULES_MIN = 3;

process.chdir(join(import.meta.dirname, '..'));
const { output } = await cruise(
  FOLDERS.filter((folder) => existsSync(folder)),
  await extractOptions('./.dependency-cruiser.mjs'),
  undefined,
  { tsConfig: extractTsConfig('./tsconfig.json') },
);
const { modules, summary } = output as ICruiseResult;

for (const violation of summary.violations) console.error(describe(violation));
const read = modules.filter(({ source }) => source.startsWith('src/')).length;
if (read < MODULES_MIN) console.error(`Only ${read} modules of src were read. Is the installed TypeScript supported?`);
if (summary.violations.length > 0 || read < MODULES_MIN) process.exitCode = 1;
else console.log(`${summary.totalCruised} modules, ${summary.totalDependenciesCruised ?? 0} imports, all allowed`);

/** One violation with what to do instead. */
function describe({ from, to, rule, cycle }: IViolation): string {
  const way = cycle ? [from, ...cycle.map(({ name }) => name)].join(' -> ') : from === to ? from : `${from} -> ${to}`;
  const comment = summary.ruleSetUsed?.forbidden?.find(({ name }) => name === rule.name)?.comment ?? '';
  return `${way}\n  ${rule.name}: ${comment}`;
}
