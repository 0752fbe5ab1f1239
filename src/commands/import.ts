import type { Command } from 'commander';
import {
  importData,
  previewImport,
  type ImportOptions,
  type ImportPreview,
  type ImportReport,
} from '../jobs/import/import-data.ts';
import type { ImportMapping } from '../jobs/import/mapping.ts';
import { movieLensMapping } from '../jobs/import/movielens.ts';
import { readMapping } from '../jobs/import/read-mapping.ts';
import { describeRow } from '../jobs/import/tables.ts';
import { INSTALLATION } from '../installation.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase, type DatabaseCommand } from './open-database.ts';
import { toMoment } from './seed.ts';

interface ImportFlags {
  readonly dryRun?: boolean;
  readonly replace?: boolean;
  readonly asOf?: Date;
  readonly rejects: string;
}

/** `import`: reads a user's own data into the database. */
export function addImportCommand(program: Command, context: CommandContext): void {
  const importCommand = program
    .command('import')
    .description('read your own data into the database; the same files again change nothing');
  const movieLens = importCommand
    .command('movielens <folder>')
    .description(
      'ratings, movies and users in a layout of MovieLens: u.data and u.item, or ratings.csv and movies.csv',
    );
  addFlags(movieLens).action((folder: string, flags: ImportFlags) =>
    runImport(() => movieLensMapping(folder), flags, context),
  );
  const csv = importCommand
    .command('csv')
    .description('products, customers, inventory and events from CSV files')
    .requiredOption('--mapping <file>', 'YAML file that says what is where; see docs/recipes/import-your-data.md');
  addFlags(csv).action((flags: ImportFlags & { readonly mapping: string }) =>
    runImport(() => Promise.resolve(readMapping(flags.mapping)), flags, context),
  );
}

function addFlags(command: Command): Command {
  return command
    .option('--dry-run', 'show the first rows as they would land and every problem, and change nothing')
    .option('--replace', 'first delete all customers, products, stock and events, and what is computed from them')
    .option('--as-of <date>', 'the moment that the data speaks for (default: the end of its last day)', toMoment)
    .option('--rejects <file>', 'where to write rejected rows and why', 'import-rejects.csv')
    .addHelpText(
      'after',
      '\nExamples:\n  snowgate import movielens ml-100k --replace\n  snowgate import csv --mapping shop.yaml --dry-run',
    );
}

async function runImport(
  createMapping: () => Promise<ImportMapping>,
  flags: ImportFlags,
  context: CommandContext,
): Promise<void> {
  // What is wrong with the mapping is said before a database is started.
  const mapping = await createMapping();
  await withDatabase(context, false, async (command) => {
    const options = importOptions(mapping, flags, command);
    const lines =
      flags.dryRun === true ? describePreview(await previewImport(options)) : describe(await importData(options));
    context.stdout.write(`${lines.join('\n')}\n`);
  });
}

function importOptions(
  mapping: ImportMapping,
  flags: ImportFlags,
  { database, progress }: DatabaseCommand,
): ImportOptions {
  return {
    database: database.client,
    statements: loadStatements(INSTALLATION.statements),
    mapping,
    rejectsPath: flags.rejects,
    asOf: flags.asOf,
    replaces: flags.replace === true,
    progress,
  };
}

function describe({ tables, stocked, unstocked, asOf, rejectsPath }: ImportReport): string[] {
  const lines = tables.map(
    ({ table, inserted, updated, rejected }) => `${table}: ${inserted} new, ${updated} changed, ${rejected} rejected`,
  );
  if (stocked > 0) lines.push(`${stocked} products got unlimited stock in every region`);
  if (unstocked > 0) lines.push(`${unstocked} products have no stock anywhere and are never recommended`);
  if (rejectsPath !== null) lines.push(`Rejected rows and why: ${rejectsPath}`);
  lines.push(`The data speaks for ${asOf.toISOString()}.`);
  return lines;
}

function describePreview({ tables, problems, problemCount, inTheWay }: ImportPreview): string[] {
  const lines = tables.flatMap(({ table, rows, rejected, sample }) => [
    `${table}: ${rows} rows fit, ${rejected} do not. The first as they land:`,
    ...sample.map((row) => `  ${describeRow(table, row)}`),
  ]);
  lines.push(
    ...problems.map(
      ({ file, line, column, problem }) => `${[file, line, column].filter(Boolean).join(':')}: ${problem}`,
    ),
  );
  if (problemCount > problems.length) lines.push(`… and ${problemCount - problems.length} more problems`);
  if (inTheWay !== null)
    lines.push(`The database holds data from ${inTheWay}: the import needs --replace, which deletes it.`);
  return [...lines, 'Nothing was changed.'];
}
