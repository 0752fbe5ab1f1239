import type { ApolloServer } from '@apollo/server';
import { RequestsInFlight } from './batching/requests-in-flight.ts';
import { createEntityMemory } from './cache/entity-cache.ts';
import { createRemoteTier } from './cache/remote-tier.ts';
import { readModelFolder } from './clients/model-folder.ts';
import type { PostgresListener } from './clients/postgres-listener.ts';
import { createPostgresClient, type PostgresClient } from './clients/postgres.ts';
import { createRedisClient, type RedisClient } from './clients/redis.ts';
import type { Config } from './config.ts';
import { createDataSources, createSharedSources, type SharedSources } from './datasources/data-sources.ts';
import type { RegionSnapshots } from './datasources/region-snapshots.ts';
import { OperatorError } from './errors.ts';
import { createApollo } from './graphql/apollo.ts';
import type { GraphQLContext } from './graphql/context.ts';
import { createExecutableSchema } from './graphql/executable-schema.ts';
import { anonymousViewer } from './graphql/viewer.ts';
import { INSTALLATION } from './installation.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { parseForest } from './ranking/forest/parse-forest.ts';
import { createRanker, parseManifest } from './ranking/manifest.ts';
import type { Ranker } from './ranking/rank.ts';
import type { HealthCheck } from './server/health.ts';
import { createHttpServer, type HttpServerOptions } from './server/http-server.ts';
import { loadStatements } from './statements.ts';
import { createPostgresStore } from './stores/postgres-store.ts';
import type { ServingStore } from './stores/serving-store.ts';

/** Reading a whole region takes longer than answering a request; nobody waits for it after the start. */
const SNAPSHOT_DEADLINE_MS = 30_000;

/** What the process hands to the application. */
export interface AppDependencies {
  /** A migrated Postgres. */
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Wraps the store, for tests that watch the statements. */
  readonly wrapStore?: (store: ServingStore) => ServingStore;
}

/** The running gateway. */
export interface App {
  readonly metrics: Metrics;
  /** Loads what requests need and listens. @throws as the port or Postgres make it. */
  start(): Promise<{ readonly url: string }>;
  /** Finishes open requests, then closes every connection. */
  stop(): Promise<void>;
}

/**
 * The composition root: builds everything in the order of its dependencies, stops it in reverse.
 * @throws OperatorError when the model, the schema or the statements cannot be used.
 */
export function createApp(config: Config, { databaseUrl, logger, wrapStore = (store) => store }: AppDependencies): App {
  const metrics = createMetrics();
  const ranker = loadRanker(config.MODEL_FOLDER ?? INSTALLATION.model);
  const statements = loadStatements(INSTALLATION.statements);
  const apollo = createGraphQLServer(config, logger, metrics);
  const postgres = createPostgresClient({ url: databaseUrl, poolSizeMax: config.POSTGRES_POOL_SIZE_MAX, logger });
  const redis = config.REDIS_URL === undefined ? null : createRedisClient(config.REDIS_URL, logger);
  const deadlineMs = config.STATEMENT_TIMEOUT_MS;
  const store = wrapStore(createPostgresStore({ client: postgres, statements, metrics, deadlineMs }));
  const requestsInFlight = new RequestsInFlight();
  const shared = createShared(config, { store, metrics, logger, ranker, redis, requestsInFlight });
  const { snapshots } = shared;
  const stops: (() => Promise<unknown>)[] = [() => postgres.close(), async () => redis?.close()];
  let isStopping = false;

  return {
    metrics,
    async start() {
      await snapshots.warm();
      const listener = watchStock(postgres, snapshots);
      stops.push(() => listener.close());
      await apollo.start();
      stops.push(() => apollo.stop());
      const server = await createHttpServer({
        ...httpLimits(config),
        graphql: {
          apollo,
          requestsInFlight,
          createContext: contextFactory(config, shared),
          hasExplorer: config.EXPLORER,
        },
        health: { checks: healthChecks(store, redis, config.REDIS_TIMEOUT_MS), isStopping: () => isStopping, logger },
        metrics: metrics.registry,
      });
      stops.push(() => server.close());
      return { url: await server.listen({ host: config.HOST, port: config.PORT }) };
    },
    async stop() {
      isStopping = true;
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}

function watchStock(postgres: PostgresClient, snapshots: RegionSnapshots): PostgresListener {
  const onChange = (region: string): void => {
    snapshots.markStale(region);
  };
  const onReconnected = (): void => {
    snapshots.markAllStale();
  };
  return postgres.listen('inventory_changed', onChange, onReconnected);
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

function contextFactory(config: Config, shared: SharedSources): (requestId: string) => GraphQLContext {
  const viewer = anonymousViewer(config.ANONYMOUS_SCOPES);
  return (requestId) => ({ requestId, viewer, dataSources: createDataSources(shared) });
}

function httpLimits(config: Config): Pick<HttpServerOptions, 'explorerFolder' | 'bodyBytesMax' | 'requestTimeoutMs'> {
  return {
    explorerFolder: INSTALLATION.explorer,
    bodyBytesMax: config.REQUEST_BYTES_MAX,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
  };
}

interface SharedParts {
  readonly store: ServingStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly ranker: Ranker;
  readonly redis: RedisClient | null;
  readonly requestsInFlight: RequestsInFlight;
}

function createShared(config: Config, parts: SharedParts): SharedSources {
  const { redis, metrics } = parts;
  const remote = redis && createRemoteTier({ redis, metrics, timeoutMs: config.REDIS_TIMEOUT_MS });
  const ttlMs = config.CACHE_TTL_SECONDS * 1000;
  return createSharedSources({
    ...parts,
    keysMax: config.STATEMENT_KEYS_MAX,
    cache: ttlMs === 0 ? null : { memory: createEntityMemory(config.CACHE_ENTRIES_MAX), remote, ttlMs },
    policy: {
      featuresMaxAgeMs: config.FEATURES_MAX_AGE_HOURS * 3_600_000,
      snapshotMaxAgeMs: config.SNAPSHOT_MAX_AGE_SECONDS * 1000,
      snapshotDeadlineMs: SNAPSHOT_DEADLINE_MS,
      propensityWeight: config.RANKING_PROPENSITY_WEIGHT,
      repeatDays: config.RANKING_REPEAT_DAYS,
    },
  });
}

function healthChecks(store: ServingStore, redis: RedisClient | null, redisTimeoutMs: number): HealthCheck[] {
  const checks: HealthCheck[] = [{ name: 'postgres', isRequired: true, check: () => store.ping() }];
  if (redis) checks.push({ name: 'redis', isRequired: false, check: () => redis.ping(redisTimeoutMs) });
  return checks;
}

function loadRanker(folder: string): Ranker {
  const { manifest, model } = readModelFolder(folder);
  try {
    return createRanker(parseManifest(manifest), parseForest(model));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `The ranking model in ${folder} cannot be used: ${reason.replace(/\.?$/, '.')} Set MODEL_FOLDER to the folder of another one.`,
      { cause },
    );
  }
}
