import { describe, expect, it } from 'vitest';
import { OperatorError } from './errors.ts';
import { openRanker, type RankerSettings } from './load-ranker.ts';
import { createLogger } from './logger.ts';

const SETTINGS: RankerSettings = {
  RANKER: 'embedded',
  MODEL_ENDPOINT: 'http://127.0.0.1:1',
  MODEL_TIMEOUT_MS: 100,
  MODEL_CONNECTIONS_MAX: 1,
  MODEL_PAYLOAD_BYTES_MAX: 10_000,
};

function open(changes: Partial<RankerSettings>, findEndpoint?: () => Promise<string>) {
  const metrics = { modelServiceDuration: { observe: () => undefined } };
  return openRanker({ ...SETTINGS, ...changes }, { logger: createLogger('silent'), metrics, findEndpoint });
}

describe('openRanker', () => {
  it.each<[RankerSettings['RANKER'], string[]]>([
    ['embedded', ['EMBEDDED_MODEL']],
    ['service', ['MODEL_SERVICE']],
    ['service-then-embedded', ['MODEL_SERVICE', 'EMBEDDED_MODEL']],
  ])('lets score by RANKER=%s: %j', async (RANKER, rungs) => {
    const { ranker, close } = open({ RANKER });
    expect(ranker.scorers.map(({ rung }) => rung)).toEqual(rungs);
    expect([ranker.name, ranker.outputColumn]).toEqual(['ranking', 'output_feature_1']);
    await close();
  });

  it('needs an address for a service, set or found', async () => {
    expect(() => open({ RANKER: 'service', MODEL_ENDPOINT: undefined })).toThrow(
      'RANKER=service needs the address of a model service. Set MODEL_ENDPOINT, or MODEL_SERVICE to have Snowflake asked for it.',
    );
    await open({ RANKER: 'service', MODEL_ENDPOINT: undefined }, () => Promise.resolve('http://127.0.0.1:1')).close();
  });

  it('refuses an address that cannot be used at once', () => {
    expect(() => open({ RANKER: 'service', MODEL_ENDPOINT: 'http://ranking:5000/predict' })).toThrow(OperatorError);
  });
});

describe('openRanker at the start', () => {
  it('says which setting to mend when there is no model', () => {
    expect(() => open({ MODEL_FOLDER: '/nowhere' })).toThrow(/MODEL_FOLDER/);
    expect(() => open({ RANKING_MODEL: 'ranking@504' })).toThrow(/RANKING_MODEL/);
  });
});
