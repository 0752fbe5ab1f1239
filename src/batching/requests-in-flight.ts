/** How many requests are being answered right now. The coalescer waits for company only when there can be some. */
export class RequestsInFlight {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts one request until the returned function is called; calling it again does nothing. */
  enter(): () => void {
    this.#count++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#count--;
    };
  }
}
