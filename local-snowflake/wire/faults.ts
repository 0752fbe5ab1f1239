import type { Route } from './recorded-requests.ts';

/** What goes wrong. */
export type Fault =
  /** The HTTP status alone, as a proxy in front of Snowflake answers: 503, 429, 403. */
  | { readonly kind: 'status'; readonly status: number }
  /** HTTP 401 with code 390104 in the body. */
  | { readonly kind: 'unauthorized' }
  /** HTTP 200 with a failure: 390111, 390112, 000630, … The statement is not executed. */
  | { readonly kind: 'failure'; readonly code: string; readonly message: string; readonly sqlState?: string }
  /** No answer, ever; the statement is not executed. */
  | { readonly kind: 'hang' }
  /** The connection is cut; the statement is not executed. */
  | { readonly kind: 'reset' }
  /** The connection is cut after the statement was executed. */
  | { readonly kind: 'reset after' }
  /** The answer comes so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The body of the answer ends in the middle. */
  | { readonly kind: 'broken body' }
  /** Cells that cannot be decoded: VARIANT that is no JSON, BOOLEAN that is neither true nor false. */
  | { readonly kind: 'broken cells' };

/** Where and how often. */
export interface FaultScope {
  /** Default: query. */
  readonly route?: Route;
  /** Statements whose text fits; default: all. */
  readonly sql?: RegExp;
  /** Default: once. */
  readonly times?: number;
}

/** An injected fault. */
export interface InjectedFault {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

interface Entry {
  readonly fault: Fault;
  readonly scope: FaultScope;
  left: number;
  hits: number;
}

/** Faults that tests inject. The first that fits a request strikes. */
export class Faults {
  #entries: Entry[] = [];
  #awayUntil = 0;

  inject(fault: Fault, scope: FaultScope = {}): InjectedFault {
    const entry: Entry = { fault, scope, left: scope.times ?? 1, hits: 0 };
    this.#entries.push(entry);
    const remove = () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
    return {
      get hits() {
        return entry.hits;
      },
      remove,
    };
  }

  clear(): void {
    this.#entries = [];
    this.#awayUntil = 0;
  }

  /** An outage: from now on, for so long, every request is answered with 503. 0 ends it. */
  beAwayFor(ms: number): void {
    this.#awayUntil = performance.now() + ms;
  }

  /** The fault that strikes a request; it counts. */
  strike(route: Route, sql: string | undefined): Fault | undefined {
    if (performance.now() < this.#awayUntil) return { kind: 'status', status: 503 };
    const entry = this.#entries.find(
      ({ scope, left }) => left > 0 && (scope.route ?? 'query') === route && (scope.sql?.test(sql ?? '') ?? true),
    );
    if (!entry) return undefined;
    entry.left -= 1;
    entry.hits += 1;
    return entry.fault;
  }
}
