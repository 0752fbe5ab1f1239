import type { Client } from 'pg';
import type { Logger } from '../logger.ts';

/** What a listener is told to do. */
export interface PostgresListenerOptions {
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** From now on nothing is missed. What came before may have been, when it listens again as well as for the first time. */
  readonly onListening: (isAgain: boolean) => void;
  readonly logger: Logger;
}

const RECONNECT_DELAY_MS = 1000;

/** One connection that listens on a channel for as long as it is not closed, and reconnects by itself. */
export class PostgresListener {
  readonly #createClient: () => Client;
  readonly #options: PostgresListenerOptions;
  #client: Client | undefined;
  #connecting: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #hasListened = false;

  constructor(createClient: () => Client, options: PostgresListenerOptions) {
    this.#createClient = createClient;
    this.#options = options;
    this.#connecting = this.#connect();
  }

  /** Stops listening and closes the connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#connecting;
    await this.#client?.end().catch(() => undefined);
  }

  /** Never rejects: a failure is tried again later. */
  async #connect(): Promise<void> {
    const { channel, onNotification, onListening, logger } = this.#options;
    const client = this.#createClient();
    this.#client = client;
    client.on('error', (error) => {
      if (!this.#isClosed) logger.warn({ err: error, channel }, 'postgres_listener_lost');
    });
    client.on('end', () => {
      this.#reconnectLater();
    });
    client.on('notification', ({ payload = '' }) => {
      onNotification(payload);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      onListening(this.#hasListened);
      this.#hasListened = true;
    } catch (error) {
      logger.warn({ err: error, channel }, 'postgres_listener_failed');
      await client.end().catch(() => undefined);
      this.#reconnectLater();
    }
  }

  #reconnectLater(): void {
    if (this.#isClosed || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isClosed) this.#connecting = this.#connect();
    }, RECONNECT_DELAY_MS);
    this.#timer.unref();
  }
}
