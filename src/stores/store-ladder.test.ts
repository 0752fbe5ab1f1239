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
  /** Answers nothing until the deadline that it is given. */
  isHanging: boolean;
  deadlines: number[];
}

const DEADLINE_MS = 400;

function fakeStore(name: string): FakeStore {
  return {
    calls: 0,
    failure: null,
    isHanging: false,
    deadlines: [],
    query<Row extends object>(...[, , options]: Parameters<ServingStore['query']>): Promise<readonly Row[]> {
      this.calls++;
      this.deadlines.push(options?.deadlineMs ?? 0);
      if (this.isHanging) {
        return delay(options?.deadlineMs).then(() => {
          throw new UpstreamTimeoutError();
        });
      }
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
  const ladder = createStoreLadder({ rungs, metrics, logger: createLogger('silent'), deadlineMs: DEADLINE_MS });
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
    // The first statement tries it, and is answered from below meanwhile.
    expect(await served()).toBe('lower');
    expect(await served()).toBe('upper');
  });

  it('leaves time for the rung below when one hangs, within one deadline', async () => {
    const { served, upper, lower } = setUp();
    upper.isHanging = true;
    const startedAt = performance.now();
    expect(await served()).toBe('lower');
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS);
    expect(lower.deadlines[0]).toBeGreaterThan(0);
  });

  it('still takes the answer of a slow rung when the next has failed', async () => {
    const { served, upper, lower } = setUp();
    upper.query = async <Row extends object>() => {
      await delay(DEADLINE_MS * 0.75);
      return [{ name: 'upper' } as unknown as Row];
    };
    lower.failure = new UpstreamUnavailableError();
    expect(await served()).toBe('upper');
    // That the next lost the race says nothing against it.
    lower.failure = null;
    lower.isHanging = true;
    for (let statement = 0; statement < 3; statement++) expect(await served()).toBe('upper');
    upper.failure = new UpstreamUnavailableError();
    upper.query = () => Promise.reject(upper.failure ?? new Error());
    lower.isHanging = false;
    expect(await served()).toBe('lower');
  });

  it('gives a rung all the time when no other could answer', async () => {
    const { served, upper, lower } = setUp();
    upper.failure = new UpstreamUnavailableError();
    for (let statement = 0; statement < 4; statement++) await served();
    expect(lower.deadlines.at(-1)).toBeGreaterThan(DEADLINE_MS * 0.9);
  });

  it('has nobody wait while a rung that hangs is tried again', async () => {
    const { served, upper } = setUp();
    upper.isHanging = true;
    await Promise.all([served(), served(), served()]);
    await delay(1100);
    const startedAt = performance.now();
    expect(await Promise.all(Array.from({ length: 50 }, served))).toEqual(Array<string>(50).fill('lower'));
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS / 2);
    expect(upper.calls).toBe(4);
  });

  it('tries a rung for a short while, however long the statement may take', async () => {
    const { upper, ladder } = setUp();
    upper.failure = new UpstreamUnavailableError();
    for (let statement = 0; statement < 3; statement++) await ladder.query('taste_priors', []);
    await delay(1100);
    await ladder.query('taste_priors', [], { deadlineMs: 30_000 });
    expect(upper.deadlines.at(-1)).toBe(2000);
  });

  it('asks a rung that it had left alone when the others fail, rather than nobody', async () => {
    const { served, upper, lower } = setUp();
    upper.failure = new UpstreamUnavailableError();
    for (let statement = 0; statement < 5; statement++) await served();
    upper.failure = null;
    lower.failure = new UpstreamUnavailableError();
    for (let statement = 0; statement < 20; statement++) expect(await served()).toBe('upper');
  });

  it('has the rung below answer what is an error above, and goes on trusting both', async () => {
    const { served, upper } = setUp();
    upper.failure = new Error('no SELECT on customers');
    for (let statement = 0; statement < 10; statement++) expect(await served()).toBe('lower');
    expect(upper.calls).toBe(10);
  });

  it('passes an error in the statement on that is one for every rung', async () => {
    const { served, upper, lower } = setUp();
    upper.failure = new Error('column does not exist');
    lower.failure = new UpstreamUnavailableError();
    await expect(served()).rejects.toBe(upper.failure);
    lower.failure = new Error('a column does not exist');
    await expect(served()).rejects.toBe(upper.failure);
  });

  it('fails as the last rung did when none can answer', async () => {
    const { served, upper, lower, ladder } = setUp();
    upper.failure = new UpstreamTimeoutError();
    lower.failure = new UpstreamUnavailableError();
    await expect(served()).rejects.toBe(lower.failure);
    await expect(ladder.ping()).rejects.toThrow(UpstreamUnavailableError);
  });

  it('fails every one of many statements as the rungs did, also those that come when one is left alone already', async () => {
    const { served, upper, lower } = setUp();
    upper.isHanging = true;
    lower.failure = new UpstreamUnavailableError();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, served));
    const reasons = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as unknown) : outcome.value,
    );
    expect(reasons).toEqual(Array(20).fill(expect.any(UpstreamTimeoutError)));
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
