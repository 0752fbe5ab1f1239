import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { SnowflakeAccount } from './snowflake-token-account.ts';
import {
  exchangeToken,
  TokenDeadlineError,
  type ScopedToken,
  type ScopeOrder,
  type TokenGrant,
} from './snowflake-token-exchange.ts';
import { createSnowflakeJwt, expiryOfJwt } from './snowflake-token-jwt.ts';
import type { SnowflakeKey } from './snowflake-token-key.ts';

/** How a user proves who they are. `pat` is sent as it is; `pat-exchange` is exchanged for a token of one endpoint. */
export type TokenCredentials =
  | { readonly kind: 'key-pair'; readonly user: string; readonly key: SnowflakeKey; readonly lifetimeSeconds: number }
  | { readonly kind: 'pat-exchange'; readonly pat: string }
  | { readonly kind: 'pat'; readonly pat: string };

/** What tokens are asked for. */
export interface SnowflakeTokenOptions {
  readonly account: SnowflakeAccount;
  readonly credentials: TokenCredentials;
  readonly endpointHost: string;
  readonly role?: string | undefined;
  readonly scopeOrders: readonly ScopeOrder[];
  readonly deadlineMs: number;
}

/** Gives tokens for one endpoint for as long as a client lives. */
export interface SnowflakeTokenSource {
  /**
   * A token that is valid for at least some seconds. One exchange serves all who ask; shortly before the end a new
   * token is fetched while the old one is still handed out.
   * @throws UpstreamTimeoutError, UpstreamUnavailableError; the cause says what to mend.
   */
  get(): Promise<string>;
  /** The endpoint refused this token: it is not handed out again. */
  invalidate(token: string): void;
}

const MARGIN_MS_MAX = 300_000;
/** Of a token's life; the rest of it is there to get the next one. */
const MARGIN_SHARE = 0.2;
/** A token this close to its end may expire on its way. */
const LAST_USE_MS = 10_000;
const RETRY_INTERVAL_MS = 5000;
/** For tokens that do not say when they expire. */
const UNKNOWN_LIFETIME_MS = 300_000;

/** The `Authorization` header that a service endpoint takes. */
export function snowflakeTokenHeader(token: string): string {
  return `Snowflake Token="${token}"`;
}

/**
 * Fetches one token now. A `pat` costs no request.
 * @throws OperatorError that says what to mend.
 */
export async function fetchSnowflakeToken(options: SnowflakeTokenOptions): Promise<ScopedToken> {
  const { account, credentials, endpointHost, role, scopeOrders, deadlineMs } = options;
  if (credentials.kind === 'pat') return { token: credentials.pat, scopeOrder: 'role-first', clockSkewMs: null };
  const grant = grantOf(account, credentials);
  return exchangeToken({ url: account.url, grant, endpointHost, role, scopeOrders, deadlineMs });
}

/** The JWT of a key pair, as it is exchanged for tokens. */
export function createKeyPairJwt(
  { jwtName }: SnowflakeAccount,
  { user, key, lifetimeSeconds }: Extract<TokenCredentials, { kind: 'key-pair' }>,
): string {
  return createSnowflakeJwt({ accountName: jwtName, user, key, lifetimeSeconds, nowMs: Date.now() });
}

function grantOf(account: SnowflakeAccount, credentials: Exclude<TokenCredentials, { kind: 'pat' }>): TokenGrant {
  if (credentials.kind === 'pat-exchange') return { kind: 'pat', pat: credentials.pat };
  const { user, key } = credentials;
  return { kind: 'jwt', jwt: createKeyPairJwt(account, credentials), fingerprint: key.fingerprint, user };
}

interface HeldToken {
  readonly token: string;
  readonly renewAtMs: number;
  readonly lastUseMs: number;
}

/**
 * Creates a source of tokens, for clients that call services in Snowflake from outside; fetches the first token when it
 * is asked for.
 * @param now The clock, for tests.
 * @internal
 */
export function createSnowflakeTokenSource(
  options: SnowflakeTokenOptions,
  logger: Logger,
  now: () => number = Date.now,
): SnowflakeTokenSource {
  let held: HeldToken | undefined;
  let renewing: Promise<HeldToken> | undefined;
  let lastAttemptMs = Number.NEGATIVE_INFINITY;
  let { scopeOrders } = options;

  const fetchOne = async (): Promise<HeldToken> => {
    const fetched = await fetchSnowflakeToken({ ...options, scopeOrders });
    // The order that worked comes first from now on.
    scopeOrders = [fetched.scopeOrder, ...scopeOrders.filter((order) => order !== fetched.scopeOrder)];
    held = holdToken(fetched, now());
    return held;
  };
  const renew = (): Promise<HeldToken> => {
    lastAttemptMs = now();
    renewing ??= fetchOne().finally(() => (renewing = undefined));
    return renewing;
  };
  return {
    async get() {
      if (!held || now() >= held.lastUseMs) return (await renew().catch(throwUpstream)).token;
      if (now() >= held.renewAtMs && now() - lastAttemptMs >= RETRY_INTERVAL_MS) {
        renew().catch((error: unknown) => {
          logger.warn({ err: error }, 'snowflake_token_renewal_failed');
        });
      }
      return held.token;
    },
    invalidate(token) {
      if (held?.token === token) held = undefined;
    },
  };
}

function holdToken({ token, clockSkewMs }: ScopedToken, nowMs: number): HeldToken {
  const expiryMs = expiryOfJwt(token);
  // The end is told by Snowflake's clock and watched by ours.
  const lifetimeMs = expiryMs === null ? UNKNOWN_LIFETIME_MS : expiryMs + (clockSkewMs ?? 0) - nowMs;
  const margin = Math.min(MARGIN_MS_MAX, lifetimeMs * MARGIN_SHARE);
  const lastUseMs = nowMs + lifetimeMs - Math.min(LAST_USE_MS, margin / 2);
  return { token, renewAtMs: nowMs + lifetimeMs - margin, lastUseMs };
}

function throwUpstream(cause: unknown): never {
  throw cause instanceof TokenDeadlineError
    ? new UpstreamTimeoutError({ cause })
    : new UpstreamUnavailableError({ cause });
}
