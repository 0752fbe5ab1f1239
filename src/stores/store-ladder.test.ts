import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import type { ServingStore } from './serving-store.ts';
import { createStoreLadder } from './store-ladder.ts';

interface FakeStore extends ServingStore {
  calls: number;
  failure: Error | null;
}

function fakeStore(name: string): FakeStore {
  return {
    calls: 0,
    failure: null,
    query<Row extends object>(): Promise<readonly Row[]> {
      this.calls++;
      return this.failure ? Promise.reject(this.failure) : Promise.resolve([{ name } as unknown as Row]);
    },
    ping() {
      return this.failure ? Promise.reject(this.failure) : Promise.resolve();
    },
  };
}

function setUp() {
  const upper = fakeStore('upper');
  const lower = fakeStore('lower');
  const metrics = createMetrics();
  const rungs = [
    { name: 'upper', store: upper },
    { name: 'lower', store: lower },
  ];
  const ladder = createStoreLadder({ rungs, metrics, logger: createLogger('silent') });
  const served = async (): Promise<unknown> => (await ladder.query<{ name: string }>('taste_priors', []))[0]?.name;
  return { upper, lower, ladder, served, metrics };
}

describe('the ladder of stores', () => {
  it('asks the best rung alone while it works', async () => {
    const { served, lower } = setUp();
    expect(await served()).toBe('upper');
    expect(lower.calls).toBe(0);
  });

  it.each([new UpstreamUnavailableError(), new UpstreamTimeoutError()])(
    'loses no statement that a rung can answer (%s)',
    async (failure) => {
      const { served, upper } = setUp();
      upper.failure = failure;
      for (let statement = 0; statement < 20; statement++) expect(await served()).toBe('lower');
    },
  );

  it('stops asking a rung that keeps failing, and returns to it when it works again', async () => {
    const { served, upper } = setUp();
    upper.failure = new UpstreamUnavailableError();
    for (let statement = 0; statement < 10; statement++) await served();
    expect(upper.calls).toBe(3);
    upper.failure = null;
    await delay(1100);
    expect(await served()).toBe('upper');
  });

  it('passes an error in the statement on, because every rung would raise it', async () => {
    const { served, upper, lower } = setUp();
    upper.failure = new Error('column does not exist');
    await expect(served()).rejects.toThrow('column does not exist');
    expect(lower.calls).toBe(0);
  });

  it('fails as the last rung did when none can answer', async () => {
    const { served, upper, lower, ladder } = setUp();
    upper.failure = new UpstreamTimeoutError();
    lower.failure = new UpstreamUnavailableError();
    await expect(served()).rejects.toBe(lower.failure);
    await expect(ladder.ping()).rejects.toThrow(UpstreamUnavailableError);
  });

  it('counts which rung served', async () => {
    const { served, upper, metrics } = setUp();
    await served();
    upper.failure = new UpstreamUnavailableError();
    await served();
    expect((await metrics.servedStatements.get()).values.map(({ labels, value }) => ({ ...labels, value }))).toEqual([
      { store: 'upper', degraded: 'false', value: 1 },
      { store: 'lower', degraded: 'true', value: 1 },
    ]);
  });
});
