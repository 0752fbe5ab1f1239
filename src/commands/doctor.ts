import type { Command } from 'commander';
import { parseConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { checkInstallation, type Check } from '../jobs/check-installation.ts';
import { createLogger } from '../logger.ts';
import { INSTALLATION } from '../installation.ts';
import type { CommandContext } from './command-context.ts';

/** `doctor`: says what keeps the gateway from running. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('check settings, Node, database, Redis, model, explorer and port, and say what to mend')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExamples:\n  snowgate doctor\n  REDIS_URL=redis://127.0.0.1:6379 snowgate doctor --json')
    .action((flags: { json?: boolean }) => runDoctor(flags.json === true, context));
}

async function runDoctor(isJson: boolean, { environment, stdout }: CommandContext): Promise<void> {
  const checks = await checksFor(environment);
  if (isJson) stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  else
    for (const check of checks)
      stdout.write(`${check.isFine ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(8)}  ${check.finding}\n`);
  const broken = checks.filter(({ isFine }) => !isFine).map(({ name }) => name);
  if (broken.length > 0) throw new OperatorError(`Broken: ${broken.join(', ')}.`);
}

async function checksFor(environment: CommandContext['environment']): Promise<readonly Check[]> {
  let config;
  try {
    config = parseConfig(environment);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return [{ name: 'settings', isFine: false, finding: error.message }];
  }
  const found = await checkInstallation({
    nodeVersion: process.versions.node,
    databaseUrl: config.DATABASE_URL,
    dataFolder: config.DATA_FOLDER,
    migrationsFolder: INSTALLATION.migrations,
    redisUrl: config.REDIS_URL,
    modelFolder: config.MODEL_FOLDER ?? INSTALLATION.model,
    explorerFolder: config.EXPLORER ? INSTALLATION.pages : undefined,
    host: config.HOST,
    port: config.PORT,
    logger: createLogger('silent'),
  });
  return [{ name: 'settings', isFine: true, finding: 'every setting is in its range' }, ...found];
}
