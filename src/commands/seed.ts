import { InvalidArgumentError, Option, type Command } from 'commander';
import { INSTALLATION } from '../installation.ts';
import { assertMayFill, copyToSnowflake } from '../jobs/copy-to-snowflake/copy-to-snowflake.ts';
import { openSnowflakeTables } from '../jobs/copy-to-snowflake/open-tables.ts';
import { openRegistry } from '../registry/model-registry.ts';
import type { CommandContext } from './command-context.ts';
import { hasDemoData, loadDemoData, startOfDay } from './load-demo-data.ts';
import { withDatabase, type DatabaseCommand } from './open-database.ts';

interface SeedFlags {
  readonly customers?: string;
  readonly seed?: string;
  readonly asOf?: Date;
  readonly to: 'postgres' | 'snowflake';
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
    .addOption(
      new Option('--to <store>', 'snowflake: copy the demo data of the database there as well')
        .choices(['postgres', 'snowflake'])
        .default('postgres'),
    )
    .addHelpText(
      'after',
      '\nWith --to snowflake and no other flag, demo data that are there are copied as they are. The tables in Snowflake' +
        '\nmust have been made (sql/snowflake/setup) and hold nothing or demo data; until the end they hold a part.' +
        '\n\nExamples:\n  snowgate seed --customers 50000\n  snowgate seed --customers 300 --seed 7 --as-of 2026-11-01' +
        '\n  snowgate seed --to snowflake',
    )
    .action((flags: SeedFlags) => runSeed(flags, context));
}

async function runSeed(flags: SeedFlags, context: CommandContext): Promise<void> {
  // A flag is the setting of the same meaning, so that both have one range and one message.
  const DEMO_CUSTOMERS = flags.customers ?? context.environment['DEMO_CUSTOMERS'];
  const DEMO_SEED = flags.seed ?? context.environment['DEMO_SEED'];
  const environment = { ...context.environment, DEMO_CUSTOMERS, DEMO_SEED };
  await withDatabase({ ...context, environment }, false, async (command) => {
    if (flags.to === 'postgres') await seed(command, flags, context);
    else await seedSnowflake(command, flags, context);
  });
}

async function seed({ config, database, progress }: DatabaseCommand, flags: SeedFlags, { stderr }: CommandContext) {
  const asOf = flags.asOf ?? startOfDay(new Date());
  const registry = openRegistry(config);
  await loadDemoData(database, { customers: config.DEMO_CUSTOMERS, seed: config.DEMO_SEED, asOf, progress, registry });
  stderr.write(`The database holds ${config.DEMO_CUSTOMERS} customers as of ${asOf.toISOString()}.\n`);
}

async function seedSnowflake(command: DatabaseCommand, flags: SeedFlags, context: CommandContext): Promise<void> {
  const { config, database, lifetime, progress } = command;
  const purpose = 'snowgate seed --to snowflake';
  const { tables, close } = openSnowflakeTables(config, { purpose, setupFolder: INSTALLATION.snowflakeSetup });
  lifetime.closeAtEnd(close);
  progress.step(`Looking at the tables of ${tables.place}`);
  const options = { database: database.client, tables, progress };
  // Told now, not after a minute of making data that nobody takes.
  await assertMayFill(options);
  const isAsked = [flags.customers, flags.seed, flags.asOf].some((flag) => flag !== undefined);
  if (isAsked || !(await hasDemoData(database))) await seed(command, flags, context);
  const copied = await copyToSnowflake(options);
  for (const { table, rows } of copied) context.stdout.write(`${table}: ${rows} rows\n`);
  context.stderr.write(`${tables.place} holds the same demo data as the database.\n`);
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
