import type { Config } from './config.ts';
import { openRanker, type OpenRanker } from './load-ranker.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { openModelDiscovery } from './open-model-discovery.ts';
import type { Factorization } from './ranking/factorization.ts';
import type { Ranker } from './ranking/rank.ts';
import type { ModelId } from './registry/model-id.ts';
import { openRegistry } from './registry/model-registry.ts';
import { watchModel } from './watch-model.ts';

/** The models of a running gateway. */
export interface OpenModels {
  /** The versions to start with; null where nothing predicts ratings. */
  readonly first: { readonly ranker: Ranker; readonly ratings: Factorization | null };
  /** Has new requests rank by the version that is chosen from now on. */
  readonly follow: (snapshots: { readonly useRanker: (ranker: Ranker) => Promise<void> }) => void;
  /** Closes every version of the ranking model. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the ranking model that the registry wants, and the one of ratings that the settings name.
 * @throws OperatorError when one of them, or the address of the service that scores with it, cannot be used.
 */
export function openModels(config: Config, logger: Logger, metrics: Metrics): OpenModels {
  const discovery = openModelDiscovery(config);
  const dependencies = { logger, metrics, findEndpoint: discovery?.findEndpoint };
  const open = (id?: ModelId): OpenRanker => openRanker(config, dependencies, id);
  const first = open();
  let close = first.close;
  return {
    first: { ranker: first.ranker, ratings: openRatings(config) },
    follow(snapshots) {
      close = watchModel({
        registry: openRegistry(config),
        open,
        use: (ranker) => snapshots.useRanker(ranker),
        serving: first,
        graceMs: config.REQUEST_TIMEOUT_MS,
        logger,
      });
    },
    async close() {
      await close();
      await discovery?.close();
    },
  };
}

function openRatings(config: Config): Factorization | null {
  if (config.RATINGS_MODEL === undefined) return null;
  const registry = openRegistry(config);
  return registry.loadFactorization(registry.idOf(config.RATINGS_MODEL));
}
