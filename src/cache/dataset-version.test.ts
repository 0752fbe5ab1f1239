import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatasetVersion } from './dataset-version.ts';

const FAILURE = new Error('away');

function setUp(answers: readonly (Promise<string | null> | Error)[]) {
  let asked = 0;
  const failures: unknown[] = [];
  const onChange = vi.fn();
  const dataset = new DatasetVersion({
    read: () => {
      const answer = answers[asked++] ?? null;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onChange,
    onFailure: (error) => failures.push(error),
  });
  return { dataset, failures, onChange };
}

describe('DatasetVersion', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('knows nothing before it has read or heard', async () => {
    const { dataset, onChange } = setUp([Promise.resolve('1')]);
    expect(dataset.current).toBeNull();
    await dataset.refresh();
    expect(dataset.current).toBe('1');
    dataset.announce('2');
    expect(dataset.current).toBe('2');
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it('never goes back to what was read before it heard of a later one', async () => {
    const reading = Promise.withResolvers<string>();
    const { dataset } = setUp([reading.promise]);
    const refreshing = dataset.refresh();
    dataset.announce('2');
    reading.resolve('1');
    await refreshing;
    expect(dataset.current).toBe('2');
  });

  it('reads again until there is an answer, and keeps what it knows meanwhile', async () => {
    const { dataset, failures } = setUp([Promise.resolve('1'), FAILURE, FAILURE, Promise.resolve('2')]);
    await dataset.refresh();
    await dataset.refresh();
    expect(dataset.current).toBe('1');
    await vi.advanceTimersByTimeAsync(2500);
    expect(dataset.current).toBe('2');
    expect(failures).toEqual([FAILURE, FAILURE]);
  });

  it('reads no more once it is closed', async () => {
    const { dataset } = setUp([FAILURE, Promise.resolve('1')]);
    await dataset.refresh();
    dataset.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(dataset.current).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });
});
