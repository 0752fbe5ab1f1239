import type { StatementName } from '../../src/generated/statement-names.ts';
import type { ServingStore } from '../../src/stores/serving-store.ts';

/** A store that passes everything on, unless told to fail a statement, and remembers the names of the statements, in order. */
export interface RecordingStore extends ServingStore {
  /** The statements since the last call, in the order in which they began. */
  takeStatements(): StatementName[];
  /** Makes a statement fail until it is called with null. */
  failStatement(statement: StatementName, error: Error | null): void;
}

/** Watches a store. */
export function recordingStore(store: ServingStore): RecordingStore {
  let statements: StatementName[] = [];
  const failures = new Map<StatementName, Error>();
  return {
    query(statement, parameters, options) {
      statements.push(statement);
      const failure = failures.get(statement);
      if (failure) return Promise.reject(failure);
      return store.query(statement, parameters, options);
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
  };
}
