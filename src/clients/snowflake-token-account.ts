import { OperatorError } from '../errors.ts';

/** The host names of one Snowflake account, and its name inside a JWT. */
export interface SnowflakeAccount {
  /** Where tokens are exchanged: origin without a path or a trailing slash. */
  readonly url: string;
  /** The account as `iss` and `sub` of a JWT name it. */
  readonly jwtName: string;
}

const ACCOUNT_DOMAIN = '.snowflakecomputing.com';
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Reads an account identifier such as `myorg-myaccount` or `xy12345.eu-west-1`.
 * @param url Overrides the address that follows from the identifier, for private links and local stand-ins.
 * @throws OperatorError when one of the two cannot be used; secrets travel over https only, loopback excepted.
 */
export function parseSnowflakeAccount(account: string, url?: string): SnowflakeAccount {
  if (!/^[\w.-]+$/.test(account) || account.toLowerCase().endsWith(ACCOUNT_DOMAIN)) {
    throw new OperatorError(
      `SNOWFLAKE_ACCOUNT must be the account identifier alone, such as myorg-myaccount, without https:// and ${ACCOUNT_DOMAIN}.`,
    );
  }
  // Certificates know no underscore, so Snowflake answers to dashes in host names.
  const host = `${account.toLowerCase().replaceAll('_', '-')}${ACCOUNT_DOMAIN}`;
  return { url: url === undefined ? `https://${host}` : originOf(url), jwtName: jwtNameOf(account) };
}

/** Regions and the suffix of a replicated account are no part of the name that a JWT carries. */
function jwtNameOf(account: string): string {
  const isReplicated = account.toLowerCase().includes('.global') && account.includes('-');
  const end = account.indexOf(isReplicated ? '-' : '.');
  return (end > 0 ? account.slice(0, end) : account).toUpperCase();
}

function originOf(text: string): string {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
  if (url && isSafe && url.username === '' && url.password === '') return url.origin;
  throw new OperatorError(
    'SNOWFLAKE_ACCOUNT_URL must be an https address without user and password, such as https://myorg-myaccount.snowflakecomputing.com.',
  );
}

/**
 * The host of a service endpoint, from the host itself or from an address on it.
 * @throws OperatorError when the text is neither.
 */
export function parseEndpointHost(text: string): string {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (url && /^[a-z0-9.-]+$/.test(url.hostname) && !/\s/.test(text)) return url.hostname;
  throw new OperatorError(
    'The endpoint must be a host such as abc-myorg-myaccount.snowflakecomputing.app; SHOW ENDPOINTS IN SERVICE <name> lists it as ingress_url.',
  );
}
