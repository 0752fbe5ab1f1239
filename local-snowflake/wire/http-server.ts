import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSnowflakeError, type Envelope, failure, sendJson, statementFailure, success } from './answer.ts';
import type { Fault, Faults } from './faults.ts';
import { type JsonObject, readJson } from './request-body.ts';
import type { RecordedRequest, RecordedRequests, Route } from './recorded-requests.ts';

/** A request with its body read. */
export interface Incoming {
  readonly route: Route;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** The token of the Authorization header. */
  readonly token: string | undefined;
  readonly requestId: string | null;
  readonly hasBrokenCells: boolean;
}

/** What a request asks for, without doing it. */
export interface Described {
  readonly sessionId: string | null;
  readonly statement: Pick<RecordedRequest, 'sql' | 'bindings' | 'queryTag' | 'timeoutSeconds'>;
}

/** What the server needs to answer. */
export interface HttpServerDependencies {
  readonly faults: Faults;
  readonly requests: RecordedRequests;
  readonly now: () => number;
  readonly describe: (incoming: Incoming) => Described;
  /** An envelope, or the text of a chunk; undefined for a path that is not there. */
  readonly answer: (incoming: Incoming) => Promise<Envelope | string | undefined>;
}

/** The routes by method and path; `*` is one segment. */
const ROUTES: readonly (readonly [method: string, path: string, route: Route])[] = [
  ['POST', 'session/v1/login-request', 'login'],
  ['POST', 'session/token-request', 'renew'],
  ['POST', 'session/heartbeat', 'heartbeat'],
  ['POST', 'session', 'logout'],
  ['POST', 'queries/v1/query-request', 'query'],
  ['POST', 'queries/v1/abort-request', 'abort'],
  ['POST', 'queries/*/abort-request', 'abort'],
  ['GET', 'queries/*/result', 'result'],
  ['GET', 'monitoring/queries/*', 'monitoring'],
  ['POST', 'telemetry/send', 'telemetry'],
  ['POST', 'telemetry/send/sessionless', 'telemetry'],
  ['GET', 'chunks/*/*', 'chunk'],
];

/** Not Snowflake's: begins an outage, or ends it. */
const OUTAGE_PATH = '/local/outage';

/** The HTTP side: routes, faults, records. */
export class HttpServer {
  readonly #dependencies: HttpServerDependencies;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, number>();
  #socketCount = 0;

  constructor(dependencies: HttpServerDependencies) {
    this.#dependencies = dependencies;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) sendJson(response, 500, failure('300002', asSnowflakeError(error).message));
      });
    });
    this.#server.on('connection', (socket) => {
      this.#socketCount += 1;
      this.#sockets.set(socket, this.#socketCount);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens on the loopback interface; port 0 takes a free one. @throws Error when the port is taken. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Cuts all connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && url.pathname === OUTAGE_PATH) {
      this.#startOutage(url.searchParams.get('seconds'), response);
      return;
    }
    const found = findRoute(request.method ?? '', url.pathname);
    if (!found) {
      sendJson(
        response,
        404,
        failure('390404', `There is no ${request.method ?? ''} ${url.pathname} on the local Snowflake.`),
      );
      return;
    }
    const incoming: Incoming = {
      ...found,
      query: url.searchParams,
      body: request.method === 'POST' ? await readJson(request) : {},
      token: /^Snowflake Token="(.*)"$/.exec(request.headers.authorization ?? '')?.[1],
      requestId: url.searchParams.get('requestId'),
      hasBrokenCells: false,
    };
    const { statement, sessionId } = this.#dependencies.describe(incoming);
    this.#record(incoming, request.socket, sessionId, statement);
    const fault = this.#dependencies.faults.strike(incoming.route, statement.sql);
    if (fault && (await strikeBefore(fault, response))) return;
    await this.#answer({ ...incoming, hasBrokenCells: fault?.kind === 'broken cells' }, response, fault);
  }

  /** For somebody who wants to see what a gateway does then. */
  #startOutage(seconds: string | null, response: ServerResponse): void {
    if (seconds === null || !/^\d{1,4}$/.test(seconds)) {
      sendJson(response, 400, failure('390400', 'Say for how long: ?seconds=10.'));
      return;
    }
    this.#dependencies.faults.beAwayFor(Number(seconds) * 1000);
    sendJson(response, 200, success(null));
  }

  async #answer(incoming: Incoming, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const [status, answer] = await this.#dependencies.answer(incoming).then(
      (given) => [given === undefined ? 404 : 200, given] as const,
      (error: unknown) => {
        const known = asSnowflakeError(error);
        // An unknown token is the one failure that has an HTTP status of its own.
        return [known.code === '390104' ? 401 : 200, statementFailure(known, '')] as const;
      },
    );
    if (fault?.kind === 'reset after') {
      response.socket?.destroy();
    } else if (fault?.kind === 'broken body') {
      const text = JSON.stringify(answer);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(text.slice(0, text.length / 2));
    } else if (typeof answer === 'string') {
      // As JSON the driver would parse it before it adds the brackets that are missing.
      response.writeHead(status, { 'Content-Type': 'application/octet-stream' }).end(answer);
    } else {
      sendJson(response, status, answer ?? failure('390404', 'Not found.'));
    }
  }

  #record(incoming: Incoming, socket: Socket, sessionId: string | null, statement: Described['statement']): void {
    const { route, query, requestId } = incoming;
    this.#dependencies.requests.record({
      route,
      requestId,
      sessionId,
      at: this.#dependencies.now(),
      retryCount: Number(query.get('retryCount') ?? 0),
      socket: this.#sockets.get(socket) ?? 0,
      ...statement,
    });
  }
}

/** Answers in place of the server; false when the request goes on. */
async function strikeBefore(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'Content-Type': 'text/plain' }).end(`status ${fault.status}`);
      return true;
    case 'unauthorized':
      sendJson(response, 401, failure('390104', 'Session invalid token.'));
      return true;
    case 'failure':
      sendJson(response, 200, {
        success: false,
        code: fault.code,
        message: fault.message,
        data: { errorCode: fault.code, sqlState: fault.sqlState ?? '08001', queryId: '' },
      });
      return true;
    case 'hang':
      return true;
    case 'reset':
      response.socket?.destroy();
      return true;
    case 'delay':
      await sleep(fault.ms, undefined, { ref: false });
      return false;
    case 'reset after':
    case 'broken body':
    case 'broken cells':
      return false;
  }
}

function findRoute(method: string, pathname: string): Pick<Incoming, 'route' | 'path'> | undefined {
  const path = pathname.split('/').filter((segment) => segment !== '');
  for (const [wantedMethod, pattern, route] of ROUTES) {
    const segments = pattern.split('/');
    const isFitting =
      segments.length === path.length && segments.every((segment, place) => segment === '*' || segment === path[place]);
    if (method === wantedMethod && isFitting) return { route, path };
  }
  return undefined;
}
