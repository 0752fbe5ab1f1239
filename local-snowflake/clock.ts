/** The server's time. It runs with the machine's until a test moves it; it never runs backwards by itself. */
export class Clock {
  #offsetMs = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the time forward. */
  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  /** Sets the time; it runs on from there. */
  set(moment: Date): void {
    this.#offsetMs = moment.getTime() - Date.now();
  }
}
