import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'snowflake-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriverOptions, SnowflakeDriver } from './snowflake-driver.ts';
import { logIn, type SnowflakeCredentials } from './snowflake-login.ts';

const NEVER = new AbortController().signal;

/** A driver that answers each login by a function of its options: an error, or nothing for a session. */
function fakeDriver(
  answer: (options: DriverOptions) => Error | undefined,
): SnowflakeDriver & { logins: DriverOptions[] } {
  const logins: DriverOptions[] = [];
  return {
    logins,
    createConnection(options) {
      logins.push(options);
      const connect = (callback: (error: Error | undefined) => void): void => {
        callback(answer(options));
      };
      return { connect, isUp: () => true } as unknown as Connection;
    },
  };
}

function driverError(code: string | number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('logIn', () => {
  let folder: string;
  let tokenFile: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowgate-login-'));
    tokenFile = join(folder, 'token');
  });
  beforeEach(async () => {
    await writeFile(tokenFile, 'token-one\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const logInAs = (driver: SnowflakeDriver, credentials: SnowflakeCredentials): Promise<unknown> =>
    logIn(driver, { target: { account: 'ACME' }, credentials, timeoutMs: 1000 }, NEVER);

  it('gives the driver what the kind of credentials needs', async () => {
    const driver = fakeDriver(() => undefined);
    await logInAs(driver, { kind: 'password', user: 'ANN', password: 'p' });
    await logInAs(driver, { kind: 'key-pair', user: 'ANN', keyFile: tokenFile, passphrase: 'phrase' });
    await logInAs(driver, { kind: 'oauth-file', tokenFile });
    await logInAs(driver, { kind: 'pat-file', user: 'ANN', tokenFile });
    expect(driver.logins).toMatchObject([
      { account: 'ACME', username: 'ANN', password: 'p' },
      { authenticator: 'SNOWFLAKE_JWT', username: 'ANN', privateKey: 'token-one', privateKeyPass: 'phrase' },
      { authenticator: 'OAUTH', token: 'token-one' },
      { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', username: 'ANN', token: 'token-one' },
    ]);
  });

  it('tries a token again that was replaced while the old one was refused, and one that was not only once', async () => {
    const expired = driverError('390318', 'OAuth access token expired.');
    const driver = fakeDriver(({ token }) => (token === 'token-two' ? undefined : expired));
    const refused = logInAs(driver, { kind: 'oauth-file', tokenFile });
    await expect(refused).rejects.toMatchObject({ failure: 'refused', code: '390318' });
    expect(driver.logins).toHaveLength(1);
    const rotating: SnowflakeDriver = {
      createConnection(options) {
        const connection = driver.createConnection(options);
        const connect = (callback: (error: Error | undefined) => void): void => {
          void writeFile(tokenFile, 'token-two').then(() => connection.connect(callback as never));
        };
        return { ...connection, connect } as unknown as Connection;
      },
    };
    await logInAs(rotating, { kind: 'oauth-file', tokenFile });
    expect(driver.logins.map(({ token }) => token)).toEqual(['token-one', 'token-one', 'token-two']);
  });

  it('keeps the code of the login and hides secrets that the server repeats', async () => {
    const driver = fakeDriver(({ token, password }) => driverError('390303', `Bad ${String(token ?? password)}!`));
    const byToken = logInAs(driver, { kind: 'oauth-file', tokenFile });
    await expect(byToken).rejects.toMatchObject({
      code: '390303',
      message: expect.stringContaining('Bad ***!') as string,
    });
    const byPassword = logInAs(driver, { kind: 'password', user: 'ANN', password: 'p4ss' });
    await expect(byPassword).rejects.toMatchObject({ message: expect.not.stringContaining('p4ss') as string });
  });

  it('tells a server that is away from credentials that are refused', async () => {
    const away = fakeDriver(() => driverError(401001, 'connect ECONNREFUSED'));
    await expect(logInAs(away, { kind: 'oauth-file', tokenFile })).rejects.toMatchObject({ failure: 'network' });
    const missing = fakeDriver(() => driverError(404001, 'An account name must be specified.'));
    await expect(logInAs(missing, { kind: 'oauth-file', tokenFile })).rejects.toMatchObject({ failure: 'refused' });
  });

  it('does not try an empty file', async () => {
    await writeFile(tokenFile, ' \n');
    const driver = fakeDriver(() => undefined);
    await expect(logInAs(driver, { kind: 'oauth-file', tokenFile })).rejects.toThrow(/is empty/);
    expect(driver.logins).toEqual([]);
  });
});
