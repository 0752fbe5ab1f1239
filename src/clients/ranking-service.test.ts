import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startModelService, type ModelFault, type ModelService } from '../../test/support/model-service.ts';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import {
  createRankingServiceClient,
  type RankingCallOutcome,
  type RankingServiceClient,
  type RankingServiceOptions,
} from './ranking-service.ts';

/** Long enough for a busy machine; tests of what hangs have a short one. */
const TIMEOUT_MS = 3000;
const SHORT_TIMEOUT_MS = 300;
const MATRIX = Float32Array.of(0.5, 1, 0.25, 2, 0.125, NaN);

/** The probability of a row is its first value. */
function firstColumn(body: string): string {
  const { index, data } = (JSON.parse(body) as { dataframe_split: { index: number[]; data: number[][] } })
    .dataframe_split;
  return JSON.stringify({ data: index.map((name, row) => [name, { output_feature_1: data[row]?.[0] }]) });
}

describe('createRankingServiceClient', () => {
  let service: ModelService;
  let clients: RankingServiceClient[];
  let outcomes: RankingCallOutcome[];
  let log: PassThrough;
  let folder: string;

  beforeEach(async () => {
    service = await startModelService(firstColumn);
    clients = [];
    outcomes = [];
    log = new PassThrough();
    folder = await mkdtemp(join(tmpdir(), 'snowgate-ranking-'));
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await service.close();
    await rm(folder, { recursive: true });
  });

  function aClient(changes: Partial<RankingServiceOptions> = {}): RankingServiceClient {
    const client = createRankingServiceClient({
      columns: ['a', 'b'],
      outputColumn: 'output_feature_1',
      resolveEndpoint: () => Promise.resolve(service.url),
      tokenFile: undefined,
      timeoutMs: TIMEOUT_MS,
      connectionsMax: 4,
      payloadBytesMax: 1_000_000,
      logger: createLogger('debug', log),
      onCall: (outcome) => outcomes.push(outcome),
      ...changes,
    });
    clients.push(client);
    return client;
  }

  const causeOf = async (failing: Promise<unknown>): Promise<string> => {
    const error = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  };

  it('gives the probability of every row over one connection that it keeps', async () => {
    const client = aClient();
    for (let call = 0; call < 3; call += 1) {
      expect([...(await client.predictProbabilities(MATRIX, 3))]).toEqual([0.5, 0.25, 0.125]);
    }
    expect(service.connectionTotal()).toBe(1);
    expect(service.calls[0]).toMatchObject({ path: '/predict-proba', authorization: undefined });
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
  });

  it('asks nobody about no rows', async () => {
    expect(await aClient().predictProbabilities(new Float32Array(0), 0)).toEqual(new Float32Array(0));
    expect(service.calls).toEqual([]);
  });

  it('splits what is too large into calls over a bounded number of connections', async () => {
    const rows = Float32Array.from({ length: 2 * 1000 }, (_, cell) => (cell % 977) / 1000);
    const probabilities = await aClient({ payloadBytesMax: 1500 }).predictProbabilities(rows, 1000);
    expect([...probabilities]).toEqual([...rows.filter((_, cell) => cell % 2 === 0)]);
    expect(service.calls.length).toBeGreaterThan(20);
    expect(Math.max(...service.calls.map(({ bytes }) => bytes))).toBeLessThanOrEqual(1500);
    expect(service.connectionTotal()).toBeLessThanOrEqual(4);
  });

  it('puts shuffled rows back into their order', async () => {
    service.setFault('shuffled');
    expect([...(await aClient().predictProbabilities(MATRIX, 3))]).toEqual([0.5, 0.25, 0.125]);
  });

  it.each<[ModelFault, string]>([
    ['unavailable', 'answered 503'],
    ['too many requests', 'answered 429'],
    ['not found', 'answered 404'],
    ['reset', 'hang up|ECONNRESET'],
    ['cut answer', 'aborted'],
    ['garbage', 'not JSON'],
    ['NaN', 'not JSON'],
    ['text for a number', 'not a probability'],
    ['missing row', '2 rows for 3'],
    ['extra row', '4 rows for 3'],
    ['repeated row', 'comes twice'],
    ['other column', 'not a probability'],
  ])('rejects as unavailable on %s', async (fault, message) => {
    service.setFault(fault);
    const predicting = aClient().predictProbabilities(MATRIX, 3);
    await expect(predicting).rejects.toThrow(UpstreamUnavailableError);
    expect(await causeOf(predicting)).toMatch(new RegExp(message));
    expect(outcomes).toEqual(['error']);
  });

  it('rejects as unavailable when nobody listens', async () => {
    const resolveEndpoint = () => Promise.resolve('http://127.0.0.1:1');
    const predicting = aClient({ resolveEndpoint }).predictProbabilities(MATRIX, 3);
    await expect(predicting).rejects.toThrow(UpstreamUnavailableError);
    expect(await causeOf(predicting)).toContain('ECONNREFUSED');
  });

  it('passes on why model serving refuses a body', async () => {
    service.setFault('malformed');
    expect(await causeOf(aClient().predictProbabilities(MATRIX, 3))).toBe(
      'The model service answered 400: Input data malformed: missing columns: c',
    );
  });

  it('keeps its deadline and cuts what it waited for', async () => {
    service.setFault('hang');
    const startedAt = performance.now();
    await expect(aClient({ timeoutMs: SHORT_TIMEOUT_MS }).predictProbabilities(MATRIX, 3)).rejects.toThrow(
      UpstreamTimeoutError,
    );
    expect(performance.now() - startedAt).toBeLessThan(2 * SHORT_TIMEOUT_MS);
    await expect.poll(() => service.connectionCount()).toBe(0);
    expect(outcomes).toEqual(['timeout']);
  });

  it('has one deadline for all calls of a matrix', async () => {
    service.setFault('hang');
    const rows = new Float32Array(2 * 1000);
    const startedAt = performance.now();
    await expect(
      aClient({ payloadBytesMax: 1500, timeoutMs: SHORT_TIMEOUT_MS }).predictProbabilities(rows, 1000),
    ).rejects.toThrow(UpstreamTimeoutError);
    expect(performance.now() - startedAt).toBeLessThan(2 * SHORT_TIMEOUT_MS);
  });

  it('leaves a service alone that fails, tries it again in the background, and says so once', async () => {
    const client = aClient({ timeoutMs: SHORT_TIMEOUT_MS });
    service.setFault('hang');
    await Promise.allSettled(Array.from({ length: 8 }, () => client.predictProbabilities(MATRIX, 3)));
    const startedAt = performance.now();
    const refused = await Promise.allSettled(Array.from({ length: 50 }, () => client.predictProbabilities(MATRIX, 3)));
    expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMEOUT_MS);
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(outcomes.filter((outcome) => outcome === 'away')).toHaveLength(50);

    service.setFault('none');
    await expect
      .poll(
        () =>
          client.predictProbabilities(MATRIX, 3).then(
            () => 'ok',
            () => 'away',
          ),
        { timeout: 3000 },
      )
      .toBe('ok');
    const lines = String(log.read()).trim().split('\n');
    const events = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(events).toEqual(['model_service_away', 'model_service_back']);
  });

  it('lets nobody wait for the try of a service that still hangs', async () => {
    const client = aClient({ timeoutMs: SHORT_TIMEOUT_MS });
    service.setFault('hang');
    await Promise.allSettled(Array.from({ length: 8 }, () => client.predictProbabilities(MATRIX, 3)));
    await new Promise((resolve) => setTimeout(resolve, 1050));
    const callCount = service.calls.length;
    const startedAt = performance.now();
    await Promise.allSettled(Array.from({ length: 50 }, () => client.predictProbabilities(MATRIX, 3)));
    expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMEOUT_MS);
    await expect.poll(() => service.calls.length).toBe(callCount + 1);
  });

  it('repeats a call on a new connection when the kept one was closed in the meantime', async () => {
    const client = aClient();
    await client.predictProbabilities(MATRIX, 3);
    // In the same turn: the client has not seen the end of the connection yet.
    service.closeIdle();
    expect([...(await client.predictProbabilities(MATRIX, 3))]).toEqual([0.5, 0.25, 0.125]);
    expect(service.connectionTotal()).toBe(2);
  });

  it('asks for the address once, again after a failure to find it, and again after the service went away', async () => {
    let asked = 0;
    const client = aClient({
      resolveEndpoint() {
        asked += 1;
        return asked === 1 ? Promise.reject(new Error('SHOW SERVICES failed')) : Promise.resolve(service.url);
      },
    });
    await expect(client.predictProbabilities(MATRIX, 3)).rejects.toThrow(UpstreamUnavailableError);
    await Promise.all(Array.from({ length: 5 }, () => client.predictProbabilities(MATRIX, 3)));
    expect(asked).toBe(2);
    service.setFault('unavailable');
    await Promise.allSettled(Array.from({ length: 20 }, () => client.predictProbabilities(MATRIX, 3)));
    service.setFault('none');
    await expect
      .poll(
        () =>
          client.predictProbabilities(MATRIX, 3).then(
            () => 'ok',
            () => 'away',
          ),
        { timeout: 3000 },
      )
      .toBe('ok');
    expect(asked).toBe(3);
  });

  it('reads the token anew for every call, and tells it to nobody else', async () => {
    const tokenFile = join(folder, 'token');
    const client = aClient({ tokenFile });
    await writeFile(tokenFile, 'planted-1\n');
    await client.predictProbabilities(MATRIX, 3);
    await writeFile(tokenFile, 'planted-2\n');
    await client.predictProbabilities(MATRIX, 3);
    expect(service.calls.map(({ authorization }) => authorization)).toEqual([
      'Snowflake Token="planted-1"',
      'Snowflake Token="planted-2"',
    ]);
    service.setFault('unavailable');
    for (let call = 0; call < 8; call += 1) {
      const error = await client.predictProbabilities(MATRIX, 3).catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('planted');
    }
    const logged = String(log.read());
    expect(logged).toContain('model_service_away');
    expect(logged).not.toContain('planted');
  });

  it.each([
    ['the file is missing', undefined, 'http://127.0.0.1:1', 'ENOENT'],
    ['the file is empty', '\n', 'http://127.0.0.1:1', 'holds no token'],
    ['the file holds what would break out of the header', 'a"b', 'http://127.0.0.1:1', 'holds no token'],
    ['it would travel in plain text', 'planted', 'http://model.example.com', 'over https only'],
  ])('sends no token when %s', async (_, token, endpoint, problem) => {
    const tokenFile = join(folder, 'token');
    if (token !== undefined) await writeFile(tokenFile, token);
    const client = aClient({ tokenFile, resolveEndpoint: () => Promise.resolve(endpoint) });
    expect(await causeOf(client.predictProbabilities(MATRIX, 3))).toContain(problem);
  });
});
