import { SnowflakeError } from '../errors.ts';
import { type Envelope, success } from './answer.ts';
import { wireParameters } from './parameters.ts';
import { type JsonObject, objectIn, textIn } from './request-body.ts';
import type { LoggedIn, Sessions } from './sessions.ts';
import type { Users } from './users.ts';

/** What a login needs of the server. */
export interface LoginDependencies {
  readonly account: string;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly defaultRole: string;
  readonly defaultWarehouse: string | null;
  readonly now: () => number;
}

/** POST /session/v1/login-request. @throws SnowflakeError when the credentials are not good. */
export async function logIn(
  body: JsonObject,
  query: URLSearchParams,
  dependencies: LoginDependencies,
): Promise<Envelope> {
  const { account, users, sessions, defaultRole, defaultWarehouse, now } = dependencies;
  const data = objectIn(body, 'data');
  const credentials = {
    authenticator: textIn(data, 'AUTHENTICATOR') ?? 'SNOWFLAKE',
    account: textIn(data, 'ACCOUNT_NAME') ?? '',
    loginName: textIn(data, 'LOGIN_NAME'),
    password: textIn(data, 'PASSWORD'),
    token: textIn(data, 'TOKEN'),
  };
  if (credentials.account.toUpperCase() !== account.toUpperCase()) {
    throw new SnowflakeError(
      '390201',
      '08001',
      `The account ${credentials.account} does not exist here; this is ${account}.`,
    );
  }
  const user = users.authenticate(credentials, now());
  const loggedIn = await sessions.open({
    user: user.toUpperCase(),
    account,
    role: name(query.get('roleName')) ?? defaultRole,
    warehouse: name(query.get('warehouse')) ?? defaultWarehouse,
    database: name(query.get('databaseName')),
    schema: name(query.get('schemaName')),
  });
  for (const [parameter, value] of Object.entries(objectIn(data, 'SESSION_PARAMETERS'))) {
    loggedIn.session.parameters.set(parameter, String(value));
  }
  return success(loginData(loggedIn, sessions));
}

/** POST /session/token-request. */
export function renewal(loggedIn: LoggedIn, { lifetimes }: Sessions): Envelope {
  return success({
    sessionToken: loggedIn.sessionToken,
    validityInSecondsST: lifetimes.sessionSeconds,
    masterToken: loggedIn.masterToken,
    validityInSecondsMT: lifetimes.masterSeconds,
    sessionId: Number(loggedIn.session.id),
  });
}

function loginData({ session, sessionToken, masterToken }: LoggedIn, { lifetimes }: Sessions): Record<string, unknown> {
  return {
    token: sessionToken,
    masterToken,
    validityInSeconds: lifetimes.sessionSeconds,
    masterValidityInSeconds: lifetimes.masterSeconds,
    sessionId: Number(session.id),
    displayUserName: session.user,
    serverVersion: '0.0.0-local',
    parameters: wireParameters(session),
    sessionInfo: {
      databaseName: session.database,
      schemaName: session.schema,
      warehouseName: session.warehouse,
      roleName: session.role,
    },
  };
}

/** A name of a connection option: unquoted ones are upper case. */
function name(option: string | null): string | null {
  if (option === null || option === '') return null;
  return /^"(.*)"$/.exec(option)?.[1] ?? option.toUpperCase();
}
