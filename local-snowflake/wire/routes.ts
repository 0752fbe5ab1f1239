import { SnowflakeError } from '../errors.ts';
import { type Envelope, success } from './answer.ts';
import type { Described, Incoming } from './http-server.ts';
import { type LoginDependencies, logIn, renewal } from './login.ts';
import { textIn } from './request-body.ts';
import type { Sessions } from './sessions.ts';
import { type StatementRequest, statementRequest, type StatementRoutes } from './statement-routes.ts';

/** What the routes call. */
export interface RouteDependencies {
  readonly sessions: Sessions;
  readonly statements: StatementRoutes;
  readonly login: LoginDependencies;
}

/** Answers one request. @throws SnowflakeError as the driver is to see it. */
export async function answerRoute(
  incoming: Incoming,
  { sessions, statements, login }: RouteDependencies,
): Promise<Envelope | string | undefined> {
  const { route, path, query, body, token, requestId } = incoming;
  const [, second = '', third = ''] = path;
  switch (route) {
    case 'login':
      return logIn(body, query, login);
    case 'renew':
      return renewal(sessions.renew(token), sessions);
    case 'heartbeat':
      sessions.authorize(token);
      return success(null);
    case 'logout':
      await sessions.close(sessions.authorize(token));
      return success(null);
    case 'query':
      return statements.query(sessions.authorize(token), requestId, statementRequest(body), incoming.hasBrokenCells);
    case 'result':
      sessions.authorize(token);
      return statements.result(second);
    case 'monitoring':
      sessions.authorize(token);
      return statements.monitoring(third);
    case 'abort':
      sessions.authorize(token);
      statements.statements.cancel(
        second === 'v1'
          ? statements.statements.byRequestId(textIn(body, 'requestId') ?? null)
          : statements.statements.byQueryId(second),
      );
      return success(null);
    case 'telemetry':
      return success(null);
    case 'chunk':
      return statements.chunk(second, Number(third));
  }
}

/** What is to be recorded of a request; nothing fails here. */
export function describeRoute({ route, body, token }: Incoming, sessions: Sessions): Described {
  return { sessionId: sessions.idOf(token), statement: route === 'query' ? recorded(body) : {} };
}

function recorded(body: Incoming['body']): Described['statement'] {
  try {
    const { sql, bindings, queryTag, timeoutSeconds }: StatementRequest = statementRequest(body);
    return { sql, bindings, queryTag, timeoutSeconds };
  } catch (error) {
    if (error instanceof SnowflakeError) return {};
    throw error;
  }
}
