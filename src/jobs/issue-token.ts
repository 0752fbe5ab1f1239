import { parseEndpointHost, parseSnowflakeAccount, type SnowflakeAccount } from '../clients/snowflake-token-account.ts';
import type { ScopeOrder } from '../clients/snowflake-token-exchange.ts';
import { passphraseOf, readSecretFile, readSnowflakeKey } from '../clients/snowflake-token-key.ts';
import { describeClockSkew } from '../clients/snowflake-token-response.ts';
import {
  createKeyPairJwt,
  fetchSnowflakeToken,
  snowflakeTokenHeader,
  type TokenCredentials,
} from '../clients/snowflake-token.ts';
import { OperatorError } from '../errors.ts';

/** The settings of a Snowflake user, by the names that the environment has for them. */
export interface SnowflakeUserSettings {
  readonly SNOWFLAKE_ACCOUNT?: string | undefined;
  readonly SNOWFLAKE_ACCOUNT_URL?: string | undefined;
  readonly SNOWFLAKE_USER?: string | undefined;
  readonly SNOWFLAKE_ROLE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_FILE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE?: string | undefined;
  readonly SNOWFLAKE_PAT?: string | undefined;
  readonly SNOWFLAKE_PAT_FILE?: string | undefined;
}

/** What to make: the JWT of a key pair, the token of an endpoint, or the header that carries that token. */
export type TokenForm = 'jwt' | 'token' | 'header';

/** How the user proves who they are. */
export type TokenMethod = TokenCredentials['kind'];

export interface IssueTokenOptions {
  readonly settings: SnowflakeUserSettings;
  readonly form: TokenForm;
  /** Undefined takes the key pair when there is one, and the access token as it is otherwise. */
  readonly method?: TokenMethod | undefined;
  /** Host or address of the endpoint. */
  readonly endpoint?: string | undefined;
  readonly lifetimeMinutes: number;
  readonly scopeOrders: readonly ScopeOrder[];
}

/** What was asked for, and what the person who asked should know. */
export interface IssuedToken {
  readonly text: string;
  readonly warning: string | null;
}

const DEADLINE_MS = 10_000;

/**
 * Makes a token of Snowflake from the settings of a user.
 * @throws OperatorError that names the setting to mend; never with a secret in it.
 */
export async function issueToken(options: IssueTokenOptions): Promise<IssuedToken> {
  const { settings, form, endpoint, scopeOrders } = options;
  const credentials = credentialsOf(options);
  if (form === 'jwt') {
    if (credentials.kind !== 'key-pair') throw new OperatorError('Only a key pair makes a JWT: add --with key-pair.');
    return { text: createKeyPairJwt(accountOf(settings), credentials), warning: null };
  }
  const { token, clockSkewMs } =
    credentials.kind === 'pat'
      ? { token: credentials.pat, clockSkewMs: null }
      : await fetchSnowflakeToken({
          account: accountOf(settings),
          credentials,
          endpointHost: parseEndpointHost(needed(endpoint, 'Name the host of the service with --endpoint')),
          role: settings.SNOWFLAKE_ROLE,
          scopeOrders,
          deadlineMs: DEADLINE_MS,
        });
  return { text: form === 'header' ? snowflakeTokenHeader(token) : token, warning: describeClockSkew(clockSkewMs) };
}

function credentialsOf({ settings, method, lifetimeMinutes }: IssueTokenOptions): TokenCredentials {
  const chosen = method ?? (settings.SNOWFLAKE_PRIVATE_KEY_FILE === undefined ? 'pat' : 'key-pair');
  if (chosen !== 'key-pair') return { kind: chosen, pat: patOf(settings, method === undefined) };
  const path = needed(settings.SNOWFLAKE_PRIVATE_KEY_FILE, 'Set SNOWFLAKE_PRIVATE_KEY_FILE to the user’s private key');
  return {
    kind: 'key-pair',
    user: needed(settings.SNOWFLAKE_USER, 'Set SNOWFLAKE_USER to the user whose key it is'),
    key: readSnowflakeKey({ path, passphrase: passphraseOf(settings) }),
    lifetimeSeconds: lifetimeMinutes * 60,
  };
}

function patOf({ SNOWFLAKE_PAT, SNOWFLAKE_PAT_FILE }: SnowflakeUserSettings, isFallback: boolean): string {
  if (SNOWFLAKE_PAT !== undefined) return SNOWFLAKE_PAT;
  const wanted = isFallback
    ? 'Set SNOWFLAKE_PRIVATE_KEY_FILE, SNOWFLAKE_PAT or SNOWFLAKE_PAT_FILE'
    : 'Set SNOWFLAKE_PAT or SNOWFLAKE_PAT_FILE to the programmatic access token';
  return readSecretFile(needed(SNOWFLAKE_PAT_FILE, wanted), 'SNOWFLAKE_PAT_FILE');
}

function accountOf({ SNOWFLAKE_ACCOUNT, SNOWFLAKE_ACCOUNT_URL }: SnowflakeUserSettings): SnowflakeAccount {
  const account = needed(SNOWFLAKE_ACCOUNT, 'Set SNOWFLAKE_ACCOUNT to the account identifier, such as myorg-myaccount');
  return parseSnowflakeAccount(account, SNOWFLAKE_ACCOUNT_URL);
}

function needed(value: string | undefined, whatToDo: string): string {
  if (value === undefined || value === '') throw new OperatorError(`${whatToDo}.`);
  return value;
}
