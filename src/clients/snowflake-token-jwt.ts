import { sign } from 'node:crypto';
import type { SnowflakeKey } from './snowflake-token-key.ts';

/** Who a JWT speaks for. */
export interface SnowflakeJwtOptions {
  /** The account as JWTs name it. */
  readonly accountName: string;
  readonly user: string;
  readonly key: SnowflakeKey;
  /** Seconds from now until it expires; Snowflake takes at most 3600. */
  readonly lifetimeSeconds: number;
  readonly nowMs: number;
}

/** A JWT that proves possession of a user's private key: RS256, times in seconds. */
export function createSnowflakeJwt({ accountName, user, key, lifetimeSeconds, nowMs }: SnowflakeJwtOptions): string {
  const subject = `${accountName}.${user.toUpperCase()}`;
  const issuedAt = Math.floor(nowMs / 1000);
  const header = encodePart({ alg: 'RS256', typ: 'JWT' });
  const payload = encodePart({
    iss: `${subject}.${key.fingerprint}`,
    sub: subject,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
  });
  const content = `${header}.${payload}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key.privateKey).toString('base64url')}`;
}

/** When a token expires, in milliseconds of the server's clock; null when it is no JWT or does not say. */
export function expiryOfJwt(token: string): number | null {
  const [, payload] = token.split('.');
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null;
    return typeof claims.exp === 'number' ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}

function encodePart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
