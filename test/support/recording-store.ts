import type { StatementName } from '../../src/generated/statement-names.ts';
import type { ServingStore, StatementOptions } from '../../src/stores/serving-store.ts';

/** A store that passes everything on, unless told to fail a statement, and remembers the names of the statements, in order. */
export interface RecordingStore extends ServingStore {
  /** The statements since the last call, in the order in which they began. */
  takeStatements(): StatementName[];
  /** Makes a statement fail until it is called with null. */
  failStatement(statement: StatementName, error: Error | null): void;
  /** Keeps the next answer of a statement back. */
  holdAnswer(statement: StatementName): HeldAnswer;
}

/** An answer that has been read and is not given yet. */
export interface HeldAnswer {
  /** Resolves when its rows have been read. */
  readonly isRead: Promise<unknown>;
  release(): void;
}

/** Watches a store. */
export function recordingStore(store: ServingStore): RecordingStore {
  let statements: StatementName[] = [];
  const failures = new Map<StatementName, Error>();
  const held = new Map<StatementName, { onRead: () => void; released: Promise<unknown> }>();
  return {
    async query<Row extends object>(
      statement: StatementName,
      parameters: readonly unknown[],
      options?: StatementOptions,
    ): Promise<readonly Row[]> {
      statements.push(statement);
      const failure = failures.get(statement);
      if (failure) throw failure;
      const hold = held.get(statement);
      held.delete(statement);
      const rows = await store.query<Row>(statement, parameters, options);
      hold?.onRead();
      await hold?.released;
      return rows;
    },
    ping: () => store.ping(),
    takeStatements() {
      const taken = statements;
      statements = [];
      return taken;
    },
    failStatement(statement, error) {
      if (error) failures.set(statement, error);
      else failures.delete(statement);
    },
    holdAnswer(statement) {
      const reading = Promise.withResolvers<undefined>();
      const holding = Promise.withResolvers<undefined>();
      const onRead = (): void => {
        reading.resolve(undefined);
      };
      held.set(statement, { onRead, released: holding.promise });
      return {
        isRead: reading.promise,
        release: () => {
          holding.resolve(undefined);
        },
      };
    },
  };
}
