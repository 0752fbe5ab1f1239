import { once } from 'node:events';
import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';

/** Keep-alive connections to HTTP services. */
export interface HttpPool {
  /**
   * Posts JSON text and reads the whole answer, whatever its status. A connection that the other side closed while it
   * was idle is replaced once.
   * @throws whatever Node throws when nothing answers, the answer is cut or too long, or `signal` aborts.
   */
  readonly postJson: (url: URL, body: string, options: PostOptions) => Promise<HttpAnswer>;
  /** Cuts every connection. */
  readonly close: () => void;
}

/** How to post. */
export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Limits of a pool. */
export interface HttpPoolOptions {
  /** Connections to one host; further requests queue. */
  readonly connectionsMax: number;
  /** An older connection is not used again, so that instances which came later get their share. */
  readonly connectionAgeMsMax: number;
  readonly answerBytesMax: number;
}

/** Creates a pool; it connects when it is used. */
export function createHttpPool(options: HttpPoolOptions): HttpPool {
  const bornAt = new WeakMap<Duplex, number>();
  const agentOptions = { keepAlive: true, maxSockets: options.connectionsMax };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  for (const agent of Object.values(agents)) {
    const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
    agent.keepSocketAlive = (socket) =>
      Date.now() - (bornAt.get(socket) ?? 0) < options.connectionAgeMsMax && keep(socket);
  }

  async function post(url: URL, body: string, { headers, signal }: PostOptions, isRetry: boolean): Promise<HttpAnswer> {
    const [open, agent] = url.protocol === 'https:' ? [requestHttps, agents.https] : [requestHttp, agents.http];
    const length = String(Buffer.byteLength(body));
    const sent = { ...headers, 'content-type': 'application/json', 'content-length': length };
    // More kept connections may be as dead as the first: a repeated request gets one of its own.
    const request = open(url, { method: 'POST', agent: isRetry ? false : agent, signal, headers: sent });
    request.once('socket', (socket) => {
      if (!bornAt.has(socket)) bornAt.set(socket, Date.now());
    });
    // `once` below listens for errors until the answer begins, and one that comes later must not end the process.
    request.on('error', () => undefined);
    request.end(body);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return { status: response.statusCode ?? 0, text: await textOf(response, options.answerBytesMax) };
    } catch (error) {
      if (isRetry || !isStale(request, error)) throw error;
      return post(url, body, { headers, signal }, true);
    }
  }

  return {
    postJson: (url, body, postOptions) => post(url, body, postOptions, false),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

async function textOf(response: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`The answer is longer than ${String(bytesMax)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** True when the other side may have closed an idle connection before it saw this request. */
function isStale(request: ClientRequest, error: unknown): boolean {
  if (!request.reusedSocket) return false;
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
