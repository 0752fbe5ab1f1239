import { InvalidArgumentError, type Command } from 'commander';
import { exportTraining } from '../jobs/export-training/export-training.ts';
import { loadStatements } from '../statements.ts';
import { INSTALLATION } from '../installation.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';

interface ExportTrainingFlags {
  readonly out: string;
  readonly truth?: boolean;
  readonly moments: number;
}

const MOMENTS_MAX = 20;

/** `export-training`: writes what the ranking model is trained on. */
export function addExportTrainingCommand(program: Command, context: CommandContext): void {
  program
    .command('export-training')
    .description('write the events in the database as training data for the ranking model')
    .requiredOption('--out <folder>', 'folder to write to; made when missing')
    .option('--truth', 'of demo data write the scores of who knows the truth behind them too, to measure against')
    .option('--moments <number>', 'how many moments, the last is the test; 2 are enough to evaluate', toMoments, 13)
    .addHelpText('after', '\nExample:\n  snowgate export-training --out models/.data --truth')
    .action(({ out, truth = false, moments: momentCount }: ExportTrainingFlags) =>
      withDatabase(context, false, async ({ database, progress }) => {
        const statements = loadStatements(INSTALLATION.statements);
        const { rows, moments, hasTruth } = await exportTraining({
          database: database.client,
          statements,
          folder: out,
          progress,
          withTruth: truth,
          momentCount,
        });
        const note = truth && !hasTruth ? ' There is no truth to measure against: these are no demo data.' : '';
        context.stderr.write(`Wrote ${rows} rows of ${moments} moments to ${out}.${note}\n`);
      }),
    );
}

function toMoments(text: string): number {
  const moments = Number(text);
  if (!Number.isInteger(moments) || moments < 2 || moments > MOMENTS_MAX) {
    throw new InvalidArgumentError(`It must be a whole number from 2 to ${String(MOMENTS_MAX)}.`);
  }
  return moments;
}
