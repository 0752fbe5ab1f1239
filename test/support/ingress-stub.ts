import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the stub stands in front of gateways. Times are those of Snowflake, scaled down by tests. */
export interface IngressStubOptions {
  /** URLs of the instances. */
  readonly instances: readonly string[];
  /** Whom it has authenticated. */
  readonly user: string;
  /** A connection without any activity is cut after so long; 90 s in Snowflake. */
  readonly idleMs?: number;
  /** Time between two probes of readiness; 5 s in Snowflake. */
  readonly probeMs?: number;
}

/** What Snowflake's ingress does to requests and answers, as far as it is documented. */
export interface IngressStub {
  readonly url: string;
  /** Instances that get requests. */
  ready(): string[];
  close(): Promise<void>;
}

interface Instance {
  readonly url: string;
  failures: number;
}

const FAILURES_MAX = 3;
const PROBE_TIMEOUT_MS = 10_000;
const CSP =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; object-src 'none'; connect-src 'self'; frame-ancestors 'self';";
const STRIPPED_ANSWER =
  /^(server|x-powered-by|x-xss-protection|public-key-pins|access-control-.*|connection|keep-alive)$/;
const EXECUTABLE = /^application\/(x-msdownload|x-executable|x-sh|vnd\.microsoft\.portable-executable)/;

/** Starts the stub on a free loopback port. It asks every instance for `/readyz` and leaves out what fails three times. */
export async function startIngressStub(options: IngressStubOptions): Promise<IngressStub> {
  const { idleMs = 90_000, probeMs = 5000, user } = options;
  const instances = options.instances.map((url): Instance => ({ url, failures: 0 }));
  const isReady = ({ failures }: Instance): boolean => failures < FAILURES_MAX;
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const server = createServer({ connectionsCheckingInterval: 100 }, (request, response) => {
    const ready = instances.filter(isReady);
    const instance = ready[(turn += 1) % Math.max(1, ready.length)];
    if (request.method === 'TRACE' || request.method === 'CONNECT') return void response.writeHead(405).end();
    if (!instance) return void response.writeHead(503).end('no instance is ready');
    forward({ request, response, agent, target: new URL(request.url ?? '/', instance.url), user });
  });
  server.keepAliveTimeout = idleMs;
  server.setTimeout(idleMs, (socket) => void socket.destroy());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const probing = setInterval(() => {
    for (const instance of instances) void probe(instance);
  }, probeMs);
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    ready: () => instances.filter(isReady).map(({ url }) => url),
    async close() {
      clearInterval(probing);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function probe(instance: Instance): Promise<void> {
  const isOk = await fetch(`${instance.url}/readyz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
    async (response) => (await response.text(), response.status === 200),
    () => false,
  );
  instance.failures = isOk ? 0 : instance.failures + 1;
}

interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: Agent;
  readonly target: URL;
  readonly user: string;
}

function forward({ request, response, agent, target, user }: Passage): void {
  const headers = requestHeaders(request, user);
  const passed = send(target, { method: request.method, headers, agent }, (answer) => {
    const type = answer.headers['content-type'] ?? '';
    if (EXECUTABLE.test(type)) {
      answer.resume();
      response.writeHead(403).end();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
    answer.pipe(response);
  });
  passed.on('error', (error) => {
    if (!response.headersSent) response.writeHead(502);
    response.end(String(error));
  });
  request.pipe(passed);
}

function requestHeaders({ headers }: IncomingMessage, user: string): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(
    ([name, value]) =>
      name !== 'x-sf-spcs-authorization' &&
      name !== 'connection' &&
      !(name === 'authorization' && String(value).startsWith('Snowflake Token=')),
  );
  return { ...Object.fromEntries(kept), 'sf-context-current-user': user };
}

function answerHeaders({ headers }: IncomingMessage): Record<string, OutgoingHttpHeader | undefined> {
  const kept = Object.entries(headers).filter(([name]) => !STRIPPED_ANSWER.test(name));
  const own = headers['content-security-policy'];
  return {
    ...Object.fromEntries(kept),
    'content-security-policy': own === undefined ? CSP : [String(own), CSP],
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-embedder-policy': 'credentialless',
    'x-content-type-options': 'nosniff',
  };
}
