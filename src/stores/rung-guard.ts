import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, type CircuitBreakerPolicy } from 'cockatiel';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** After so many failures in a row a rung is left alone for `TRY_AFTER_MS`, then one statement tries it again. */
const FAILURES_MAX = 3;
const TRY_AFTER_MS = 1000;

/** Knows whether a rung of the ladder is worth waiting for. */
export class RungGuard {
  readonly #breaker: CircuitBreakerPolicy;
  #leftAloneAt = 0;
  #isAway = false;

  constructor(store: string, logger: Logger) {
    this.#breaker = circuitBreaker(handleWhen(isUpstreamError), {
      halfOpenAfter: TRY_AFTER_MS,
      breaker: new ConsecutiveBreaker(FAILURES_MAX),
    });
    // Tries that fail in between are not told: they would flood the log.
    this.#breaker.onBreak(() => {
      this.#leftAloneAt = Date.now();
      if (!this.#isAway) logger.warn({ store }, 'store_left_alone');
      this.#isAway = true;
    });
    this.#breaker.onReset(() => {
      this.#isAway = false;
      logger.info({ store }, 'store_serves_again');
    });
  }

  get isTrusted(): boolean {
    return this.#breaker.state === CircuitState.Closed;
  }

  /** Whether a rung that is left alone is to be tried, by one statement. */
  get isDue(): boolean {
    return this.#breaker.state === CircuitState.Open && Date.now() - this.#leftAloneAt >= TRY_AFTER_MS;
  }

  /** Runs work and learns from how it ends. Work that was promised to a rung before it was left alone runs as well. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.isTrusted || this.isDue ? this.#breaker.execute(work) : work();
  }
}

/** Whether an error says that a backend is away or late, rather than something about the statement. */
export function isUpstreamError(error: unknown): boolean {
  return error instanceof UpstreamTimeoutError || error instanceof UpstreamUnavailableError;
}
