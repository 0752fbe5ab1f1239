import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { INSTALLATION } from '../installation.ts';
import { scoreCustomers } from '../jobs/score/score-customers.ts';
import { openRegistry } from '../registry/model-registry.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';

const LIST_LENGTH_MAX = 50;
const WORKERS_MAX = 64;

/** `score`: makes everybody's lists ahead of time. */
export function addScoreCommand(program: Command, context: CommandContext): void {
  program
    .command('score')
    .description('rank the stock of their region for all customers and write the lists to recommendation_lists')
    .option('--first <number>', 'products in a list, 1 to 50', wholeNumber(LIST_LENGTH_MAX), 10)
    .option('--workers <number>', 'threads (default: as many as processors)', wholeNumber(WORKERS_MAX))
    .addHelpText(
      'after',
      '\nThe lists replace those of the last run in one transaction.\n\nExample:\n  snowgate score --first 10',
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
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}
