import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SnowflakeError } from '../errors.ts';

/** Who may log in, and how. */
export interface LocalUser {
  readonly name: string;
  readonly password?: string;
  /** PEM of the public key, for SNOWFLAKE_JWT. */
  readonly publicKey?: string;
  /** Programmatic access tokens, for PROGRAMMATIC_ACCESS_TOKEN. */
  readonly accessTokens?: readonly string[];
}

/** What a login-request carries about who asks. */
export interface Credentials {
  readonly authenticator: string;
  readonly account: string;
  readonly loginName: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** Decides who a login is. */
export class Users {
  readonly #users: readonly LocalUser[];
  readonly #serviceTokenFile: string | undefined;
  /** Service tokens that are accepted besides the one in the file. */
  readonly serviceTokens = new Set<string>();

  constructor(users: readonly LocalUser[], serviceTokenFile: string | undefined) {
    this.#users = users;
    this.#serviceTokenFile = serviceTokenFile;
  }

  /** The user's name. `nowMs` is the server's time. @throws SnowflakeError when the credentials are not good. */
  authenticate(credentials: Credentials, nowMs: number): string {
    switch (credentials.authenticator.toUpperCase()) {
      case 'SNOWFLAKE': {
        const user = this.#named(credentials.loginName);
        if (user.password === undefined || user.password !== credentials.password) throw wrongPassword();
        return user.name;
      }
      case 'SNOWFLAKE_JWT':
        return this.#byKey(credentials, nowMs);
      case 'PROGRAMMATIC_ACCESS_TOKEN': {
        const user = this.#users.find(({ accessTokens }) => accessTokens?.includes(credentials.token ?? ''));
        if (!user) throw refused('394400', 'Programmatic access token is invalid.');
        return user.name;
      }
      case 'OAUTH':
        return this.#byServiceToken(credentials.token ?? '');
      default:
        throw refused('390144', `The local Snowflake does not know the authenticator ${credentials.authenticator}.`);
    }
  }

  #named(name: string | undefined): LocalUser {
    const user = this.#users.find((candidate) => candidate.name.toUpperCase() === name?.toUpperCase());
    if (!user) throw wrongPassword();
    return user;
  }

  #byKey({ loginName, token }: Credentials, nowMs: number): string {
    const user = this.#named(loginName);
    const [header = '', payload = '', signature = ''] = (token ?? '').split('.');
    if (user.publicKey === undefined) throw invalidJwt();
    const key = createPublicKey(user.publicKey);
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      key,
      Buffer.from(signature, 'base64url'),
    );
    if (!isSigned) throw invalidJwt();
    const claims = claimsOf(payload);
    // The Node driver writes milliseconds, others seconds.
    const expiresMs = claims.exp > 1e11 ? claims.exp : claims.exp * 1000;
    const isNamed =
      claims.iss.endsWith(`.${fingerprint(key)}`) && claims.sub.toUpperCase().endsWith(`.${user.name.toUpperCase()}`);
    if (!isNamed || expiresMs < nowMs) throw invalidJwt();
    return user.name;
  }

  /** A service token, with a caller's token behind a dot when the service acts for a user. */
  #byServiceToken(token: string): string {
    const [serviceToken = ''] = token.split('.');
    const current =
      this.#serviceTokenFile === undefined ? undefined : readFileSync(this.#serviceTokenFile, 'utf8').trim();
    if (serviceToken === '' || (serviceToken !== current && !this.serviceTokens.has(serviceToken))) {
      throw refused('390303', 'Invalid OAuth access token.');
    }
    return 'SERVICE';
  }
}

/** `SHA256:` and the hash of the key's DER form, as Snowflake prints it in DESCRIBE USER. */
function fingerprint(key: KeyObject): string {
  return `SHA256:${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`;
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
}

function claimsOf(payload: string): Claims {
  const { iss, sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Partial<Claims>;
  if (iss === undefined || sub === undefined || exp === undefined) throw invalidJwt();
  return { iss, sub, exp };
}

const refused = (code: string, message: string) => new SnowflakeError(code, '08001', message);
const wrongPassword = () => refused('390100', 'Incorrect username or password was specified.');
const invalidJwt = () => refused('390144', 'JWT token is invalid.');
