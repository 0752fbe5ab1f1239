import type { Logger } from '../logger.ts';

/** How a refreshing value is made and kept. */
export interface RefreshingValueOptions<Value> {
  /** Name for the log. */
  readonly name: string;
  readonly load: () => Promise<Value>;
  /** Age after which the next reader starts a refresh. */
  readonly maxAgeMs: number;
  readonly logger: Logger;
  readonly now?: () => number;
}

/** Least time between two refreshes, however often the value is marked stale. */
const REFRESH_INTERVAL_MS = 200;

/**
 * One large value that all requests share and that is replaced as a whole. The first reader waits for it; after that
 * readers always get the newest one that is there at once, while at most one refresh runs. A refresh that fails leaves
 * the old value in place and is tried again by a later reader.
 */
export class RefreshingValue<Value> {
  readonly #options: RefreshingValueOptions<Value>;
  readonly #now: () => number;
  #current: { readonly value: Value; readonly loadedAtMs: number } | undefined;
  #loading: Promise<Value> | undefined;
  #isStale = false;
  #lastAttemptMs = Number.NEGATIVE_INFINITY;

  constructor(options: RefreshingValueOptions<Value>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The newest value. @throws what `load` throws, only while there has never been a value. */
  async get(): Promise<Value> {
    if (!this.#current) return this.#refresh();
    if (this.#wantsRefresh()) {
      this.#refresh().catch((error: unknown) => {
        this.#options.logger.warn({ err: error, value: this.#options.name }, 'refresh_failed');
      });
    }
    return this.#current.value;
  }

  /** The newest value without waiting or refreshing; undefined before the first. */
  get latest(): Value | undefined {
    return this.#current?.value;
  }

  /** Milliseconds since the value was loaded; undefined before the first. */
  get ageMs(): number | undefined {
    return this.#current && this.#now() - this.#current.loadedAtMs;
  }

  /** Something changed: the next reader starts a refresh whatever the age. */
  markStale(): void {
    this.#isStale = true;
  }

  #wantsRefresh(): boolean {
    if (this.#loading || this.#now() - this.#lastAttemptMs < REFRESH_INTERVAL_MS) return false;
    return this.#isStale || (this.ageMs ?? 0) > this.#options.maxAgeMs;
  }

  #refresh(): Promise<Value> {
    if (this.#loading) return this.#loading;
    this.#isStale = false;
    this.#lastAttemptMs = this.#now();
    this.#loading = this.#options
      .load()
      .then((value) => {
        this.#current = { value, loadedAtMs: this.#now() };
        return value;
      })
      .catch((error: unknown) => {
        this.#isStale = true;
        throw error;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}
