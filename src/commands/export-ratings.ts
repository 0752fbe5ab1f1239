import type { Command } from 'commander';
import { INSTALLATION } from '../installation.ts';
import { exportRatings } from '../jobs/export-ratings.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';

/** `export-ratings`: writes what the model of ratings is trained on. */
export function addExportRatingsCommand(program: Command, context: CommandContext): void {
  program
    .command('export-ratings')
    .description('write the ratings in the database as training data for the model of ratings')
    .requiredOption('--out <folder>', 'folder to write to; made when missing')
    .addHelpText('after', '\nExample:\n  snowgate export-ratings --out models/.data')
    .action(({ out }: { out: string }) =>
      withDatabase(context, false, async ({ database, progress }) => {
        const statements = loadStatements(INSTALLATION.statements);
        const ratings = await exportRatings({ database: database.client, statements, folder: out, progress });
        context.stderr.write(`Wrote ${ratings} ratings to ${out}.\n`);
      }),
    );
}
