import { createConfiguredSnowflake } from './clients/configured-snowflake.ts';
import type { PostgresClient } from './clients/postgres.ts';
import type { Config } from './config.ts';
import { OperatorError } from './errors.ts';
import { INSTALLATION } from './installation.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { loadStatements } from './statements.ts';
import { createPostgresStore } from './stores/postgres-store.ts';
import { createStoreLadder, type Rung } from './stores/store-ladder.ts';
import { createSnowflakeStore } from './stores/snowflake-store.ts';
import type { ServingStore } from './stores/serving-store.ts';

/** What opening needs besides the settings. */
export interface ServingStoreDependencies {
  /** Null where no Postgres serves. */
  readonly postgres: PostgresClient | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The store that serves, and its rungs one by one for readiness. */
export interface OpenServingStore {
  readonly store: ServingStore;
  readonly rungs: readonly Rung[];
  /** Closes what was opened here; the Postgres client is the caller's. */
  close(): Promise<void>;
}

const PATIENCE_SHARE = 0.25;

/**
 * The stores of SERVING_STORES as one: the only one itself, several as a ladder in their order.
 * @throws OperatorError when a setting that a store needs is missing.
 */
export function openServingStore(config: Config, dependencies: ServingStoreDependencies): OpenServingStore {
  const deadlineMs = config.STATEMENT_TIMEOUT_MS;
  const closes: (() => Promise<void>)[] = [];
  const rungs = config.SERVING_STORES.map((name): Rung => {
    if (name === 'postgres') return { name, store: postgresStore(config, dependencies) };
    const client = createConfiguredSnowflake(config, {
      purpose: 'SERVING_STORES with snowflake',
      poolSizeMax: config.SNOWFLAKE_POOL_SIZE_MAX,
      // The last rung may use up the deadline: nobody else could answer.
      patienceMs: name === config.SERVING_STORES.at(-1) ? deadlineMs : Math.round(deadlineMs * PATIENCE_SHARE),
    });
    closes.push(() => client.close());
    // A login may take longer than a statement, so it does not wait for the first one.
    client.ping(config.SNOWFLAKE_LOGIN_TIMEOUT_MS).catch(() => undefined);
    const statements = loadStatements(INSTALLATION.snowflakeStatements);
    const { metrics } = dependencies;
    return {
      name,
      store: createSnowflakeStore({ client, statements, metrics, deadlineMs }),
    };
  });
  const [first, second] = rungs;
  if (!first) throw new OperatorError('SERVING_STORES names no store.');
  return {
    store: second ? createStoreLadder({ rungs, deadlineMs, ...dependencies }) : first.store,
    rungs,
    async close() {
      for (const close of closes) await close();
    },
  };
}

function postgresStore(config: Config, { postgres, metrics }: ServingStoreDependencies): ServingStore {
  if (!postgres) throw new Error('SERVING_STORES names postgres, and no Postgres was opened');
  const statements = loadStatements(INSTALLATION.statements);
  return createPostgresStore({ client: postgres, statements, metrics, deadlineMs: config.STATEMENT_TIMEOUT_MS });
}
