import { probeHttp } from '../../clients/http-probe.ts';
import { parseSnowflakeAccount } from '../../clients/snowflake-token-account.ts';
import { passphraseOf, readSnowflakeKey } from '../../clients/snowflake-token-key.ts';
import type { Config } from '../../config.ts';
import { ok, skipped, warning, type Check, type Outcome } from './finding.ts';

const DEADLINE_MS = 8000;
const NOT_FOUND = 404;

/** What `snowgate token` needs: a key that opens, and an account that exchanges tokens. */
export function tokenChecks(config: Config): readonly Check[] {
  return [
    {
      group: 'tokens',
      name: 'key',
      deadlineMs: DEADLINE_MS,
      fix: 'Mend SNOWFLAKE_PRIVATE_KEY_FILE.',
      look: () => checkKey(config),
    },
    {
      group: 'tokens',
      name: 'exchange',
      deadlineMs: DEADLINE_MS + 1000,
      fix: 'Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL, the network, a proxy or a firewall.',
      look: () => checkExchange(config),
    },
  ];
}

function checkKey(config: Config): Outcome {
  const path = config.SNOWFLAKE_PRIVATE_KEY_FILE;
  if (path === undefined) return skipped('not set (SNOWFLAKE_PRIVATE_KEY_FILE)');
  const { fingerprint } = readSnowflakeKey({ path, passphrase: passphraseOf(config) });
  return ok(`the key opens; its fingerprint is ${fingerprint}`);
}

async function checkExchange(config: Config): Promise<Outcome> {
  const { SNOWFLAKE_ACCOUNT: account, SNOWFLAKE_ACCOUNT_URL: accountUrl } = config;
  const hasGrant = [config.SNOWFLAKE_PRIVATE_KEY_FILE, config.SNOWFLAKE_PAT, config.SNOWFLAKE_PAT_FILE].some(Boolean);
  if (!hasGrant || account === undefined) return skipped('not used: no account with a key or an access token is set');
  const { url } = parseSnowflakeAccount(account, accountUrl);
  const { status } = await probeHttp(`${url}/oauth/token`, DEADLINE_MS, 'POST');
  const { host } = new URL(url);
  if (status !== NOT_FOUND) return ok(`${host} exchanges tokens`);
  return warning(
    `${host} has no token service (404): snowgate token can only print what needs no exchange`,
    'Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL; a local Snowflake needs no tokens.',
  );
}
