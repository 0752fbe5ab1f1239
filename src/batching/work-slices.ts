/** Milliseconds of work between two turns of the event loop; others wait no longer than this and one piece of work. */
const SLICE_MS = 5;

/**
 * Runs pieces of work of many requests one after the other, in the order in which they came, and lets the event loop turn
 * whenever some milliseconds have gone into them: a request with many pieces does not keep the others waiting.
 */
export class WorkSlices {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #spentMs = 0;
  #isScheduled = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs a piece that does not wait: at once while there is time left in this turn, else in a later one. */
  run<Result>(work: () => Result): Result | Promise<Result> {
    this.#schedule();
    if (this.#spentMs < SLICE_MS && this.#waiting.length === 0) return this.#measured(work);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push(() => {
      try {
        resolve(this.#measured(work));
      } catch (error) {
        reject(error);
      }
    });
    return promise;
  }

  #measured<Result>(work: () => Result): Result {
    const startedAt = this.#now();
    try {
      return work();
    } finally {
      this.#spentMs += this.#now() - startedAt;
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#spentMs = 0;
      while (this.#spentMs < SLICE_MS) {
        const next = this.#waiting.shift();
        if (!next) return;
        next();
      }
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
