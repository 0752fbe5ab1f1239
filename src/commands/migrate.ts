import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { withDatabase } from './open-database.ts';

/** `migrate`: brings the database to the newest migration and ends. */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('bring the database to the newest migration; serve and seed do so by themselves')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://me:secret@db:5432/shop snowgate migrate')
    .action(() =>
      withDatabase(context, false, ({ progress }) => {
        progress.finish();
        context.stderr.write('The database has every migration.\n');
        return Promise.resolve();
      }),
    );
}
