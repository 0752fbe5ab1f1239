import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { createRankerServer } from './ranker-server.ts';

/** The probability is the feature itself; anything above 1 is a defect of the model. */
const MODEL = {
  columns: ['p'],
  predict(values: Float32Array) {
    if (values.some((value) => value > 1)) throw new Error('the tree fell over');
    return values;
  },
};

describe('createRankerServer', () => {
  let isStopping: boolean;
  let log: PassThrough;
  let server: ReturnType<typeof createRankerServer>;

  beforeEach(() => {
    isStopping = false;
    log = new PassThrough();
    server = createRankerServer({
      model: MODEL,
      bodyBytesMax: 1000,
      requestTimeoutMs: 1000,
      isStopping: () => isStopping,
      logger: createLogger('error', log),
    });
  });

  afterEach(() => server.close());

  const post = async (url: string, payload: object | string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await server.inject({ method: 'POST', url, payload, headers });
    return { status: response.statusCode, body: response.json<unknown>(), headers: response.headers };
  };

  it('gives the probabilities of both classes by index', async () => {
    const { status, body } = await post('/predict-proba', {
      data: [
        [4, 0.25],
        [2, 1],
      ],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        [4, { output_feature_0: 0.75, output_feature_1: 0.25 }],
        [2, { output_feature_0: 0, output_feature_1: 1 }],
      ],
    });
  });

  it('gives the class as an XGBClassifier does: 1 above a half', async () => {
    const { body } = await post('/predict', {
      data: [
        [0, 0.5],
        [1, 0.51],
      ],
    });
    expect(body).toEqual({
      data: [
        [0, { output_feature_0: 0 }],
        [1, { output_feature_0: 1 }],
      ],
    });
  });

  it.each<[string, object | string, RegExp]>([
    ['no data', {}, /^Input data malformed: missing data field in the request input$/],
    ['empty data', { data: [] }, /^Input data malformed: empty data$/],
    ['no JSON', '{"data": [[0, NaN]]}', /^Input data malformed: .*JSON/],
    ['nothing', '', /^Input data malformed: /],
  ])('answers %s by 400 and what is wrong', async (_, payload, error) => {
    const { status, body } = await post('/predict', payload);
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it('refuses a body that is too large', async () => {
    expect(await post('/predict', { data: [[0, 'x'.repeat(1000)]] })).toMatchObject({ status: 413 });
  });

  it('does not know other paths', async () => {
    expect(await post('/explain', {})).toMatchObject({ status: 404, body: { error: 'Not found' } });
  });

  it('masks a defect and logs it', async () => {
    const answer = await post('/predict', { data: [[0, 2]] });
    expect(answer).toMatchObject({ status: 500, body: { error: 'Internal server error' } });
    expect(String(log.read())).toContain('the tree fell over');
  });

  it('is ready until it stops, and then still answers but asks the client to leave', async () => {
    const health = async () => {
      const response = await server.inject('/health');
      return [response.statusCode, response.json<unknown>()];
    };
    expect(await health()).toEqual([200, { status: 'ready' }]);
    isStopping = true;
    expect(await health()).toEqual([503, { status: 'not ready' }]);
    expect((await server.inject('/healthz')).statusCode).toBe(200);
    const { status, headers } = await post('/predict', { data: [[0, 1]] });
    expect(status).toBe(200);
    expect(headers.connection).toBe('close');
  });
});
