import {
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { RedisClient } from '../clients/redis.ts';
import type { Metrics } from '../metrics.ts';

/** A cache shared between gateways that never fails its caller: what it cannot do, it counts. */
export interface RemoteTier {
  /** Texts by key, in their order; null where there is none or Redis is away. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  /** Keeps texts for a while; nobody waits for it. */
  setMany(entries: ReadonlyMap<string, string>, ttlMs: number): void;
}

/** What a remote tier needs. */
export interface RemoteTierDependencies {
  readonly redis: RedisClient;
  readonly metrics: Metrics;
  /** Deadline of one call. */
  readonly timeoutMs: number;
}

/** After so many failures in a row Redis is left alone for `RETRY_AFTER_MS`, so that a hung one costs no request time. */
const FAILURES_MAX = 5;
const RETRY_AFTER_MS = 1000;

/** The shared tier on Redis: every call under a deadline and a circuit breaker, fail-open. */
export function createRemoteTier({ redis, metrics, timeoutMs }: RemoteTierDependencies): RemoteTier {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: RETRY_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  });
  const guard = wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive));

  const countFailure = (operation: 'get' | 'set', error: unknown): void => {
    if (!isBrokenCircuitError(error)) metrics.cacheFailures.inc({ operation });
  };

  return {
    async getMany(keys) {
      try {
        return await guard.execute(() => redis.getMany(keys));
      } catch (error) {
        countFailure('get', error);
        return keys.map(() => null);
      }
    },
    setMany(entries, ttlMs) {
      guard
        .execute(() => redis.setMany(entries, ttlMs))
        .catch((error: unknown) => {
          countFailure('set', error);
        });
    },
  };
}
