import type { SnowflakeClient } from '../clients/snowflake-client.ts';
import type { StatementName } from '../generated/statement-names.ts';
import type { Metrics } from '../metrics.ts';
import { statementNamed, type Statements } from '../statements.ts';
import type { ServingStore, StatementOptions } from './serving-store.ts';
import { createStatementBinder } from './snowflake-binding.ts';

/** What a Snowflake store needs. */
export interface SnowflakeStoreDependencies {
  readonly client: SnowflakeClient;
  /** The files of sql/snowflake/queries. */
  readonly statements: Statements;
  readonly metrics: Metrics;
  /** Deadline of a statement that names none. */
  readonly deadlineMs: number;
}

/** Keys in one statement; a power of two. Longer lists make several statements, side by side. */
const LIST_MAX = 1024;

/**
 * The serving store on Snowflake's hybrid tables: the same statements as on Postgres, each tagged with its name, timed
 * and counted by outcome. It answers only what sql/snowflake/queries holds.
 */
export function createSnowflakeStore({
  client,
  statements,
  metrics,
  deadlineMs,
}: SnowflakeStoreDependencies): ServingStore {
  const binders = new Map(
    [...statements.values()].map(({ name, text }) => [name, createStatementBinder(text, LIST_MAX)]),
  );

  async function rowsOf<Row extends object>(
    name: StatementName,
    parameters: readonly unknown[],
    options: StatementOptions = {},
  ): Promise<readonly Row[]> {
    const bound = binders.get(statementNamed(statements, name).name)?.bind(parameters) ?? [];
    const deadline = options.deadlineMs ?? deadlineMs;
    const pages = await Promise.all(bound.map((statement) => client.query<Row>({ name, ...statement }, deadline)));
    return pages.flat();
  }

  return {
    async query<Row extends object>(
      name: StatementName,
      parameters: readonly unknown[],
      options?: StatementOptions,
    ): Promise<readonly Row[]> {
      const stopTimer = metrics.statementDuration.startTimer({ store: 'snowflake', statement: name });
      try {
        const rows = await rowsOf<Row>(name, parameters, options);
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
