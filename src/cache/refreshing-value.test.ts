import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { RefreshingValue } from './refreshing-value.ts';

const MAX_AGE_MS = 1000;

function setUp() {
  const clock = { nowMs: 0 };
  const loads = { count: 0, isFailing: false };
  const value = new RefreshingValue({
    name: 'test',
    load: () => (loads.isFailing ? Promise.reject(new Error('away')) : Promise.resolve(++loads.count)),
    maxAgeMs: MAX_AGE_MS,
    logger: createLogger('silent'),
    now: () => clock.nowMs,
  });
  return { value, clock, loads };
}

describe('RefreshingValue', () => {
  it('loads once for all who ask first', async () => {
    const { value, loads } = setUp();
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    expect(loads.count).toBe(1);
  });

  it('serves the old value at once when it is too old, and the new one next time', async () => {
    const { value, clock } = setUp();
    await value.get();
    clock.nowMs = MAX_AGE_MS + 1;
    expect(await value.get()).toBe(1);
    expect(await value.get()).toBe(2);
  });

  it('refreshes when told that something changed, whatever its age', async () => {
    const { value, clock } = setUp();
    await value.get();
    clock.nowMs = MAX_AGE_MS / 2;
    value.markStale();
    await value.get();
    await setImmediate();
    expect(await value.get()).toBe(2);
  });

  it('does not refresh again and again while changes pour in', async () => {
    const { value, clock, loads } = setUp();
    await value.get();
    for (let change = 0; change < 50; change++) {
      clock.nowMs += 10;
      value.markStale();
      await value.get();
    }
    expect(loads.count).toBeLessThan(6);
  });

  it('keeps the old value when a refresh fails, and tries again later', async () => {
    const { value, clock, loads } = setUp();
    await value.get();
    loads.isFailing = true;
    clock.nowMs = MAX_AGE_MS + 1;
    await value.get();
    await setImmediate();
    expect(await value.get()).toBe(1);
    loads.isFailing = false;
    clock.nowMs += MAX_AGE_MS;
    await value.get();
    await setImmediate();
    expect(await value.get()).toBe(2);
  });

  it('fails while there has never been a value, and recovers by itself', async () => {
    const { value, loads } = setUp();
    loads.isFailing = true;
    await expect(value.get()).rejects.toThrow('away');
    loads.isFailing = false;
    expect(await value.get()).toBe(1);
  });
});
