import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { OnServed } from './request-loader.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';

/** What a coalescer merges and how. */
export interface CoalescerOptions<Key, Value> {
  /** Equal text for equal keys: keys of concurrent requests with equal text are asked for once. */
  readonly keyText: (key: Key) => string;
  /** Answers several distinct keys at once, by key text; a key that is missing from the map has no value. */
  readonly load: (
    keys: readonly Key[],
    onServed: ((store: string) => void) | undefined,
  ) => Promise<ReadonlyMap<string, Value>>;
  /** Most keys in one call of `load`. */
  readonly keysMax: number;
  readonly requestsInFlight: RequestsInFlight;
  /** Told the number of keys of each call of `load`. */
  readonly onBatch?: (keyCount: number) => void;
}

interface Waiting<Key, Value> {
  readonly key: Key;
  readonly text: string;
  readonly promise: Promise<Value | undefined>;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Whoever waits for the key and wants to know who answers. */
  readonly watchers: OnServed[];
}

/**
 * Merges the keys that concurrent requests want from one statement into one call.
 *
 * Flushes at once while a single request is in flight, otherwise at the end of the event-loop turn. A batch that fails
 * on its content is split and retried, so that one bad key never fails its neighbours; a backend that is away or late
 * fails the batch as a whole. Nothing is remembered after the flush: an answer is never older than the question.
 */
export class Coalescer<Key, Value> {
  readonly #options: CoalescerOptions<Key, Value>;
  #waiting = new Map<string, Waiting<Key, Value>>();
  #isScheduled = false;

  constructor(options: CoalescerOptions<Key, Value>) {
    this.#options = options;
  }

  /** The values of the keys, in their order; undefined where there is none, an Error where that key failed. */
  async loadMany(keys: readonly Key[], onServed?: OnServed): Promise<(Value | undefined | Error)[]> {
    const answers = keys.map((key) => this.#enqueue(key, onServed));
    this.#schedule();
    const settled = await Promise.allSettled(answers);
    return settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : toError(outcome.reason)));
  }

  #enqueue(key: Key, onServed: OnServed | undefined): Promise<Value | undefined> {
    const text = this.#options.keyText(key);
    const known = this.#waiting.get(text);
    if (known) {
      if (onServed) known.watchers.push(onServed);
      return known.promise;
    }
    const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
    this.#waiting.set(text, { key, text, promise, resolve, reject, watchers: onServed ? [onServed] : [] });
    return promise;
  }

  #schedule(): void {
    if (this.#options.requestsInFlight.count <= 1) {
      this.#flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#flush();
      });
    }
  }

  #flush(): void {
    this.#isScheduled = false;
    const batch = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (let start = 0; start < batch.length; start += this.#options.keysMax) {
      void this.#run(batch.slice(start, start + this.#options.keysMax));
    }
  }

  async #run(batch: readonly Waiting<Key, Value>[]): Promise<void> {
    try {
      this.#options.onBatch?.(batch.length);
      const values = await this.#options.load(
        batch.map((waiting) => waiting.key),
        watchersOf(batch),
      );
      for (const waiting of batch) waiting.resolve(values.get(waiting.text));
    } catch (error) {
      if (batch.length === 1 || isUpstreamError(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await Promise.all([this.#run(batch.slice(0, middle)), this.#run(batch.slice(middle))]);
    }
  }
}

function watchersOf(
  batch: readonly Pick<Waiting<unknown, unknown>, 'text' | 'watchers'>[],
): ((store: string) => void) | undefined {
  if (!batch.some(({ watchers }) => watchers.length > 0)) return undefined;
  return (store) => {
    for (const { text, watchers } of batch) for (const onServed of watchers) onServed(store, text);
  };
}

function isUpstreamError(error: unknown): boolean {
  return error instanceof UpstreamTimeoutError || error instanceof UpstreamUnavailableError;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('A batch failed', { cause: reason });
}
