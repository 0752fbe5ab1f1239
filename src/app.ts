import { setTimeout as delay } from 'node:timers/promises';
import type { ApolloServer } from '@apollo/server';
import { RequestsInFlight } from './batching/requests-in-flight.ts';
import { createEntityMemory, type EntityMemory } from './cache/entity-cache.ts';
import { createRemoteTier } from './cache/remote-tier.ts';
import type { DatasetVersion } from './cache/dataset-version.ts';
import { createPostgresClient, type PostgresClient } from './clients/postgres.ts';
import { createRedisClient, type RedisClient } from './clients/redis.ts';
import type { Config } from './config.ts';
import { createDataSources, createSharedSources, type SharedSources } from './datasources/data-sources.ts';
import type { CurrentSnapshots } from './datasources/current-snapshots.ts';
import { createApollo } from './graphql/apollo.ts';
import type { GraphQLContext } from './graphql/context.ts';
import { createExecutableSchema } from './graphql/executable-schema.ts';
import { readOperations } from './graphql/operation-files.ts';
import { anonymousViewer } from './graphql/viewer.ts';
import { INSTALLATION } from './installation.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openModels } from './open-models.ts';
import { openServingStore, type OpenServingStore } from './open-serving-store.ts';
import type { Factorization } from './ranking/factorization.ts';
import type { Ranker } from './ranking/rank.ts';
import type { HealthCheck } from './server/health.ts';
import { createHttpServer, type HttpServerOptions } from './server/http-server.ts';
import { createRunOperation, REST_OPERATIONS, type NamedOperationsOptions } from './server/rest/named-operations.ts';
import type { ServingStore } from './stores/serving-store.ts';
import { createDatasetVersion, watchChanges } from './watch-changes.ts';

/** Reading a whole region takes longer than answering a request; nobody waits for it after the start. */
const SNAPSHOT_DEADLINE_MS = 30_000;

/** What the process hands to the application. */
export interface AppDependencies {
  /** A migrated Postgres, or null where SERVING_STORES names none. */
  readonly databaseUrl: string | null;
  readonly logger: Logger;
  /** Wraps the store, for tests that watch the statements. */
  readonly wrapStore?: (store: ServingStore) => ServingStore;
}

/** The running gateway. */
export interface App {
  readonly metrics: Metrics;
  /** Loads what requests need and listens. @throws as the port or Postgres make it. */
  start(): Promise<{ readonly url: string }>;
  /** Is not ready from now on, answers for another SHUTDOWN_DELAY_MS, finishes open requests, closes every connection. */
  stop(): Promise<void>;
}

/**
 * The composition root: builds everything in the order of its dependencies, stops it in reverse.
 * @throws OperatorError when the model, the schema or the statements cannot be used.
 */
export function createApp(config: Config, { databaseUrl, logger, wrapStore = (store) => store }: AppDependencies): App {
  const metrics = createMetrics();
  const { first, ...models } = openModels(config, logger, metrics);
  const apollo = createGraphQLServer(config, logger, metrics);
  const postgres = openPostgres(config, databaseUrl, logger);
  const serving = openServingStore(config, { postgres, metrics, logger });
  const redis = config.REDIS_URL === undefined ? null : createRedisClient(config.REDIS_URL, logger);
  const store = wrapStore(serving.store);
  const requestsInFlight = new RequestsInFlight();
  const memory = createEntityMemory(config.CACHE_ENTRIES_MAX);
  const dataset = createDatasetVersion(postgres, { memory, logger });
  const shared = createShared(config, { store, metrics, logger, ...first, redis, requestsInFlight, memory, dataset });
  const stops: (() => Promise<unknown>)[] = [
    async () => postgres?.close(),
    () => serving.close(),
    models.close,
    async () => redis?.close(),
  ];
  let isStopping = false;
  let isListening = false;

  return {
    metrics,
    async start() {
      await shared.snapshots.warm();
      stops.push(await watchChanges({ postgres, snapshots: shared.snapshots, dataset }));
      models.follow(shared.snapshots);
      await apollo.start();
      stops.push(() => apollo.stop());
      const createContext = contextFactory(config, shared, serving.rungs.length > 1);
      const server = await createHttpServer({
        ...httpLimits(config),
        graphql: { apollo, requestsInFlight, createContext },
        rest: restOptions(config, { apollo, requestsInFlight, createContext, snapshots: shared.snapshots }),
        health: { checks: healthChecks(serving, redis, config), isStopping: () => isStopping, logger },
        metrics: metrics.registry,
      });
      stops.push(() => server.close());
      const url = await server.listen({ host: config.HOST, port: config.PORT });
      isListening = true;
      return { url };
    },
    async stop() {
      isStopping = true;
      if (isListening) await delay(config.SHUTDOWN_DELAY_MS);

      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

function openPostgres(config: Config, databaseUrl: string | null, logger: Logger): PostgresClient | null {
  if (databaseUrl === null) return null;
  return createPostgresClient({ url: databaseUrl, poolSizeMax: config.POSTGRES_POOL_SIZE_MAX, logger });
}

function createGraphQLServer(config: Config, logger: Logger, metrics: Metrics): ApolloServer<GraphQLContext> {
  return createApollo({
    schema: createExecutableSchema(INSTALLATION.schema),
    logger,
    metrics,
    tokensMax: config.OPERATION_TOKENS_MAX,
    limits: {
      depthMax: config.OPERATION_DEPTH_MAX,
      aliasesMax: config.OPERATION_ALIASES_MAX,
      costMax: config.OPERATION_COST_MAX,
    },
  });
}

function contextFactory(
  config: Config,
  shared: SharedSources,
  isLadder: boolean,
): (requestId: string) => GraphQLContext {
  const viewer = anonymousViewer(config.ANONYMOUS_SCOPES);
  if (!isLadder) return (requestId) => ({ requestId, viewer, dataSources: createDataSources(shared) });
  return (requestId) => {
    const servedBy = new Set<string>();
    const dataSources = createDataSources(shared, (store) => servedBy.add(store));
    return { requestId, viewer, dataSources, servedBy };
  };
}

/** What the routes of the replaced services ask and may be sent. */
function restOptions(
  config: Config,
  { snapshots, ...parts }: Omit<NamedOperationsOptions, 'operations'> & { readonly snapshots: CurrentSnapshots },
): HttpServerOptions['rest'] {
  return {
    run: createRunOperation({ ...parts, operations: readOperations(INSTALLATION.operations, REST_OPERATIONS) }),
    limits: { rowsMax: config.ENVELOPE_ROWS_MAX, bytesMax: config.ENVELOPE_BYTES_MAX },
    customerShape: config.CUSTOMER_ROUTE,
    backend: config.SERVING_STORES[0] === 'snowflake' ? 'warehouse' : 'postgres',
    productCount: () => snapshots.current.productCount,
  };
}

function httpLimits(config: Config): Pick<HttpServerOptions, 'pagesFolder' | 'bodyBytesMax' | 'requestTimeoutMs'> {
  return {
    pagesFolder: config.EXPLORER ? INSTALLATION.pages : null,
    bodyBytesMax: config.REQUEST_BYTES_MAX,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
  };
}

interface SharedParts {
  readonly store: ServingStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly ranker: Ranker;
  readonly ratings: Factorization | null;
  readonly redis: RedisClient | null;
  readonly requestsInFlight: RequestsInFlight;
  readonly memory: EntityMemory;
  readonly dataset: DatasetVersion;
}

function createShared(config: Config, parts: SharedParts): SharedSources {
  const { redis, metrics, memory, dataset } = parts;
  const remote = redis && createRemoteTier({ redis, metrics, timeoutMs: config.REDIS_TIMEOUT_MS });
  const ttlMs = config.CACHE_TTL_SECONDS * 1000;
  return createSharedSources({
    ...parts,
    keysMax: config.STATEMENT_KEYS_MAX,
    cache: ttlMs === 0 ? null : { memory, remote, dataset, ttlMs },
    policy: {
      featuresMaxAgeMs: config.FEATURES_MAX_AGE_HOURS * 3_600_000,
      snapshotMaxAgeMs: config.SNAPSHOT_MAX_AGE_SECONDS * 1000,
      snapshotDeadlineMs: SNAPSHOT_DEADLINE_MS,
      propensityWeight: config.RANKING_PROPENSITY_WEIGHT,
      repeatDays: config.RANKING_REPEAT_DAYS,
    },
  });
}

/** The gateway is ready while one of its stores answers: the ladder falls back on it. */
function healthChecks(serving: OpenServingStore, redis: RedisClient | null, config: Config): HealthCheck[] {
  const areAllRequired = serving.rungs.length === 1;
  const checks = serving.rungs.map(({ name, store }): HealthCheck => ({
    name,
    isRequired: areAllRequired,
    check: () => store.ping(),
  }));
  if (!areAllRequired) checks.push({ name: 'stores', isRequired: true, check: () => serving.store.ping() });
  if (redis) checks.push({ name: 'redis', isRequired: false, check: () => redis.ping(config.REDIS_TIMEOUT_MS) });
  return checks;
}
