import { createConfiguredSnowflake } from './clients/configured-snowflake.ts';
import { createModelServiceFinder } from './clients/model-service-finder.ts';
import type { Config } from './config.ts';

/** Finds the model service through Snowflake. */
export interface ModelDiscovery {
  /** @throws as `createModelServiceFinder` says. */
  readonly findEndpoint: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the way to ask Snowflake where MODEL_SERVICE is; null where nobody needs it: no service ranks, or MODEL_ENDPOINT
 * says where it is. A service token is found inside Snowflake only, and there services call each other by their names.
 * @throws OperatorError when a setting that it needs is missing.
 */
export function openModelDiscovery(config: Config): ModelDiscovery | null {
  const { RANKER, MODEL_SERVICE: service, MODEL_ENDPOINT } = config;
  if (RANKER === 'embedded' || service === undefined || MODEL_ENDPOINT !== undefined) return null;
  const deadlineMs = config.SNOWFLAKE_LOGIN_TIMEOUT_MS;
  const client = createConfiguredSnowflake(config, {
    purpose: 'MODEL_SERVICE',
    poolSizeMax: 1,
    patienceMs: deadlineMs,
  });
  const isInside = config.SNOWFLAKE_TOKEN_FILE !== undefined;
  return {
    findEndpoint: createModelServiceFinder({ client, service, isInside, deadlineMs }),
    close: () => client.close(),
  };
}
