import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { INSTALLATION } from '../installation.ts';
import { scoreCustomers, type ScoreSummary } from '../jobs/score/score-customers.ts';
import { replacePropensities } from '../jobs/score/score-propensities.ts';
import { OperatorError } from '../errors.ts';
import { openRegistry, type ModelRegistry } from '../registry/model-registry.ts';
import { loadStatements } from '../statements.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';
import { addScoreNeighboursCommand, addScoreRatingsCommand } from './score-collaborative.ts';
import { wholeNumber } from './whole-number.ts';

const LIST_LENGTH_MAX = 50;
const WORKERS_MAX = 64;

/** `score`: scores everybody ahead of time, lists when nothing else is said. */
export function addScoreCommand(program: Command, context: CommandContext): void {
  const score = program
    .command('score')
    .description(
      'score all customers ahead of time: their lists (default), their propensities, or lists out of ratings',
    )
    .addHelpText('after', '\nExamples:\n  snowgate score --first 10\n  snowgate score propensity');
  score
    .command('recommendations', { isDefault: true })
    .description('rank the stock of their region for all customers and write the lists to recommendation_lists')
    .option('--first <number>', 'products in a list, 1 to 50', wholeNumber(LIST_LENGTH_MAX), 10)
    .option('--workers <number>', 'threads (default: as many as processors)', wholeNumber(WORKERS_MAX))
    .addHelpText(
      'after',
      '\nThe lists replace those of the last run in one transaction. `neighbours` and `ratings` make the lists of strategy\n' +
        'COLLABORATIVE out of ratings instead; the last of the two to run serves.\n\n' +
        'Examples:\n  snowgate score --first 10\n  snowgate score neighbours',
    )
    .action((flags: ListFlags) => scoreLists(flags, context));
  score
    .command('propensity')
    .description('score every category for all customers by the propensity model, into customer_propensities')
    .option('--model <model>', 'name@version (default: the newest version of propensity)')
    .addHelpText(
      'after',
      '\nThe scores replace those that are there in one transaction. Seeding ends with this; run it after `import` and' +
        '\n`sync`, which bring other propensities.\n\nExample:\n  snowgate score propensity --model propensity@4',
    )
    .action((flags: PropensityFlags) => scorePropensity(flags, context));
  addScoreNeighboursCommand(score, context);
  addScoreRatingsCommand(score, context);
}

interface ListFlags {
  readonly first: number;
  readonly workers?: number;
}

interface PropensityFlags {
  readonly model?: string;
}

function scoreLists({ first, workers = availableParallelism() }: ListFlags, context: CommandContext): Promise<void> {
  return withDatabase(context, false, async ({ config, database, progress }) => {
    const registry = openRegistry(config);
    await report(context, () =>
      scoreCustomers({
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
      }),
    );
  });
}

function scorePropensity({ model: wanted }: PropensityFlags, context: CommandContext): Promise<void> {
  return withDatabase(context, false, async ({ config, database, progress }) => {
    const model = propensityModelOf(openRegistry(config), wanted);
    const statements = loadStatements(INSTALLATION.statements);
    try {
      await report(context, () => replacePropensities(database.client, { statements, model, progress }));
    } finally {
      progress.finish();
    }
  });
}

function propensityModelOf(registry: ModelRegistry, wanted?: string) {
  if (wanted !== undefined) return registry.loadCategoryModel(registry.idOf(wanted));
  const model = registry.newestPropensityModel();
  if (model) return model;
  throw new OperatorError('MODEL_FOLDER holds no propensity model. Train one, or name another one with --model.');
}

async function report({ stderr }: CommandContext, score: () => Promise<ScoreSummary>): Promise<void> {
  const startedAt = performance.now();
  const { customers, rows } = await score();
  const seconds = (performance.now() - startedAt) / 1000;
  stderr.write(
    `Wrote ${rows} rows about ${customers} customers in ${seconds.toFixed(1)} s: ` +
      `${(customers / seconds).toFixed(0)} customers per second.\n`,
  );
}
