import { unescape } from 'node:querystring';
import type { Command } from 'commander';
import { SECRET_SETTINGS } from '../config.ts';
import { INSTALLATION } from '../installation.ts';
import { parseDeploymentNames, type DeploymentFlags } from '../jobs/render-deployment/deployment-names.ts';
import { renderDeployment } from '../jobs/render-deployment/render-deployment.ts';
import { describeSteps } from '../jobs/render-deployment/steps.ts';
import type { CommandContext } from './command-context.ts';

const EXAMPLE =
  '\nExample:\n  snowgate deploy render --account myorg-myaccount --image-tag 0.1.0 \\' +
  '\n    --postgres-clients 203.0.113.0/24 --postgres-host abc.myorg.us-west-2.aws.postgres.snowflake.app --out rendered';

/** `deploy render`: fills an account's names into the setup and the service specifications. */
export function addDeployCommand(program: Command, context: CommandContext): void {
  const deploy = program
    .command('deploy')
    .description('prepare a deployment in Snowpark Container Services')
    .addHelpText('after', EXAMPLE);
  deploy
    .command('render')
    .description('fill names into sql/snowflake/setup and deploy/spcs, and print what is to be done by hand')
    .requiredOption('--out <folder>', 'new folder to write to')
    .requiredOption('--account <identifier>', 'account, such as myorg-myaccount')
    .requiredOption('--image-tag <tag>', 'tag of the image snowgate')
    .option('--image-repository <url>', 'repository, as SHOW IMAGE REPOSITORIES lists it (default: by the account)')
    .option('--postgres-clients <ranges>', 'addresses that may reach Snowflake Postgres, commas between them')
    .option('--postgres-host <host>', 'host of Postgres; without it, what comes after Postgres is left out')
    .option('--name <name>', 'what the names of all objects in the account begin with', 'snowgate')
    .addHelpText('after', `\nNo flag takes a secret, and no file holds one.\n${EXAMPLE}`)
    .action((flags: DeploymentFlags & { readonly out: string }) => runRender(flags, context));
}

async function runRender(
  { out, ...flags }: DeploymentFlags & { readonly out: string },
  { environment, stdout, stderr }: CommandContext,
): Promise<void> {
  const names = parseDeploymentNames(flags, secretsOf(environment));
  const { snowflakeSetup: setupFolder, serviceSpecs: specsFolder } = INSTALLATION;
  const rendered = await renderDeployment({ setupFolder, specsFolder, names, out });
  stdout.write(describeSteps(rendered, names, out));
  stderr.write(`Wrote ${rendered.setup.length + rendered.specs.length} files to ${out}.\n`);
}

/** The values of secret settings, and the passwords within URLs, as they are written and as they are meant. */
function secretsOf(environment: CommandContext['environment']): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => {
    if (SECRET_SETTINGS.has(name)) return [value];
    const password = name.endsWith('_URL') && URL.canParse(value) ? new URL(value).password : '';
    return [password, unescape(password)];
  });
}
