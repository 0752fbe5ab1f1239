import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { INSTALLATION } from '../installation.ts';
import { scoreCustomers } from '../jobs/score/score-customers.ts';
import { openRegistry } from '../registry/model-registry.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';
import { addScoreNeighboursCommand, addScoreRatingsCommand } from './score-collaborative.ts';
import { wholeNumber } from './whole-number.ts';

const LIST_LENGTH_MAX = 50;
const WORKERS_MAX = 64;

/** `score`: makes everybody's lists ahead of time. */
export function addScoreCommand(program: Command, context: CommandContext): void {
  const score = program.command('score');
  score
    .description('rank the stock of their region for all customers and write the lists to recommendation_lists')
    .option('--first <number>', 'products in a list, 1 to 50', wholeNumber(LIST_LENGTH_MAX), 10)
    .option('--workers <number>', 'threads (default: as many as processors)', wholeNumber(WORKERS_MAX))
    .addHelpText(
      'after',
      '\nThe lists replace those of the last run in one transaction. `neighbours` and `ratings` make the lists of strategy\n' +
        'COLLABORATIVE out of ratings instead; the last of the two to run serves.\n\n' +
        'Examples:\n  snowgate score --first 10\n  snowgate score neighbours',
    )
    .action(({ first, workers = availableParallelism() }: { first: number; workers?: number }) =>
      withDatabase(context, false, async ({ config, database, progress }) => {
        const registry = openRegistry(config);
        const startedAt = performance.now();
        const { customers, rows } = await scoreCustomers({
          database: database.client,
          databaseUrl: database.url,
          statements: loadStatements(INSTALLATION.statements),
          statementsFolder: INSTALLATION.statements,
          modelFolder: registry.folderOf(registry.wanted()),
          rules: {
            first,
            propensityWeight: config.RANKING_PROPENSITY_WEIGHT,
            repeatDays: config.RANKING_REPEAT_DAYS,
          },
          workers,
          progress,
        });
        const seconds = (performance.now() - startedAt) / 1000;
        context.stderr.write(
          `Wrote ${rows} rows about ${customers} customers in ${seconds.toFixed(1)} s: ` +
            `${(customers / seconds).toFixed(0)} customers per second.\n`,
        );
      }),
    );
  addScoreNeighboursCommand(score, context);
  addScoreRatingsCommand(score, context);
}
