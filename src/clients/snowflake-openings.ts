/** A login that takes longer may never end: others are started beside it. Most take less than a second. */
const SLOW_LOGIN_MS = 1500;

/** The logins that a pool has under way. */
export class SnowflakeOpenings {
  readonly #running = new Set<Promise<void>>();
  #prompt = 0;

  get size(): number {
    return this.#running.size;
  }

  /** Those of which nobody can say yet that they hang. */
  get promptCount(): number {
    return this.#prompt;
  }

  /**
   * Adds a login, which never rejects.
   * @param onChange Called when it has ended, and before that when it is slow.
   */
  add(opening: Promise<void>, onChange: () => void): void {
    let isPrompt = true;
    const endPrompt = (): void => {
      if (isPrompt) this.#prompt -= 1;
      isPrompt = false;
    };
    const timer = setTimeout(() => {
      endPrompt();
      onChange();
    }, SLOW_LOGIN_MS);
    this.#prompt += 1;
    this.#running.add(opening);
    void opening.finally(() => {
      clearTimeout(timer);
      endPrompt();
      this.#running.delete(opening);
      onChange();
    });
  }

  /** Resolves when all that run now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}
