/** What a dataset version is read from and told to. */
export interface DatasetVersionOptions {
  /** The version that the database serves now; null where it names none. */
  readonly read: () => Promise<string | null>;
  /** Told when the data may have become other data: what is remembered of the old version only takes up room. */
  readonly onChange: () => void;
  /** Told of an attempt to read the version that failed; it is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Time between two attempts to read the version. */
const RETRY_DELAY_MS = 1000;

/**
 * The version of the data that serves, as far as this process knows. A row that was asked for while a version was
 * current is of this version or a later one, never of an earlier one: a version becomes current only after the data of
 * it is there to be read.
 */
export class DatasetVersion {
  readonly #options: DatasetVersionOptions;
  #current: string | null = null;
  /** Counts what was learned, so that an answer that was overtaken is dropped. */
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DatasetVersionOptions) {
    this.#options = options;
  }

  /** The version; null while none is known: then nothing may be shared with other processes. */
  get current(): string | null {
    return this.#current;
  }

  /** The database says that this version serves from now on. */
  announce(version: string): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#set(version);
  }

  /** Changes may have been missed: reads the version, again and again until it is there. Never rejects. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    clearTimeout(this.#timer);
    try {
      const version = await this.#options.read();
      if (turn === this.#turn) this.#set(version);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#options.onFailure(error);
      this.#timer = setTimeout(() => void this.refresh(), RETRY_DELAY_MS).unref();
    }
  }

  /** Gives up reading. */
  close(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  #set(version: string | null): void {
    this.#current = version === '' ? null : version;
    this.#options.onChange();
  }
}
