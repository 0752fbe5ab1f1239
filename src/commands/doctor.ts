import type { Command } from 'commander';
import { readSettings } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { INSTALLATION } from '../installation.ts';
import { checkInstallation } from '../jobs/check-installation/check-installation.ts';
import type { Finding } from '../jobs/check-installation/finding.ts';
import { createLogger } from '../logger.ts';
import type { CommandContext } from './command-context.ts';
import { describeFindings } from './describe-findings.ts';

/** `doctor`: says what keeps the gateway from running, and what to run or set to mend it. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('check every service that is configured, and say what to run or set to mend what is broken')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nLooks at the settings, this machine, Postgres, Redis, Snowflake (account, login, warehouse, grants, tables, clock),' +
        '\nthe ranking model and its service, and tokens. Changes nothing; a sleeping warehouse may wake up.' +
        '\nEnds with 1 when something does not work; warnings do not count.' +
        '\n\nExamples:\n  snowgate doctor\n  REDIS_URL=redis://127.0.0.1:6379 snowgate doctor' +
        `\n  snowgate doctor --json | jq '.[] | select(.status == "broken") | .fix'`,
    )
    .action((flags: { json?: boolean }) => runDoctor(flags.json === true, context));
}

async function runDoctor(isJson: boolean, { environment, stdout }: CommandContext): Promise<void> {
  const { config, problems } = readSettings(environment);
  const findings = await checkInstallation({
    config,
    problems,
    machine: {
      nodeVersion: process.versions.node,
      explorerFolder: config.EXPLORER ? INSTALLATION.pages : undefined,
      host: config.HOST,
      port: config.PORT,
    },
    folders: INSTALLATION,
    logger: createLogger('silent'),
  });
  const isColoured = 'isTTY' in stdout && stdout.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  stdout.write(isJson ? `${JSON.stringify(findings, null, 2)}\n` : describeFindings(findings, isColoured));
  const names = brokenParts(findings);
  if (names.length > 0) throw new OperatorError(`Broken: ${names.join(', ')}.`);
}

function brokenParts(findings: readonly Finding[]): readonly string[] {
  const broken = findings.filter(({ status }) => status === 'broken');
  return [...new Set(broken.map(({ group, check }) => (group === check ? group : `${group} ${check}`)))];
}
