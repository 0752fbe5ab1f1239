import { parseModelEndpoint } from './clients/ranking-endpoint.ts';
import {
  createRankingServiceClient,
  type RankingCallOutcome,
  type RankingServiceClient,
} from './clients/ranking-service.ts';
import { OperatorError } from './errors.ts';
import type { Logger } from './logger.ts';
import { fillFeatures } from './ranking/feature-columns.ts';
import type { Ranker } from './ranking/rank.ts';
import type { ModelId } from './registry/model-id.ts';
import { openRegistry } from './registry/model-registry.ts';

/** The settings that say who runs the ranking model. */
export interface RankerSettings {
  readonly RANKER: 'embedded' | 'service' | 'service-then-embedded';
  readonly MODEL_FOLDER?: string | undefined;
  readonly RANKING_MODEL?: string | undefined;
  readonly MODEL_ENDPOINT?: string | undefined;
  readonly MODEL_TOKEN_FILE?: string | undefined;
  readonly MODEL_TIMEOUT_MS: number;
  readonly MODEL_CONNECTIONS_MAX: number;
  readonly MODEL_PAYLOAD_BYTES_MAX: number;
}

/** What `openRanker` needs besides the settings. */
export interface RankerDependencies {
  readonly logger: Logger;
  readonly metrics: {
    /** Seconds per matrix that a model service was asked to score. */
    readonly modelServiceDuration: {
      observe(labels: { readonly outcome: RankingCallOutcome }, seconds: number): void;
    };
  };
  /** Finds the model service where MODEL_ENDPOINT is not set; absent where there is nobody to ask. */
  readonly findEndpoint?: (() => Promise<string>) | undefined;
}

/** A ranker, and how to let go of what it holds. */
export interface OpenRanker {
  readonly ranker: Ranker;
  readonly close: () => Promise<void>;
}

/**
 * A ranking model with the scorers that RANKER names. Its folder is read in any case: the manifest says what to compute
 * for a service.
 * @param id The model; by default the one that the registry wants.
 * @throws OperatorError when the model or the address of the service cannot be used.
 */
export function openRanker(settings: RankerSettings, dependencies: RankerDependencies, id?: ModelId): OpenRanker {
  const registry = openRegistry(settings);
  const { ranker } = registry.load(id ?? registry.wanted());
  if (ranker.engineRefusal !== null) {
    dependencies.logger.warn({ reason: ranker.engineRefusal }, 'model_without_engine');
  }
  if (settings.RANKER === 'embedded') return { ranker, close: () => Promise.resolve() };
  const service = createService(ranker, settings, dependencies);
  const served = {
    rung: 'MODEL_SERVICE',
    score({ context, rows }) {
      const { values, rowCount } = fillFeatures(ranker.features, context, rows);
      return service.predictProbabilities(values, rowCount);
    },
  } as const satisfies Ranker['scorers'][number];
  const scorers = settings.RANKER === 'service' ? [served] : [served, ...ranker.scorers];
  return {
    ranker: { ...ranker, scorers },
    close() {
      service.close();
      return Promise.resolve();
    },
  };
}

function createService(
  { columns, outputColumn }: Ranker,
  settings: RankerSettings,
  { logger, metrics, findEndpoint }: RankerDependencies,
): RankingServiceClient {
  return createRankingServiceClient({
    columns,
    outputColumn,
    resolveEndpoint: endpointOf(settings, findEndpoint),
    tokenFile: settings.MODEL_TOKEN_FILE,
    timeoutMs: settings.MODEL_TIMEOUT_MS,
    connectionsMax: settings.MODEL_CONNECTIONS_MAX,
    payloadBytesMax: settings.MODEL_PAYLOAD_BYTES_MAX,
    logger,
    onCall: (outcome, seconds) => {
      metrics.modelServiceDuration.observe({ outcome }, seconds);
    },
  });
}

function endpointOf(
  { RANKER, MODEL_ENDPOINT }: RankerSettings,
  findEndpoint: RankerDependencies['findEndpoint'],
): () => Promise<string> {
  if (MODEL_ENDPOINT !== undefined) {
    // Told at the start, not as a degraded list.
    const { href } = parseModelEndpoint(MODEL_ENDPOINT);
    return () => Promise.resolve(href);
  }
  if (findEndpoint) return findEndpoint;
  throw new OperatorError(
    `RANKER=${RANKER} needs the address of a model service. Set MODEL_ENDPOINT, or MODEL_SERVICE to have Snowflake asked for it.`,
  );
}
