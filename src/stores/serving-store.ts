import type { StatementName } from '../generated/statement-names.ts';

/** How a statement is run. */
export interface StatementOptions {
  /** Milliseconds from the call to the last row, queueing included. Default: the store's own deadline. */
  readonly deadlineMs?: number;
  /** Told the name of the store that answered, where several could have. */
  readonly onServed?: ((store: string) => void) | undefined;
}

/**
 * A backend that answers named statements. Every implementation answers the same statement with equal rows: ids of 64
 * bits and exact decimals as text, doubles as numbers, moments as Date, days as YYYY-MM-DD, JSON parsed.
 */
export interface ServingStore {
  /**
   * Runs a statement with bound parameters. Rows are shared between requests: they must not be changed.
   * @throws UpstreamTimeoutError after the deadline, UpstreamUnavailableError when the backend cannot be reached.
   */
  query<Row extends object>(
    statement: StatementName,
    parameters: readonly unknown[],
    options?: StatementOptions,
  ): Promise<readonly Row[]>;

  /** Resolves when the backend answers. @throws as `query` does. */
  ping(): Promise<void>;
}
