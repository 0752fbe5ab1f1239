import { createConfiguredSnowflake } from '../../clients/configured-snowflake.ts';
import { createModelServiceFinder } from '../../clients/model-service-finder.ts';
import { createRankingServiceClient } from '../../clients/ranking-service.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../logger.ts';
import type { Ranker } from '../../ranking/rank.ts';
import { openRegistry } from '../../registry/model-registry.ts';
import { broken, ok, skipped, warning, type Check, type Outcome } from './finding.ts';

export interface RankingCheckOptions {
  readonly config: Config;
  readonly logger: Logger;
}

const SERVICE_DEADLINE_MS = 10_000;
const SERVICE_FIX =
  'Start it (npm run ranker), mend MODEL_ENDPOINT or MODEL_SERVICE, or set RANKER=embedded; public endpoints need MODEL_TOKEN_FILE.';
/** As far as two ways to add up the same trees differ. */
const DIFFERENCE_MAX = 1e-4;
const PROBE_ROWS = 16;

/** The models, and whether the model service gives what the ranking model gives. */
export function rankingChecks(options: RankingCheckOptions): readonly Check[] {
  const { config } = options;
  const deadlineMs = SERVICE_DEADLINE_MS + config.SNOWFLAKE_LOGIN_TIMEOUT_MS;
  return [
    {
      group: 'ranking',
      name: 'model',
      deadlineMs: 10_000,
      fix: 'Choose another one with `snowgate models use`, or mend MODEL_FOLDER and RANKING_MODEL.',
      look: () => checkModel(config),
    },
    {
      group: 'ranking',
      name: 'ratings',
      deadlineMs: 10_000,
      fix: 'Train one with `npm run models:ratings`, or mend MODEL_FOLDER and RATINGS_MODEL.',
      look: () => checkRatings(config),
    },
    { group: 'ranking', name: 'service', deadlineMs, fix: SERVICE_FIX, look: () => checkService(options) },
  ];
}

function checkModel(config: Config): Outcome {
  const registry = openRegistry(config);
  const id = registry.wanted();
  const { name, version, columns } = registry.load(id).ranker;
  return ok(`${name} ${version} with ${columns.length} columns in ${registry.folderOf(id)}`);
}

function checkRatings(config: Config): Outcome {
  if (config.RATINGS_MODEL === undefined) return skipped('not used: RATINGS_MODEL is not set');
  const registry = openRegistry(config);
  const { name, version, userCount, itemIds } = registry.loadFactorization(registry.idOf(config.RATINGS_MODEL));
  return ok(`${name} ${version} knows ${String(userCount)} customers and ${String(itemIds.length)} products`);
}

async function checkService({ config, logger }: RankingCheckOptions): Promise<Outcome> {
  if (config.RANKER === 'embedded') return skipped('not used (RANKER=embedded)');
  const registry = openRegistry(config);
  const { ranker } = registry.load(registry.wanted());
  const finder = findService(config);
  if (finder === null) return skipped('not looked at: there is no MODEL_ENDPOINT and no MODEL_SERVICE');
  const service = createRankingServiceClient({
    columns: ranker.columns,
    outputColumn: ranker.outputColumn,
    resolveEndpoint: finder.find,
    tokenFile: config.MODEL_TOKEN_FILE,
    timeoutMs: SERVICE_DEADLINE_MS + config.SNOWFLAKE_LOGIN_TIMEOUT_MS,
    connectionsMax: 1,
    payloadBytesMax: config.MODEL_PAYLOAD_BYTES_MAX,
    logger,
    onCall: () => undefined,
  });
  try {
    const address = await finder.find();
    const matrix = probeMatrix(ranker.columns.length);
    const startedAt = performance.now();
    const served = await service.predictProbabilities(matrix, PROBE_ROWS);
    const tookMs = Math.round(performance.now() - startedAt);
    return compare(ranker, { matrix, served, tookMs, address, timeoutMs: config.MODEL_TIMEOUT_MS });
  } catch (error) {
    return broken(`the model service does not rank: ${reasonOf(error)}`, SERVICE_FIX);
  } finally {
    service.close();
    await finder.close();
  }
}

interface Finder {
  readonly find: () => Promise<string>;
  readonly close: () => Promise<void>;
}

function findService(config: Config): Finder | null {
  const { MODEL_ENDPOINT: endpoint, MODEL_SERVICE: service, SNOWFLAKE_LOGIN_TIMEOUT_MS: loginTimeoutMs } = config;
  if (endpoint !== undefined) {
    return { find: () => Promise.resolve(endpoint), close: () => Promise.resolve() };
  }
  if (service === undefined) return null;
  const client = createConfiguredSnowflake(config, { purpose: 'MODEL_SERVICE', poolSizeMax: 1, patienceMs: 1 });
  const isInside = config.SNOWFLAKE_TOKEN_FILE !== undefined;
  const find = createModelServiceFinder({ client, service, isInside, deadlineMs: loginTimeoutMs });
  return { find, close: () => client.close() };
}

/** Rows that lie apart in every column; the first has no value at all. */
function probeMatrix(columnCount: number): Float32Array {
  return Float32Array.from({ length: PROBE_ROWS * columnCount }, (_, cell) => {
    const row = Math.floor(cell / columnCount);
    return row === 0 ? Number.NaN : Math.fround((((cell * 7919) % 101) / 101) * 2 ** (row - 4));
  });
}

interface Probe {
  readonly matrix: Float32Array;
  readonly served: Float32Array;
  readonly tookMs: number;
  readonly address: string;
  readonly timeoutMs: number;
}

function compare({ name, version, forest }: Ranker, { matrix, served, tookMs, address, timeoutMs }: Probe): Outcome {
  const own = new Float32Array(PROBE_ROWS);
  forest.predictRows(matrix, PROBE_ROWS, own);
  const difference = Math.max(...own.map((probability, row) => Math.abs(probability - (served[row] ?? Number.NaN))));
  const { host } = new URL(address);
  if (!(difference <= DIFFERENCE_MAX)) {
    return broken(
      `${host} ranks by another model than ${name} ${version}: probabilities differ by up to ${difference.toFixed(4)}`,
      'Serve the same model there (for snowgate ranker: the same RANKING_MODEL), or let RANKING_MODEL name that one.',
    );
  }
  const text = `${host} gives the probabilities of ${name} ${version} in ${tookMs} ms`;
  if (tookMs <= timeoutMs) return ok(text);
  return warning(
    `${text}, and MODEL_TIMEOUT_MS is ${timeoutMs}`,
    `Set MODEL_TIMEOUT_MS=${tookMs * 4}, or use more instances of the service.`,
  );
}

function reasonOf(error: unknown): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  return innermost instanceof Error ? innermost.message.replace(/\.$/, '') : String(innermost);
}
