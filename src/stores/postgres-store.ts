import type { PostgresClient } from '../clients/postgres.ts';
import type { Metrics } from '../metrics.ts';
import { statementNamed, type Statements } from '../statements.ts';
import type { ServingStore } from './serving-store.ts';

/** What a Postgres store needs. */
export interface PostgresStoreDependencies {
  readonly client: PostgresClient;
  readonly statements: Statements;
  readonly metrics: Metrics;
  /** Deadline of a statement that names none. */
  readonly deadlineMs: number;
}

/** The serving store on Postgres: each statement is prepared under its own name, timed and counted by outcome. */
export function createPostgresStore({
  client,
  statements,
  metrics,
  deadlineMs,
}: PostgresStoreDependencies): ServingStore {
  return {
    async query<Row extends object>(
      name: Parameters<ServingStore['query']>[0],
      parameters: readonly unknown[],
      options?: Parameters<ServingStore['query']>[2],
    ): Promise<readonly Row[]> {
      const { text } = statementNamed(statements, name);
      const stopTimer = metrics.statementDuration.startTimer({ store: 'postgres', statement: name });
      try {
        const rows = await client.query<Row>({ name, text, values: parameters }, options?.deadlineMs ?? deadlineMs);
        stopTimer({ outcome: 'ok' });
        for (const row of rows) Object.freeze(row);
        return rows;
      } catch (error) {
        stopTimer({ outcome: 'error' });
        throw error;
      }
    },
    ping: () => client.ping(deadlineMs),
  };
}
