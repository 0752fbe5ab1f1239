import { Command, CommanderError } from 'commander';
import { OperatorError } from '../errors.ts';
import type { CommandContext } from './command-context.ts';
import { addConfigCommand } from './config.ts';
import { addDeployCommand } from './deploy.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExportTrainingCommand } from './export-training.ts';
import { addExportRatingsCommand } from './export-ratings.ts';
import { addImportCommand } from './import.ts';
import { addMigrateCommand } from './migrate.ts';
import { addModelsCommand } from './models.ts';
import { addRankerCommand } from './ranker.ts';
import { addScoreCommand } from './score.ts';
import { addSeedCommand } from './seed.ts';
import { addServeCommand } from './serve.ts';
import { addSyncCommand } from './sync.ts';
import { addTokenCommand } from './token.ts';

/**
 * Runs the command that `words` name and resolves with the exit code of the process: 0 when it did its work, 1 when it
 * did not. What went wrong is one sentence on stderr, with the stack only where --verbose was given.
 */
export async function runProgram(words: readonly string[], context: CommandContext): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has already said what it had to say: help, the version or a wrong flag.
    if (error instanceof CommanderError) return error.exitCode;
    context.stderr.write(`${explain(error, program.opts<{ verbose?: boolean }>().verbose === true)}\n`);
    return 1;
  }
}

/** Every command with its flags. @internal for the test that runs each of them. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('snowgate')
    .description('A GraphQL data-API gateway for personalization on Snowflake. Settings are environment variables.')
    .option('--verbose', 'show the stack of errors')
    .showHelpAfterError('(add --help for what is possible)')
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .exitOverride()
    .addHelpText('after', '\nExamples:\n  snowgate serve\n  snowgate doctor\n  snowgate seed --help');
  addServeCommand(program, context);
  addRankerCommand(program, context);
  addSyncCommand(program, context);
  addTokenCommand(program, context);
  addMigrateCommand(program, context);
  addSeedCommand(program, context);
  addImportCommand(program, context);
  addExportTrainingCommand(program, context);
  addExportRatingsCommand(program, context);
  addScoreCommand(program, context);
  addModelsCommand(program, context);
  addDoctorCommand(program, context);
  addDeployCommand(program, context);
  addConfigCommand(program, context);
  return program;
}

function explain(error: unknown, isVerbose: boolean): string {
  if (isVerbose) return error instanceof Error ? stackOf(error) : String(error);
  if (error instanceof OperatorError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Something unexpected failed: ${message}. Run again with --verbose to see where.`;
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}
