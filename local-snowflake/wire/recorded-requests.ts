import type { WireBinding } from '../engine/bindings.ts';

export type Route =
  'login' | 'query' | 'result' | 'abort' | 'renew' | 'heartbeat' | 'logout' | 'monitoring' | 'telemetry' | 'chunk';

/** One request that arrived. The members from `sql` on are those of statements. No passwords, no tokens. */
export interface RecordedRequest {
  readonly route: Route;
  /** Milliseconds since 1970 by the server's clock. */
  readonly at: number;
  readonly requestId: string | null;
  /** 0 for a first try; the driver keeps the request id when it tries again. */
  readonly retryCount: number;
  readonly sessionId: string | null;
  /** Counts connections: requests with the same number came over the same socket. */
  readonly socket: number;
  readonly sql?: string | undefined;
  readonly bindings?: Readonly<Record<string, WireBinding>> | undefined;
  readonly queryTag?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
}

/** Requests kept; the oldest are forgotten. */
const REQUESTS_MAX = 10_000;

/** What arrived, in order, for tests to look at. */
export class RecordedRequests {
  #requests: RecordedRequest[] = [];

  record(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > REQUESTS_MAX) this.#requests = this.#requests.slice(-REQUESTS_MAX / 2);
  }

  all(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** The statements, all or those whose text fits. */
  statements(pattern?: RegExp): RecordedRequest[] {
    return this.#requests.filter(({ route, sql }) => route === 'query' && (pattern?.test(sql ?? '') ?? true));
  }

  clear(): void {
    this.#requests = [];
  }
}
