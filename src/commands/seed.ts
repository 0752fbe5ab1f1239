import { InvalidArgumentError, type Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { loadDemoData, startOfDay } from './load-demo-data.ts';
import { withDatabase } from './open-database.ts';

interface SeedFlags {
  readonly customers?: string;
  readonly seed?: string;
  readonly asOf?: Date;
}

/** `seed`: replaces the data by demo data. */
export function addSeedCommand(program: Command, context: CommandContext): void {
  program
    .command('seed')
    .description('replace the data in the database by demo data; the same flags give the same rows')
    .option('--customers <number>', 'how many customers (default: DEMO_CUSTOMERS)')
    .option('--seed <number>', 'seed of the generator (default: DEMO_SEED)')
    .option(
      '--as-of <date>',
      'the day or moment that the data speaks for (default: the start of this day, UTC)',
      toMoment,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  snowgate seed --customers 50000\n  snowgate seed --customers 300 --seed 7 --as-of 2026-11-01',
    )
    .action((flags: SeedFlags) => runSeed(flags, context));
}

async function runSeed(flags: SeedFlags, context: CommandContext): Promise<void> {
  // A flag is the setting of the same meaning, so that both have one range and one message.
  const DEMO_CUSTOMERS = flags.customers ?? context.environment['DEMO_CUSTOMERS'];
  const DEMO_SEED = flags.seed ?? context.environment['DEMO_SEED'];
  const environment = { ...context.environment, DEMO_CUSTOMERS, DEMO_SEED };
  const asOf = flags.asOf ?? startOfDay(new Date());
  await withDatabase({ ...context, environment }, false, async ({ config, database, progress }) => {
    await loadDemoData(database, { customers: config.DEMO_CUSTOMERS, seed: config.DEMO_SEED, asOf, progress });
    context.stderr.write(`The database holds ${config.DEMO_CUSTOMERS} customers as of ${asOf.toISOString()}.\n`);
  });
}

/** A day or moment of the command line. @throws InvalidArgumentError that commander shows. */
export function toMoment(text: string): Date {
  const moment = new Date(text);
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text);
  if (!isIso || Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError('It must look like 2026-11-01 or 2026-11-01T00:00:00Z.');
  }
  return moment;
}
