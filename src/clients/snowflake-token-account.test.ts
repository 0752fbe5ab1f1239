import { describe, expect, it } from 'vitest';
import { parseEndpointHost, parseSnowflakeAccount } from './snowflake-token-account.ts';

describe('parseSnowflakeAccount', () => {
  it.each([
    ['myorg-my_account', 'MYORG-MY_ACCOUNT', 'https://myorg-my-account.snowflakecomputing.com'],
    ['xy12345.eu-west-1', 'XY12345', 'https://xy12345.eu-west-1.snowflakecomputing.com'],
    ['xy12345.us-east-2.aws', 'XY12345', 'https://xy12345.us-east-2.aws.snowflakecomputing.com'],
    ['xy12345-k7.global', 'XY12345', 'https://xy12345-k7.global.snowflakecomputing.com'],
    ['xy12345.global', 'XY12345', 'https://xy12345.global.snowflakecomputing.com'],
  ])('names %s as %s in a JWT and finds it at %s', (account, jwtName, url) => {
    expect(parseSnowflakeAccount(account)).toEqual({ jwtName, url });
  });

  it.each(['http://127.0.0.1:8080/', 'https://private.link.example/path?x=1'])('takes %s as its origin', (url) => {
    expect(parseSnowflakeAccount('a', url).url).toBe(new URL(url).origin);
  });

  it.each(['http://db.example', 'https://me:hush@db.example', 'ftp://db.example', 'db.example'])(
    'refuses to send secrets to %s and does not repeat it',
    (url) => {
      expect(() => parseSnowflakeAccount('a', url)).toThrow(
        /^SNOWFLAKE_ACCOUNT_URL must be an https address(?!.*hush)/,
      );
    },
  );

  it.each(['', 'https://a', 'a b', 'myorg-a.snowflakecomputing.com'])('refuses the account "%s"', (account) => {
    expect(() => parseSnowflakeAccount(account)).toThrow('SNOWFLAKE_ACCOUNT must be the account identifier alone');
  });
});

describe('parseEndpointHost', () => {
  it.each(['abc.snowflakecomputing.app', 'https://ABC.snowflakecomputing.app/graphql'])(
    'finds the host in %s',
    (text) => {
      expect(parseEndpointHost(text)).toBe('abc.snowflakecomputing.app');
    },
  );

  it.each(['', 'a b', 'session:role:x', '::'])('refuses "%s"', (text) => {
    expect(() => parseEndpointHost(text)).toThrow('The endpoint must be a host');
  });
});
