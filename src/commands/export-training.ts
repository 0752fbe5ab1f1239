import type { Command } from 'commander';
import { exportTraining } from '../jobs/export-training/export-training.ts';
import { loadStatements } from '../statements.ts';
import { INSTALLATION } from '../installation.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';

/** `export-training`: writes what the ranking model is trained on. */
export function addExportTrainingCommand(program: Command, context: CommandContext): void {
  program
    .command('export-training')
    .description('write the events in the database as training data for the ranking model')
    .requiredOption('--out <folder>', 'folder to write to; made when missing')
    .addHelpText('after', '\nExample:\n  snowgate export-training --out models/.data')
    .action(({ out }: { out: string }) =>
      withDatabase(context, false, async ({ database, progress }) => {
        const statements = loadStatements(INSTALLATION.statements);
        const { rows, customers } = await exportTraining({
          database: database.client,
          statements,
          folder: out,
          progress,
        });
        context.stderr.write(`Wrote ${rows} rows about ${customers} customers to ${out}.\n`);
      }),
    );
}
