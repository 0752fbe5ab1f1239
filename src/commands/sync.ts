import { InvalidArgumentError, Option, type Command } from 'commander';
import { openFiles, openSnowflake } from '../jobs/sync/open-reader.ts';
import { previewSync, syncTables, type SyncOptions, type TablePreview, type TableSync } from '../jobs/sync/sync.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabase, type DatabaseCommand } from './open-database.ts';
import { toMoment } from './seed.ts';
import { runHybridSync } from './sync-hybrid.ts';

interface SyncFlags {
  readonly to: 'postgres' | 'snowflake';
  readonly files?: string;
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  readonly asOf?: Date;
  readonly rejectsMax: number;
  readonly allowMixed?: boolean;
  readonly whole?: boolean;
  readonly dryRun?: boolean;
}

/** `sync`: copies the tables that serve from Snowflake, or from files, into Postgres. */
export function addSyncCommand(program: Command, context: CommandContext): void {
  program
    .command('sync')
    .description('copy tables from Snowflake into the store that serves; all of them change in one moment')
    .addOption(
      new Option('--to <store>', 'the store to fill; snowflake takes --schemas, --tables and --dry-run only')
        .choices(['postgres', 'snowflake'] as const)
        .default('postgres'),
    )
    .option('--files <folder>', 'read <table>.jsonl from a folder instead of Snowflake')
    .option(
      '--schemas <names>',
      'schemas to look in, the first that has a table counts (default: SNOWFLAKE_SCHEMA)',
      toNames,
    )
    .option('--tables <names>', 'copy these tables only (default: all but events)', toNames)
    .option('--as-of <date>', 'the moment that rows without as_of speak for (default: now)', toMoment)
    .option('--rejects-max <number>', 'rows of a table that may be left out because they do not fit', toCount, 0)
    .option('--allow-mixed', 'put a part of the tables beside tables of another source')
    .option('--whole', 'read every row, not only what has changed since the last sync')
    .option('--dry-run', 'say what would be copied and change nothing but missing migrations')
    .addHelpText(
      'after',
      '\nWhat was there before serves until the end. Run again after an interruption: what was read is kept.' +
        '\n\nExamples:\n  snowgate sync --dry-run\n  snowgate sync --schemas GOLD,RAW' +
        '\n  snowgate sync --schemas GOLD --to snowflake' +
        '\n  snowgate sync --files export --tables inventory,customer_features --allow-mixed',
    )
    .action((flags: SyncFlags) =>
      flags.to === 'snowflake'
        ? runHybridSync(flags, context)
        : withDatabase(context, false, (command) => runSync(flags, context, command)),
    );
}

async function runSync(flags: SyncFlags, context: CommandContext, command: DatabaseCommand): Promise<void> {
  const { config, database, progress, lifetime } = command;
  const open =
    flags.files === undefined ? openSnowflake(config, flags.schemas) : await openFiles(flags.files, database.client);
  lifetime.closeAtEnd(() => open.close());
  const options: SyncOptions = {
    database: database.client,
    reader: open.reader,
    tables: flags.tables,
    asOf: flags.asOf ?? new Date(),
    rejectsMax: flags.rejectsMax,
    mayMix: flags.allowMixed === true,
    readsWhole: flags.whole === true,
    progress,
  };
  if (flags.dryRun === true) {
    const previews = await previewSync(options);
    progress.finish();
    for (const preview of previews) context.stdout.write(`${describePreview(preview)}\n`);
    return;
  }
  const changes = await syncTables(options);
  for (const change of changes) context.stdout.write(`${describeSync(change)}\n`);
}

function describeSync({ table, inserted, updated, deleted, rowsRead, wholeBecause }: TableSync): string {
  const read = `${rowsRead} rows read${wholeBecause === undefined ? '' : `, all of them, because ${wholeBecause}`}`;
  return `${table}: ${inserted} new, ${updated} changed, ${deleted} gone; ${read}`;
}

function describePreview({ table, sourceTable, sourceRows, servedRows, filled, ignored }: TablePreview): string {
  const parts = [`${table}: ${sourceRows} rows of ${sourceTable} in place of ${servedRows}`];
  if (filled.length > 0) parts.push(`filled here: ${filled.join(', ')}`);
  if (ignored.length > 0) parts.push(`not copied: ${ignored.join(', ')}`);
  return parts.join('; ');
}

function toNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^\w+$/.test(name))) return names;
  throw new InvalidArgumentError('It must be names separated by commas.');
}

function toCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
