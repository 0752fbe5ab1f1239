import {
  CircuitState,
  CountBreaker,
  circuitBreaker,
  handleAll,
  isTaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { createHttpPool } from './http-pool.ts';
import { authorization, rememberEndpoint } from './ranking-endpoint.ts';
import { encodeBatches, readProbabilities, type PredictionBatch } from './ranking-payload.ts';

/** A model behind Snowflake model serving, or behind `snowgate ranker`. */
export interface RankingServiceClient {
  /**
   * The probability of each row of a row-major matrix; NaN is a missing value. All or nothing: an answer that leaves a
   * doubt is none. While the service is known to be away it rejects at once.
   * @throws UpstreamTimeoutError after the deadline, UpstreamUnavailableError for every other failure.
   */
  readonly predictProbabilities: (matrix: Float32Array, rowCount: number) => Promise<Float32Array>;
  /** Cuts every connection. */
  readonly close: () => void;
}

/** How a call ended: `away` was refused without a call, because the calls before it had failed. */
export type RankingCallOutcome = 'ok' | 'timeout' | 'error' | 'away';

/** Where the service is and how to ask it. */
export interface RankingServiceOptions {
  /** Names of the matrix's columns, as in the signature of the model. */
  readonly columns: readonly string[];
  /** Output column that holds the probability. */
  readonly outputColumn: string;
  /**
   * Gives the address of the service, as `parseModelEndpoint` reads it. Asked when the first call needs it and again
   * after the service went away.
   */
  readonly resolveEndpoint: () => Promise<string>;
  /** File with the token for a public endpoint, read for every call; undefined inside Snowflake, where none is needed. */
  readonly tokenFile: string | undefined;
  /** Deadline of a whole matrix, however many calls it takes. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  /** Size of a request body; more is split into several calls. */
  readonly payloadBytesMax: number;
  readonly logger: Logger;
  /** Told of every matrix. */
  readonly onCall: (outcome: RankingCallOutcome, seconds: number) => void;
}

/** Opens when more than half of the last 20 matrices failed, of at least 5; tries again after a second. */
const BREAKER = { size: 20, minimumNumberOfCalls: 5, threshold: 0.5 };
const RETRY_AFTER_MS = 1000;
/** A load balancer that spreads connections, not requests, gets a new chance this often. */
const CONNECTION_AGE_MS_MAX = 60_000;
const ANSWER_BYTES_MAX = 20_000_000;
const REASON_LENGTH_MAX = 120;

/** Creates a client; it connects when it is used. */
export function createRankingServiceClient(options: RankingServiceOptions): RankingServiceClient {
  const caller = createCaller(options);
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: RETRY_AFTER_MS, breaker: new CountBreaker(BREAKER) });
  const guard = wrap(breaker, timeout(options.timeoutMs, TimeoutStrategy.Aggressive));
  let openedAt = 0;
  breaker.onBreak(() => {
    openedAt = Date.now();
    caller.forgetEndpoint();
  });
  logChanges(breaker, options.logger);

  async function predict(matrix: Float32Array, rowCount: number): Promise<Float32Array> {
    const startedAt = performance.now();
    const tell = (outcome: RankingCallOutcome) => options.onCall(outcome, (performance.now() - startedAt) / 1000);
    try {
      const output = new Float32Array(rowCount);
      const batches = encodeBatches(options.columns, matrix, rowCount, options.payloadBytesMax);
      await guard.execute(({ signal }) => caller.call(batches, output, signal));
      tell('ok');
      return output;
    } catch (cause) {
      const isLate = isTaskCancelledError(cause) || (cause instanceof Error && cause.name === 'AbortError');
      tell(isLate ? 'timeout' : 'error');
      throw isLate ? new UpstreamTimeoutError({ cause }) : new UpstreamUnavailableError({ cause });
    }
  }

  return {
    predictProbabilities(matrix, rowCount) {
      if (rowCount === 0) return Promise.resolve(new Float32Array(0));
      if (breaker.state === CircuitState.Closed) return predict(matrix, rowCount);
      // Whoever comes by after the pause lends their matrix for a try, but does not wait for it.
      const isDue = breaker.state === CircuitState.Open && Date.now() - openedAt >= RETRY_AFTER_MS;
      if (isDue) predict(matrix, rowCount).catch(() => undefined);
      options.onCall('away', 0);
      const cause = new Error('The model service is left alone for a while, because calls failed');
      return Promise.reject(new UpstreamUnavailableError({ cause }));
    },
    close: caller.close,
  };
}

interface Caller {
  /** Fills `output` or rejects; what was written by then is worth nothing. */
  readonly call: (batches: readonly PredictionBatch[], output: Float32Array, deadline: AbortSignal) => Promise<void>;
  readonly forgetEndpoint: () => void;
  readonly close: () => void;
}

function createCaller({ resolveEndpoint, tokenFile, outputColumn, connectionsMax }: RankingServiceOptions): Caller {
  const pool = createHttpPool({
    connectionsMax,
    connectionAgeMsMax: CONNECTION_AGE_MS_MAX,
    answerBytesMax: ANSWER_BYTES_MAX,
  });
  const endpoint = rememberEndpoint(resolveEndpoint);
  return {
    async call(batches, output, deadline) {
      const url = await endpoint.url();
      const headers = tokenFile === undefined ? {} : await authorization(url, tokenFile);
      await allOrNothing(batches, deadline, async ({ start, rowCount, body }, signal) => {
        const { status, text } = await pool.postJson(url, body, { headers, signal });
        if (status !== 200) throw new Error(`The model service answered ${String(status)}${reasonIn(text)}`);
        readProbabilities(text, outputColumn, output.subarray(start, start + rowCount));
      });
    },
    forgetEndpoint: endpoint.forget,
    close: pool.close,
  };
}

/** Runs all at once; the first failure aborts the others. */
async function allOrNothing<Item>(
  items: readonly Item[],
  deadline: AbortSignal,
  run: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([deadline, failure.signal]);
  try {
    await Promise.all(items.map((item) => run(item, signal)));
  } catch (error) {
    failure.abort();
    throw error;
  }
}

/** What model serving says of a request that it refuses. Whatever else answers may repeat the token, so it is left out. */
function reasonIn(text: string): string {
  const reason = /"error": ?"((?:Input data malformed|Prediction failed): [\w .,:'()[\]-]*)/.exec(text)?.[1];
  return reason === undefined ? '' : `: ${reason.slice(0, REASON_LENGTH_MAX)}`;
}

/** One line when the service goes and one when it comes: failed tries in between would flood the log. */
function logChanges(breaker: CircuitBreakerPolicy, logger: Logger): void {
  let isAway = false;
  breaker.onBreak((reason) => {
    if (!isAway) logger.warn({ err: 'error' in reason ? reason.error : undefined }, 'model_service_away');
    isAway = true;
  });
  breaker.onReset(() => {
    logger.info('model_service_back');
    isAway = false;
  });
}
