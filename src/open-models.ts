import type { Config } from './config.ts';
import { openRanker, type OpenRanker } from './load-ranker.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { openModelDiscovery } from './open-model-discovery.ts';
import type { Ranker } from './ranking/rank.ts';
import type { ModelId } from './registry/model-id.ts';
import { openRegistry } from './registry/model-registry.ts';
import { watchModel } from './watch-model.ts';

/** The ranking model of a running gateway. */
export interface OpenModels {
  /** The version to start with. */
  readonly ranker: Ranker;
  /** Has new requests rank by the version that is chosen from now on. */
  readonly follow: (snapshots: { readonly useRanker: (ranker: Ranker) => Promise<void> }) => void;
  /** Closes every version. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the version that the registry wants.
 * @throws OperatorError when it, or the address of the service that scores with it, cannot be used.
 */
export function openModels(config: Config, logger: Logger, metrics: Metrics): OpenModels {
  const discovery = openModelDiscovery(config);
  const dependencies = { logger, metrics, findEndpoint: discovery?.findEndpoint };
  const open = (id?: ModelId): OpenRanker => openRanker(config, dependencies, id);
  const first = open();
  let close = first.close;
  return {
    ranker: first.ranker,
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
