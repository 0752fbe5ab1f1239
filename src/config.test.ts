import { describe, expect, it } from 'vitest';
import { parseConfig, SETTINGS } from './config.ts';

describe('parseConfig', () => {
  it('fills in every default and is frozen', () => {
    const config = parseConfig({});
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 4000, EXPLORER: true, ANONYMOUS_SCOPES: [] });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reports all wrong settings at once, each by name, with what is allowed', () => {
    const parse = (): unknown =>
      parseConfig({
        PORT: '70000',
        LOG_LEVEL: 'loud',
        EXPLORER: 'yes',
        DATABASE_URL: 'mysql://x',
        REDIS_TIMEOUT_MS: 'soon',
        POSTGRES_POOL_SIZE_MAX: '1',
      });
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'EXPLORER',
      'DATABASE_URL',
      'REDIS_TIMEOUT_MS',
      'POSTGRES_POOL_SIZE_MAX',
    ]) {
      expect(parse).toThrow(`${name}: `);
    }
    expect(parse).toThrow('PORT: must be a whole number from 0 to 65535');
    expect(parse).toThrow('REDIS_TIMEOUT_MS: must be a whole number from 1 to 10000');
  });

  it('never repeats the value of a connection string, which may hold a password', () => {
    expect(() => parseConfig({ DATABASE_URL: 'secret-password' })).toThrow(/^((?!secret-password)[^])*$/);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 4000 });
  });

  it('reads scopes as a list', () => {
    expect(parseConfig({ ANONYMOUS_SCOPES: 'customers:pii' }).ANONYMOUS_SCOPES).toEqual(['customers:pii']);
  });

  it('makes the account URL of the host that a container is told, where no other is set', () => {
    const SNOWFLAKE_HOST = 'abc.snowflakecomputing.com';
    expect(parseConfig({ SNOWFLAKE_HOST }).SNOWFLAKE_ACCOUNT_URL).toBe(`https://${SNOWFLAKE_HOST}`);
    const other = 'https://proxy.example.com';
    expect(parseConfig({ SNOWFLAKE_HOST, SNOWFLAKE_ACCOUNT_URL: other }).SNOWFLAKE_ACCOUNT_URL).toBe(other);
    expect(() => parseConfig({ SNOWFLAKE_HOST: 'user:hush@host' })).toThrow('SNOWFLAKE_HOST: must be a host name');
  });

  it('describes every setting', () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      expect(setting.description, name).toBeTruthy();
    }
  });
});
