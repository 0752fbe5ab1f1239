import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseConfig } from '../config.ts';
import { issueToken, type TokenForm, type TokenMethod } from '../jobs/issue-token.ts';
import type { CommandContext } from './command-context.ts';

interface TokenFlags {
  readonly endpoint?: string;
  readonly print: TokenForm;
  readonly with?: TokenMethod;
  readonly account?: string;
  readonly user?: string;
  readonly role?: string;
  readonly privateKeyFile?: string;
  readonly lifetime: number;
  readonly scopeOrder: keyof typeof SCOPE_ORDERS;
}

const SCOPE_ORDERS = {
  either: ['role-first', 'endpoint-first'],
  'role-first': ['role-first'],
  'endpoint-first': ['endpoint-first'],
} as const;
const LIFETIME_MINUTES_MAX = 60;

/** `token`: prints a token of Snowflake, and nothing else. */
export function addTokenCommand(program: Command, context: CommandContext): void {
  program
    .command('token')
    .description('print a token for a service in Snowflake, from a key pair or a programmatic access token')
    .option('--endpoint <host>', 'host of the service, as SHOW ENDPOINTS lists it')
    .addOption(
      new Option('--print <what>', 'what to print').choices(['jwt', 'token', 'header'] as const).default('token'),
    )
    .addOption(
      new Option(
        '--with <method>',
        'how to prove who you are (default: key-pair when there is a key, else pat)',
      ).choices(['key-pair', 'pat-exchange', 'pat'] as const),
    )
    .option('--account <identifier>', 'account (default: SNOWFLAKE_ACCOUNT)')
    .option('--user <name>', 'user (default: SNOWFLAKE_USER)')
    .option('--role <name>', 'role of the session (default: SNOWFLAKE_ROLE, else the user’s own)')
    .option('--private-key-file <path>', 'private key (default: SNOWFLAKE_PRIVATE_KEY_FILE)')
    .option('--lifetime <minutes>', 'how long the JWT of a key pair is valid', toMinutes, 59)
    .addOption(
      new Option('--scope-order <order>', 'order of role and endpoint in the scope')
        .choices(Object.keys(SCOPE_ORDERS))
        .default('either'),
    )
    .addHelpText(
      'after',
      '\nSecrets come from settings and files only, never from flags: SNOWFLAKE_PRIVATE_KEY_PASSPHRASE or _FILE,' +
        '\nSNOWFLAKE_PAT or SNOWFLAKE_PAT_FILE.' +
        '\n\nExamples:\n  snowgate token --endpoint abc-myorg-myaccount.snowflakecomputing.app --print header' +
        '\n  snowgate token --print jwt --account myorg-myaccount --user me --private-key-file me.p8',
    )
    .action((flags: TokenFlags) => runToken(flags, context));
}

async function runToken(flags: TokenFlags, { environment, stdout, stderr }: CommandContext): Promise<void> {
  // A flag is the setting of the same meaning, so that both have one range and one message.
  const settings = parseConfig({
    ...environment,
    SNOWFLAKE_ACCOUNT: flags.account ?? environment['SNOWFLAKE_ACCOUNT'],
    SNOWFLAKE_USER: flags.user ?? environment['SNOWFLAKE_USER'],
    SNOWFLAKE_ROLE: flags.role ?? environment['SNOWFLAKE_ROLE'],
    SNOWFLAKE_PRIVATE_KEY_FILE: flags.privateKeyFile ?? environment['SNOWFLAKE_PRIVATE_KEY_FILE'],
  });
  const { text, warning } = await issueToken({
    settings,
    form: flags.print,
    method: flags.with,
    endpoint: flags.endpoint,
    lifetimeMinutes: flags.lifetime,
    scopeOrders: SCOPE_ORDERS[flags.scopeOrder],
  });
  stdout.write(`${text}\n`);
  if (warning !== null) stderr.write(`${warning}\n`);
}

function toMinutes(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= LIFETIME_MINUTES_MAX) return minutes;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${LIFETIME_MINUTES_MAX}.`);
}
