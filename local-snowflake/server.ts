import { randomUUID } from 'node:crypto';
import { Clock } from './clock.ts';
import { Engine } from './engine/engine.ts';
import { splitScript } from './sql/script.ts';
import { Faults } from './wire/faults.ts';
import { HttpServer } from './wire/http-server.ts';
import { RecordedRequests } from './wire/recorded-requests.ts';
import { answerRoute, describeRoute, type RouteDependencies } from './wire/routes.ts';
import { Sessions } from './wire/sessions.ts';
import { StatementRoutes } from './wire/statement-routes.ts';
import { type LocalUser, Users } from './wire/users.ts';

/** How a local Snowflake is started; every member has a default. */
export interface LocalSnowflakeOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly account?: string;
  /** Default: one user SNOWGATE with the password `snowgate`. */
  readonly users?: readonly LocalUser[];
  /** A file whose content is the service token that OAUTH logins must bring; read at each login. */
  readonly serviceTokenFile?: string;
  readonly defaultRole?: string;
  /** The warehouse of sessions that ask for none; it is there from the start. Default: COMPUTE_WH, null for none. */
  readonly defaultWarehouse?: string | null;
  readonly sessionTokenSeconds?: number;
  readonly masterTokenSeconds?: number;
  /** Statements that take longer are answered with 333333. */
  readonly longPollMs?: number;
  /** Rows inside a reply; more come in chunks of `chunkRows`. */
  readonly inlineRows?: number;
  readonly chunkRows?: number;
}

/** A running local Snowflake. */
export interface LocalSnowflake {
  /** For the driver's option of the same name. */
  readonly accessUrl: string;
  readonly account: string;
  /** Options for `snowflake.createConnection` as the first user, when that has a password. */
  readonly connectionOptions: Readonly<{ account: string; accessUrl: string; username: string; password: string }>;
  readonly faults: Faults;
  readonly requests: RecordedRequests;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly users: Users;
  /** HTTP connections that are open. */
  readonly connections: () => number;
  /** Executes a script as ACCOUNTADMIN, without the wire. @throws SnowflakeError of the first statement that fails. */
  readonly runScript: (script: string, place?: { database?: string; schema?: string }) => Promise<void>;
  /** Cuts all connections, cancels what runs and forgets all data. */
  readonly stop: () => Promise<void>;
}

const DEFAULT_USERS: readonly LocalUser[] = [{ name: 'SNOWGATE', password: 'snowgate' }];

/** Starts a local Snowflake on the loopback interface. @throws Error when the port is taken. */
export async function startLocalSnowflake(options: LocalSnowflakeOptions = {}): Promise<LocalSnowflake> {
  const account = options.account ?? 'LOCAL';
  const clock = new Clock();
  const defaultWarehouse = options.defaultWarehouse === undefined ? 'COMPUTE_WH' : options.defaultWarehouse;
  const engine = await Engine.open(account, clock, defaultWarehouse === null ? [] : [defaultWarehouse]);
  const users = new Users(options.users ?? DEFAULT_USERS, options.serviceTokenFile);
  const sessions = new Sessions(engine, clock, {
    sessionSeconds: options.sessionTokenSeconds ?? 3600,
    masterSeconds: options.masterTokenSeconds ?? 14_400,
  });
  let accessUrl = '';
  const statements = new StatementRoutes({
    engine,
    sizes: { inlineRows: options.inlineRows ?? 1000, chunkRows: options.chunkRows ?? 10_000 },
    longPollMs: options.longPollMs ?? 45_000,
    baseUrl: () => accessUrl,
  });
  const login = {
    account,
    users,
    sessions,
    defaultRole: options.defaultRole ?? 'SYSADMIN',
    defaultWarehouse,
    now: () => clock.now(),
  };
  const faults = new Faults();
  const requests = new RecordedRequests();
  const server = createHttpServer({ sessions, statements, login }, { faults, requests, now: () => clock.now() });
  accessUrl = `http://127.0.0.1:${await server.listen(options.port ?? 0)}`;
  const [user] = options.users ?? DEFAULT_USERS;
  return {
    accessUrl,
    account,
    connectionOptions: { account, accessUrl, username: user?.name ?? '', password: user?.password ?? '' },
    faults,
    requests,
    clock,
    sessions,
    users,
    connections: () => server.connections,
    runScript: (script, place) =>
      runScript({ sessions, engine }, script, { account, warehouse: defaultWarehouse, ...place }),
    stop: async () => {
      statements.statements.cancelAll();
      await server.close();
      await sessions.closeAll();
      engine.close();
    },
  };
}

function createHttpServer(
  routes: RouteDependencies,
  control: { faults: Faults; requests: RecordedRequests; now: () => number },
): HttpServer {
  return new HttpServer({
    ...control,
    describe: (incoming) => describeRoute(incoming, routes.sessions),
    answer: (incoming) => answerRoute(incoming, routes),
  });
}

async function runScript(
  { sessions, engine }: { sessions: Sessions; engine: Engine },
  script: string,
  place: { account: string; warehouse: string | null; database?: string; schema?: string },
): Promise<void> {
  const start = { user: 'ADMIN', role: 'ACCOUNTADMIN', database: null, schema: null, ...place };
  const loggedIn = await sessions.open(start);
  try {
    for (const sql of splitScript(script)) await engine.execute(loggedIn.session, { sql, queryId: randomUUID() });
  } finally {
    await sessions.close(loggedIn);
  }
}
