import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { INSTALLATION } from '../installation.ts';
import { makeCollaborativeLists, type ListMethod } from '../jobs/collaborative-lists/make-lists.ts';
import { openRegistry } from '../registry/model-registry.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';
import { wholeNumber } from './whole-number.ts';

const LIST_LENGTH_MAX = 50;
const NEIGHBOURS_MAX = 1000;

/** `score neighbours`: the lists of the published method of nearest neighbours. */
export function addScoreNeighboursCommand(score: Command, context: CommandContext): void {
  score
    .command('neighbours')
    .description('list for all customers with ratings what those rated who rate alike, for strategy COLLABORATIVE')
    .option('--first <number>', 'products in a list, 1 to 50', wholeNumber(LIST_LENGTH_MAX), 10)
    .option('--neighbours <number>', 'whose ratings count, oneself among them', wholeNumber(NEIGHBOURS_MAX), 10)
    .addHelpText(
      'after',
      '\nNeighbours have the greatest cosine between ratings; a product is worth the sum of their ratings.\n' +
        'The lists replace those of `score neighbours` or `score ratings` before.\n\nExample:\n  snowgate score neighbours',
    )
    .action(({ first, neighbours }: { first: number; neighbours: number }) =>
      makeLists(context, first, () => ({ kind: 'neighbours', neighbours })),
    );
}

/** `score ratings`: the best products by the model of ratings. */
export function addScoreRatingsCommand(score: Command, context: CommandContext): void {
  score
    .command('ratings')
    .description(
      'list for all customers whom RATINGS_MODEL knows what they would rate best, for strategy COLLABORATIVE',
    )
    .option('--first <number>', 'products in a list, 1 to 50', wholeNumber(LIST_LENGTH_MAX), 10)
    .addHelpText(
      'after',
      '\nThe lists replace those of `score neighbours` or `score ratings` before.\n\n' +
        'Example:\n  RATINGS_MODEL=ratings@1 snowgate score ratings',
    )
    .action(({ first }: { first: number }) => makeLists(context, first, ratingsMethod));
}

function ratingsMethod(config: Config): ListMethod {
  if (config.RATINGS_MODEL === undefined) {
    throw new OperatorError(
      'Set RATINGS_MODEL to the model to rate with, for example ratings@1 from `npm run models:ratings`.',
    );
  }
  const registry = openRegistry(config);
  return { kind: 'ratings', model: registry.loadFactorization(registry.idOf(config.RATINGS_MODEL)) };
}

function makeLists(context: CommandContext, first: number, methodFrom: (config: Config) => ListMethod): Promise<void> {
  return withDatabase(context, false, async ({ config, database, progress }) => {
    const startedAt = performance.now();
    const { customers, rows } = await makeCollaborativeLists({
      database: database.client,
      statements: loadStatements(INSTALLATION.statements),
      method: methodFrom(config),
      first,
      progress,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    context.stderr.write(`Wrote ${rows} rows about ${customers} customers in ${seconds.toFixed(1)} s.\n`);
  });
}
