import { OperatorError } from '../errors.ts';
import { createSnowflakeClient, type SnowflakeClient } from './snowflake-client.ts';
import type { SnowflakeCredentials } from './snowflake-login.ts';
import { passphraseOf } from './snowflake-token-key.ts';

/** The settings of a connection to Snowflake, by the names that the environment has for them. */
export interface SnowflakeSettings {
  readonly SNOWFLAKE_ACCOUNT?: string | undefined;
  readonly SNOWFLAKE_ACCOUNT_URL?: string | undefined;
  readonly SNOWFLAKE_DATABASE?: string | undefined;
  readonly SNOWFLAKE_SCHEMA?: string | undefined;
  readonly SNOWFLAKE_WAREHOUSE?: string | undefined;
  readonly SNOWFLAKE_ROLE?: string | undefined;
  readonly SNOWFLAKE_USER?: string | undefined;
  readonly SNOWFLAKE_PASSWORD?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_FILE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE?: string | undefined;
  readonly SNOWFLAKE_PAT_FILE?: string | undefined;
  readonly SNOWFLAKE_TOKEN_FILE?: string | undefined;
  readonly SNOWFLAKE_LOGIN_TIMEOUT_MS: number;
}

type TextSetting = Exclude<keyof SnowflakeSettings, 'SNOWFLAKE_LOGIN_TIMEOUT_MS'>;

/** What the settings do not say. */
export interface ConfiguredSnowflakeOptions {
  /** What needs Snowflake, for the message when a setting is missing: `SERVING_STORES`, `snowgate sync`. */
  readonly purpose: string;
  readonly poolSizeMax: number;
  /** See SnowflakeClientOptions. */
  readonly patienceMs: number;
}

/**
 * A client for the account that the settings name. Logs in by the first of: key pair, programmatic access token, service
 * token, password.
 * @throws OperatorError that names the setting that is missing.
 */
export function createConfiguredSnowflake(
  settings: SnowflakeSettings,
  { purpose, ...options }: ConfiguredSnowflakeOptions,
): SnowflakeClient {
  const { SNOWFLAKE_ACCOUNT_URL: accessUrl, SNOWFLAKE_SCHEMA: schema, SNOWFLAKE_WAREHOUSE: warehouse } = settings;
  const role = settings.SNOWFLAKE_ROLE;
  return createSnowflakeClient({
    target: {
      account: requireSetting(settings, 'SNOWFLAKE_ACCOUNT', purpose),
      database: requireSetting(settings, 'SNOWFLAKE_DATABASE', purpose),
      ...(accessUrl && { accessUrl }),
      ...(schema && { schema }),
      ...(warehouse && { warehouse }),
      ...(role && { role }),
    },
    credentials: credentialsOf(settings, purpose),
    loginTimeoutMs: settings.SNOWFLAKE_LOGIN_TIMEOUT_MS,
    ...options,
  });
}

/** The value of a setting. @throws OperatorError that says what needs it. */
export function requireSetting(settings: SnowflakeSettings, name: TextSetting, purpose: string): string {
  const value = settings[name];
  if (value === undefined) throw new OperatorError(`Set ${name}: ${purpose} needs it.`);
  return value;
}

function credentialsOf(settings: SnowflakeSettings, purpose: string): SnowflakeCredentials {
  const { SNOWFLAKE_PRIVATE_KEY_FILE: keyFile, SNOWFLAKE_PAT_FILE: patFile } = settings;
  const { SNOWFLAKE_TOKEN_FILE: tokenFile, SNOWFLAKE_PASSWORD: password, SNOWFLAKE_USER: user } = settings;
  if (keyFile !== undefined) {
    const passphrase = passphraseOf(settings);
    const keyUser = requireSetting(settings, 'SNOWFLAKE_USER', purpose);
    return { kind: 'key-pair', user: keyUser, keyFile, ...(passphrase !== undefined && { passphrase }) };
  }
  if (patFile !== undefined) return { kind: 'pat-file', tokenFile: patFile, ...(user !== undefined && { user }) };
  if (tokenFile !== undefined) return { kind: 'oauth-file', tokenFile };
  if (password !== undefined) {
    return { kind: 'password', user: requireSetting(settings, 'SNOWFLAKE_USER', purpose), password };
  }
  throw new OperatorError(
    `Set SNOWFLAKE_PRIVATE_KEY_FILE, SNOWFLAKE_PAT_FILE, SNOWFLAKE_TOKEN_FILE or SNOWFLAKE_PASSWORD: ${purpose} needs to log in.`,
  );
}
