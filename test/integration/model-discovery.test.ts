import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createRankingServiceClient, type RankingServiceClient } from '../../src/clients/ranking-service.ts';
import { parseConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { openModelDiscovery, type ModelDiscovery } from '../../src/open-model-discovery.ts';
import { setUpHybridTables } from '../support/contract-stores.ts';
import { startModelService, type ModelService } from '../support/model-service.ts';

const SPECIFICATION = `$$
spec:
  containers:
  - name: main
  endpoints:
  - name: metrics
    port: 9090
  - name: inference
    port: 5000
    public: true
$$`;

let local: LocalSnowflake;
let services: readonly [ModelService, ModelService];
let discovery: ModelDiscovery | null;
let client: RankingServiceClient;

beforeEach(async () => {
  local = await startLocalSnowflake();
  await setUpHybridTables(local);
  services = await Promise.all([serviceThatSays(0.25), serviceThatSays(0.75)]);
  await local.runScript(
    `CREATE COMPUTE POOL p MIN_NODES = 1 MAX_NODES = 1 INSTANCE_FAMILY = CPU_X64_XS;
    CREATE SERVICE snowgate.serving.my_ranker IN COMPUTE POOL p FROM SPECIFICATION ${SPECIFICATION} COMMENT = '${services[0].url}'`,
  );
  discovery = openModelDiscovery(parseConfig(settings()));
  client = createRankingServiceClient({
    columns: ['a'],
    outputColumn: 'output_feature_1',
    resolveEndpoint: () => discovery?.findEndpoint() ?? Promise.reject(new Error('no discovery')),
    tokenFile: undefined,
    timeoutMs: 5000,
    connectionsMax: 2,
    payloadBytesMax: 100_000,
    logger: createLogger('silent'),
    onCall: () => undefined,
  });
});

afterEach(async () => {
  client.close();
  await discovery?.close();
  for (const service of services) await service.close();
  await local.stop();
});

function serviceThatSays(probability: number): Promise<ModelService> {
  return startModelService((body) => {
    const { dataframe_split: frame } = JSON.parse(body) as { dataframe_split: { index: number[] } };
    return JSON.stringify({ data: frame.index.map((index) => [index, { output_feature_1: probability }]) });
  });
}

function settings(): Record<string, string> {
  const { username, password } = local.connectionOptions;
  return {
    RANKER: 'service',
    MODEL_SERVICE: 'my_ranker',
    SNOWFLAKE_ACCOUNT: local.account,
    SNOWFLAKE_ACCOUNT_URL: local.accessUrl,
    SNOWFLAKE_USER: username,
    SNOWFLAKE_PASSWORD: password,
    SNOWFLAKE_DATABASE: 'snowgate',
    SNOWFLAKE_SCHEMA: 'serving',
  };
}

const ask = async () => Array.from(await client.predictProbabilities(new Float32Array([1, 2]), 2));

describe('a model service that is found through Snowflake', () => {
  it('is found by its name, asked for once, and found again where it moved to', { timeout: 30_000 }, async () => {
    for (let i = 0; i < 5; i++) expect(await ask()).toEqual([0.25, 0.25]);
    expect(local.requests.statements(/SHOW ENDPOINTS/)).toHaveLength(1);

    await local.runScript(`ALTER SERVICE snowgate.serving.my_ranker SET COMMENT = '${services[1].url}'`);
    await services[0].close();
    const startedAt = performance.now();
    await expect.poll(() => ask().catch(() => 'away'), { timeout: 10_000, interval: 50 }).toEqual([0.75, 0.75]);
    // However often it failed meanwhile, Snowflake was asked once in three seconds at most.
    const looks = Math.ceil((performance.now() - startedAt) / 3000) + 1;
    expect(local.requests.statements(/SHOW ENDPOINTS/).length).toBeLessThanOrEqual(1 + looks);
  });

  it('is not looked for where MODEL_ENDPOINT says where it is, or nobody needs it', () => {
    expect(openModelDiscovery(parseConfig({ ...settings(), MODEL_ENDPOINT: 'http://127.0.0.1:1' }))).toBeNull();
    expect(openModelDiscovery(parseConfig({ ...settings(), RANKER: 'embedded' }))).toBeNull();
    expect(openModelDiscovery(parseConfig({ ...settings(), MODEL_SERVICE: '' }))).toBeNull();
  });
});
