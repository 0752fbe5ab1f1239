import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Every metric of the gateway, declared once. Labels come from closed sets: statement, tier and outcome names. */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds per SQL statement, by store, statement and outcome (ok, error). */
  readonly statementDuration: Histogram<'store' | 'statement' | 'outcome'>;
  /** Statements answered, by the store that answered and whether a better one should have. */
  readonly servedStatements: Counter<'store' | 'degraded'>;
  /** Seconds per GraphQL operation, by outcome (ok, error). */
  readonly operationDuration: Histogram<'outcome'>;
  /** Keys looked up in the entity cache, by entity and result (memory, redis, miss). */
  readonly cacheLookups: Counter<'entity' | 'result'>;
  /** Redis calls that failed or were late, and were answered from below. */
  readonly cacheFailures: Counter<'operation'>;
  /** Keys per coalesced statement. */
  readonly batchKeys: Histogram<'statement'>;
  /** Ranked lists, by the rung that ranked and whether it was lower than asked. */
  readonly rankedLists: Counter<'rung' | 'degraded'>;
  /** Seconds of scoring and ordering one list. */
  readonly rankingDuration: Histogram;
  /** Seconds per matrix that a model service was asked to score, by outcome (ok, timeout, error, away). */
  readonly modelServiceDuration: Histogram<'outcome'>;
  /** Age in seconds of each region's stock snapshot when last used. */
  readonly snapshotAge: Gauge<'region'>;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Creates the metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const common = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) => ({
    name: `snowgate_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  const seconds = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Histogram<Label> =>
    new Histogram({ ...common(`${name}_duration_seconds`, help, labelNames), buckets: SECONDS });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter(common(`${name}_total`, help, labelNames));
  return {
    registry,
    statementDuration: seconds('statement', 'Seconds per SQL statement', ['store', 'statement', 'outcome']),
    servedStatements: counter('served_statements', 'Statements answered by store', ['store', 'degraded']),
    operationDuration: seconds('operation', 'Seconds per GraphQL operation', ['outcome']),
    cacheLookups: counter('cache_lookups', 'Keys looked up in the entity cache', ['entity', 'result']),
    cacheFailures: counter('cache_failures', 'Redis calls that failed or were late', ['operation']),
    batchKeys: new Histogram({
      ...common('batch_keys', 'Keys per coalesced statement', ['statement']),
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000],
    }),
    rankedLists: counter('ranked_lists', 'Ranked lists by rung', ['rung', 'degraded']),
    rankingDuration: seconds('ranking', 'Seconds of scoring and ordering one list', []),
    modelServiceDuration: seconds('model_service', 'Seconds per matrix sent to a model service', ['outcome']),
    snapshotAge: new Gauge(common('snapshot_age_seconds', 'Age of the stock snapshot when last used', ['region'])),
  };
}
