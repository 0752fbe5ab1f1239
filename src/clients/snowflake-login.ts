import { readFile } from 'node:fs/promises';
import { SnowflakeAgents } from './snowflake-agents.ts';
import type { DriverOptions, SnowflakeDriver } from './snowflake-driver.ts';
import { SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';
import { SnowflakeSession } from './snowflake-session.ts';

/** Who logs in, and how. */
export type SnowflakeCredentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** An RSA key in PEM, in a file; the passphrase of an encrypted one. */
  | { readonly kind: 'key-pair'; readonly user: string; readonly keyFile: string; readonly passphrase?: string }
  /** The OAuth token that a service container finds in a file; read anew for every login, because it is replaced. */
  | { readonly kind: 'oauth-file'; readonly tokenFile: string }
  /** A programmatic access token in a file, likewise. */
  | { readonly kind: 'pat-file'; readonly user?: string; readonly tokenFile: string };

/** Where a session leads. */
export interface SnowflakeTarget {
  readonly account: string;
  /** The account's URL, `https://host`; derived from the account when it is missing. */
  readonly accessUrl?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly warehouse?: string;
  readonly role?: string;
}

/** What a login needs. */
export interface LoginOptions {
  readonly target: SnowflakeTarget;
  readonly credentials: SnowflakeCredentials;
  /** Milliseconds that a login may take. */
  readonly timeoutMs: number;
}

/** Codes that a newer token may cure: not valid, expired. */
const TOKEN_CODES = new Set(['390303', '390318', '390104', '390144']);
/** Three parts of base64url. */
const JWT_LIKE = /[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;
/** Snowflake's codes about identities all begin so. */
const IDENTITY_CODE = /^39\d{4}$/;

/**
 * Logs in. When a token is refused that has been replaced in the meantime, the new one is tried at once.
 * @throws SnowflakeError with the code of the login: `refused` when the credentials were, else `network`, `busy`, …
 */
export async function logIn(
  driver: SnowflakeDriver,
  options: LoginOptions,
  signal: AbortSignal,
): Promise<SnowflakeSession> {
  const secrets = await readSecrets(options.credentials);
  try {
    return await openSession(driver, options, secrets, signal);
  } catch (error) {
    if (!(error instanceof SnowflakeError && TOKEN_CODES.has(error.code))) throw error;
    const newer = await readSecrets(options.credentials);
    if (newer.token === undefined || newer.token === secrets.token) throw error;
    return openSession(driver, options, newer, signal);
  }
}

interface Secrets {
  readonly password?: string;
  readonly token?: string;
  readonly privateKey?: string;
  readonly passphrase?: string;
}

async function readSecrets(credentials: SnowflakeCredentials): Promise<Secrets> {
  switch (credentials.kind) {
    case 'password':
      return { password: credentials.password };
    case 'key-pair': {
      const privateKey = await readSecretFile(credentials.keyFile);
      return credentials.passphrase === undefined ? { privateKey } : { privateKey, passphrase: credentials.passphrase };
    }
    case 'oauth-file':
    case 'pat-file':
      return { token: await readSecretFile(credentials.tokenFile) };
  }
}

async function readSecretFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SnowflakeError('refused', `The file ${path} with the credentials for Snowflake cannot be read.`, {
      cause,
    });
  });
  const secret = text.trim();
  if (secret === '')
    throw new SnowflakeError('refused', `The file ${path} with the credentials for Snowflake is empty.`);
  return secret;
}

async function openSession(
  driver: SnowflakeDriver,
  { target, credentials, timeoutMs }: LoginOptions,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<SnowflakeSession> {
  const agents = new SnowflakeAgents();
  const giveUp = (): void => {
    agents.abort();
  };
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    const connection = driver.createConnection({
      ...target,
      ...identityOf(credentials, secrets),
      ...CONNECTION_OPTIONS,
      agentClass: agents.agentFor,
    });
    await new Promise<void>((resolve, reject) => {
      // Its promise resolves when the login is refused, too; only the callback tells.
      connection.connect((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    if (!connection.isUp()) throw new SnowflakeError('session', 'The login succeeded, but the session is not up.');
    return new SnowflakeSession(connection, agents);
  } catch (error) {
    agents.abort();
    throw loginError(error, secrets);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

const CONNECTION_OPTIONS = {
  application: 'Snowgate',
  sfRetryMaxLoginRetries: 0,
  rowMode: 'array',
  rowStreamHighWaterMark: 1000,
  representNullAsStringNull: false,
  clientStoreTemporaryCredential: false,
  // Statements with very many binds would go through a stage.
  arrayBindingThreshold: 1_000_000,
} as const;

function identityOf(credentials: SnowflakeCredentials, secrets: Secrets): Partial<DriverOptions> {
  const { token = '', password = '', privateKey = '', passphrase } = secrets;
  switch (credentials.kind) {
    case 'password':
      return { username: credentials.user, password };
    case 'key-pair': {
      const identity = { authenticator: 'SNOWFLAKE_JWT', username: credentials.user, privateKey };
      return passphrase === undefined ? identity : { ...identity, privateKeyPass: passphrase };
    }
    case 'oauth-file':
      return { authenticator: 'OAUTH', token };
    case 'pat-file': {
      const identity = { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token };
      return credentials.user === undefined ? identity : { ...identity, username: credentials.user };
    }
  }
}

/** The error of a login; a server that repeats what it was sent does not get a secret into a log. */
function loginError(error: unknown, secrets: Secrets): SnowflakeError {
  const { failure, code, sqlState, message } = toSnowflakeError(error);
  const isRefused = IDENTITY_CODE.test(code) || failure === 'statement' || failure === 'session';
  let text = message;
  for (const secret of Object.values(secrets)) text = text.replaceAll(secret as string, '***');
  // The driver makes it of the key, so that we never saw it.
  text = text.replaceAll(JWT_LIKE, '***');
  return new SnowflakeError(isRefused ? 'refused' : failure, `Login to Snowflake failed: ${text}`, { code, sqlState });
}
