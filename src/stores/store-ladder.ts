import {
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { ServingStore } from './serving-store.ts';

/** A store with its place in the ladder. */
export interface Rung {
  /** Name of the store: metric label and log field. */
  readonly name: string;
  readonly store: ServingStore;
}

/** What a ladder needs. */
export interface StoreLadderDependencies {
  /** Best first, at least one. */
  readonly rungs: readonly Rung[];
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** After so many failures in a row a rung is left alone for `PROBE_AFTER_MS`, then one statement tries it again. */
const FAILURES_MAX = 3;
const PROBE_AFTER_MS = 1000;

interface GuardedRung extends Rung {
  readonly breaker: CircuitBreakerPolicy;
}

/**
 * Several stores that hold the same data, tried from the best down. A statement fails only when every rung that could
 * answer it failed; a rung that keeps failing is skipped at no cost until it works again. Only a backend that is away
 * or late counts as failure: an error in a statement would be the same one rung below and passes unchanged.
 */
export function createStoreLadder({ rungs, metrics, logger }: StoreLadderDependencies): ServingStore {
  const guarded = rungs.map((rung): GuardedRung => ({ ...rung, breaker: createBreaker(rung.name, logger) }));

  async function climb<Result>(
    ask: (store: ServingStore) => Promise<Result>,
    onServed?: (store: string) => void,
  ): Promise<Result> {
    let failure: unknown = new UpstreamUnavailableError();
    for (const [place, { name, store, breaker }] of guarded.entries()) {
      try {
        const result = await breaker.execute(() => ask(store));
        metrics.servedStatements.inc({ store: name, degraded: String(place > 0) });
        onServed?.(name);
        return result;
      } catch (error) {
        if (isUpstreamError(error)) failure = error;
        else if (!isBrokenCircuitError(error)) throw error;
      }
    }
    throw failure;
  }

  return {
    query: (statement, parameters, options) =>
      climb((store) => store.query(statement, parameters, options), options?.onServed),
    ping: () => climb((store) => store.ping()),
  };
}

function createBreaker(store: string, logger: Logger): CircuitBreakerPolicy {
  const breaker = circuitBreaker(handleWhen(isUpstreamError), {
    halfOpenAfter: PROBE_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  });
  breaker.onBreak(() => {
    logger.warn({ store }, 'store_left_alone');
  });
  breaker.onReset(() => {
    logger.info({ store }, 'store_serves_again');
  });
  return breaker;
}

function isUpstreamError(error: unknown): boolean {
  return error instanceof UpstreamTimeoutError || error instanceof UpstreamUnavailableError;
}
