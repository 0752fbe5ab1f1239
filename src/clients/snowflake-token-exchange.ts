import { OperatorError } from '../errors.ts';
import { describeClockSkew, readTokenResponse, type TokenResponse } from './snowflake-token-response.ts';

/** The order of role and endpoint inside a scope; Snowflake's own documents show both. */
export type ScopeOrder = 'role-first' | 'endpoint-first';

/** What is exchanged for a scoped token. */
export type TokenGrant =
  | { readonly kind: 'jwt'; readonly jwt: string; readonly fingerprint: string; readonly user: string }
  | { readonly kind: 'pat'; readonly pat: string };

/** What a token is asked for. */
export interface TokenRequest {
  /** Origin of the account. */
  readonly url: string;
  readonly grant: TokenGrant;
  readonly endpointHost: string;
  /** Role of the session; undefined leaves it to the user's default. */
  readonly role?: string | undefined;
  /** The orders to try, one after the other; the second only when Snowflake refuses the first. */
  readonly scopeOrders: readonly ScopeOrder[];
  /** For the whole exchange. */
  readonly deadlineMs: number;
}

/** A token for one endpoint. */
export interface ScopedToken {
  readonly token: string;
  /** The order that Snowflake took. */
  readonly scopeOrder: ScopeOrder;
  /** How far this machine's clock is ahead of Snowflake's; null when the answer did not tell. */
  readonly clockSkewMs: number | null;
}

/** The exchange ran out of time. */
export class TokenDeadlineError extends OperatorError {}

/**
 * Exchanges a JWT or a programmatic access token for a token of one endpoint, at `/oauth/token` of the account.
 * @throws OperatorError that says what is wrong and what to do; what Snowflake answered is part of it, cut short and
 * without any secret. TokenDeadlineError when it took too long.
 */
export async function exchangeToken(request: TokenRequest): Promise<ScopedToken> {
  const signal = AbortSignal.timeout(request.deadlineMs);
  const { role, scopeOrders } = request;
  const orders = role === undefined ? scopeOrders.slice(0, 1) : scopeOrders;
  let refused: TokenResponse | undefined;
  for (const scopeOrder of orders) {
    const response = await postForm(request, formOf(request, scopeOrder), signal);
    const { token, clockSkewMs } = response;
    if (token !== undefined) return { token, scopeOrder, clockSkewMs };
    refused ??= response;
    if (!mayBeScope(response.status)) break;
  }
  throw new OperatorError(explainRefusal(request, refused));
}

/** Which status a scope in the wrong order earns is not documented. */
function mayBeScope(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 429;
}

function formOf({ grant, endpointHost, role }: TokenRequest, order: ScopeOrder): URLSearchParams {
  const scopeOf = (roleScope: string | undefined): string => {
    if (roleScope === undefined) return endpointHost;
    return order === 'role-first' ? `${roleScope} ${endpointHost}` : `${endpointHost} ${roleScope}`;
  };
  if (grant.kind === 'jwt') {
    return new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      scope: scopeOf(role && `session:role:${role}`),
      assertion: grant.jwt,
    });
  }
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    scope: scopeOf(role && `session:scope:${role.toUpperCase()}`),
    subject_token: grant.pat,
    subject_token_type: 'programmatic_access_token',
  });
}

async function postForm(
  { url, grant, deadlineMs }: TokenRequest,
  body: URLSearchParams,
  signal: AbortSignal,
): Promise<TokenResponse> {
  try {
    // A secret goes to the account and nowhere else: redirects are not followed.
    const response = await fetch(`${url}/oauth/token`, { method: 'POST', body, signal, redirect: 'manual' });
    return await readTokenResponse(response, grant.kind === 'jwt' ? grant.jwt : grant.pat);
  } catch (cause) {
    const { host } = new URL(url);
    if (signal.aborted) {
      throw new TokenDeadlineError(`${host} did not answer within ${deadlineMs / 1000} seconds. Try again.`, { cause });
    }
    throw new OperatorError(explainNetworkError(host, cause), { cause });
  }
}

function explainNetworkError(host: string, error: unknown): string {
  const code = networkCodeOf(error);
  const check = 'Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL.';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The host name ${host} is unknown. ${check}`;
  if (code === 'ECONNREFUSED') return `Nothing listens on ${host}. ${check}`;
  if (/CERT|SIGNATURE|SSL|TLS/.test(code)) {
    return `The certificate of ${host} is not trusted (${code}). Does a proxy open the connection? Then let NODE_EXTRA_CA_CERTS name its certificate.`;
  }
  return `${host} cannot be reached (${code}). Check the network, a proxy or a firewall.`;
}

function networkCodeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no code';
}

function explainRefusal({ url, grant, role }: TokenRequest, response: TokenResponse | undefined): string {
  const { host } = new URL(url);
  if (!response) return 'No order of the scope is left to try.';
  const { status, excerpt, clockSkewMs } = response;
  if (status >= 200 && status < 300)
    return `${host} answered with something that is no token: ${excerpt}. Check SNOWFLAKE_ACCOUNT_URL.`;
  if (status < 400) return `${host} answered with a redirect (${status}). Check SNOWFLAKE_ACCOUNT_URL.`;
  if (status === 404) return `${host} has no token service (404). Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL.`;
  if (status === 429 || status >= 500) return `${host} is busy or out of order (${status}: ${excerpt}). Try again.`;
  const parts = [`${host} refused the ${grant.kind === 'jwt' ? 'key pair' : 'access token'} (${status}: ${excerpt}).`];
  if (grant.kind === 'jwt') {
    parts.push(
      `Compare the fingerprint of this key, ${grant.fingerprint}, with RSA_PUBLIC_KEY_FP of: DESC USER ${grant.user};`,
    );
  } else parts.push('Is it complete, not expired, and does a network policy of its user allow this machine?');
  if (role !== undefined) parts.push(`Has the user the role ${role}, written as SHOW ROLES writes it?`);
  const skew = describeClockSkew(clockSkewMs);
  return [...parts, ...(skew === null ? [] : [skew])].join(' ');
}
