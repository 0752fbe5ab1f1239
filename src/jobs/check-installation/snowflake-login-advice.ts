import { createPublicKey } from 'node:crypto';
import { UpstreamTimeoutError } from '../../errors.ts';
import { SnowflakeError } from '../../clients/snowflake-errors.ts';
import { passphraseOf, readSnowflakeKey } from '../../clients/snowflake-token-key.ts';
import type { Config } from '../../config.ts';
import { broken, type Outcome } from './finding.ts';

/** What a login that failed means, and what to do. Nothing secret is part of it; a public key is. */
export function explainLogin(error: unknown, config: Config): Outcome {
  const cause = error instanceof Error && error.cause instanceof SnowflakeError ? error.cause : error;
  if (cause instanceof UpstreamTimeoutError) return notReached('Snowflake did not answer in time');
  if (!(cause instanceof SnowflakeError)) return notReached(cause instanceof Error ? cause.message : String(cause));
  if (cause.failure !== 'refused') return notReached(cause.message);
  const advice = ADVICE.find(({ matches }) => matches.test(`${cause.code} ${cause.message}`));
  return broken(cause.message.replace(/\.$/, ''), advice ? advice.fix(config) : loginFix(config));
}

function notReached(text: string): Outcome {
  return broken(
    text.replace(/\.$/, ''),
    'Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL, the network and status.snowflake.com; a slow way needs a higher SNOWFLAKE_LOGIN_TIMEOUT_MS.',
  );
}

const ADVICE: readonly { readonly matches: RegExp; readonly fix: (config: Config) => string }[] = [
  { matches: /\brole\b/i, fix: roleFix },
  {
    matches: /^390201|account .* (does not exist|not found)/i,
    fix: () =>
      "Set SNOWFLAKE_ACCOUNT to the account identifier: SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME();",
  },
  {
    matches: /not allowed to access|IP address|network policy/i,
    fix: () =>
      'Let the network policy of the user admit this machine: SHOW NETWORK POLICIES; ALTER NETWORK POLICY … ADD ALLOWED_NETWORK_RULE_LIST.',
  },
  { matches: /credentials for Snowflake (cannot be read|is empty)|file .* (cannot be read|is empty)/, fix: loginFix },
];

function roleFix({ SNOWFLAKE_ROLE: role = '…', SNOWFLAKE_USER: user = '…' }: Config): string {
  return `Run in Snowflake: GRANT ROLE ${role} TO USER ${user}; or mend SNOWFLAKE_ROLE.`;
}

/** By the way that logs in, in the order in which the settings are tried. */
function loginFix(config: Config): string {
  const { SNOWFLAKE_USER: user = '…' } = config;
  if (config.SNOWFLAKE_PRIVATE_KEY_FILE !== undefined) return keyFix(config, user);
  if (config.SNOWFLAKE_PAT_FILE !== undefined) {
    return (
      `Make a new token, ALTER USER ${user} ADD PROGRAMMATIC ACCESS TOKEN snowgate; and write it to ${config.SNOWFLAKE_PAT_FILE}. ` +
      'SHOW USER PROGRAMMATIC ACCESS TOKENS says which have expired; a network policy must admit this machine.'
    );
  }
  if (config.SNOWFLAKE_TOKEN_FILE !== undefined) {
    return (
      'A service token works only inside its service, at the host that Snowflake sets as SNOWFLAKE_HOST there. ' +
      'Set SNOWFLAKE_TOKEN_FILE=/snowflake/session/token there, or log in by a key elsewhere.'
    );
  }
  return `Set SNOWFLAKE_USER and SNOWFLAKE_PASSWORD to a user who may log in; DESC USER ${user} says whether they are locked.`;
}

function keyFix(config: Config, user: string): string {
  try {
    const path = config.SNOWFLAKE_PRIVATE_KEY_FILE ?? '';
    const { fingerprint, privateKey } = readSnowflakeKey({ path, passphrase: passphraseOf(config) });
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
    return (
      `Register the key, whose fingerprint is ${fingerprint}: ALTER USER ${user} SET RSA_PUBLIC_KEY='${publicKey}'; ` +
      `DESC USER ${user} shows it as RSA_PUBLIC_KEY_FP. A clock that is off spoils keys, too.`
    );
  } catch (error) {
    return error instanceof Error ? error.message : 'Mend SNOWFLAKE_PRIVATE_KEY_FILE.';
  }
}
