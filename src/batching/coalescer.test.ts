import { describe, expect, it } from 'vitest';
import { UpstreamUnavailableError } from '../errors.ts';
import { Coalescer } from './coalescer.ts';
import { RequestsInFlight } from './requests-in-flight.ts';

interface Batches {
  readonly batches: string[][];
  readonly load: (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

function recordingLoad(answer: (key: string) => string | undefined): Batches {
  const batches: string[][] = [];
  return {
    batches,
    load: (keys) => {
      batches.push([...keys]);
      const values = new Map<string, string>();
      for (const key of keys) {
        const value = answer(key);
        if (value !== undefined) values.set(key, value);
      }
      return Promise.resolve(values);
    },
  };
}

function coalescerOver(load: Batches['load'], { requests = 2, keysMax = 100 } = {}): Coalescer<string, string> {
  const requestsInFlight = new RequestsInFlight();
  for (let index = 0; index < requests; index++) requestsInFlight.enter();
  return new Coalescer({ keyText: (key) => key, load, keysMax, requestsInFlight });
}

describe('Coalescer', () => {
  it('merges the keys of concurrent requests into one call and asks for an equal key once', async () => {
    const { batches, load } = recordingLoad((key) => key.toUpperCase());
    const coalescer = coalescerOver(load);
    const answers = await Promise.all([coalescer.loadMany(['a', 'b']), coalescer.loadMany(['b', 'c'])]);
    expect(answers).toEqual([
      ['A', 'B'],
      ['B', 'C'],
    ]);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('asks at once while a single request is in flight', () => {
    const { batches, load } = recordingLoad((key) => key);
    void coalescerOver(load, { requests: 1 }).loadMany(['a']);
    expect(batches).toEqual([['a']]);
  });

  it('waits for the end of the turn while several requests are in flight', async () => {
    const { batches, load } = recordingLoad((key) => key);
    const answer = coalescerOver(load, { requests: 2 }).loadMany(['a']);
    expect(batches).toEqual([]);
    await answer;
    expect(batches).toEqual([['a']]);
  });

  it('answers undefined for a key without a value, in the order of the keys', async () => {
    const { load } = recordingLoad((key) => (key === 'unknown' ? undefined : key));
    expect(await coalescerOver(load).loadMany(['b', 'unknown', 'a'])).toEqual(['b', undefined, 'a']);
  });

  it('never puts more than the allowed number of keys into one call', async () => {
    const { batches, load } = recordingLoad((key) => key);
    await coalescerOver(load, { keysMax: 2 }).loadMany(['a', 'b', 'c', 'd', 'e']);
    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('fails only the key that spoils its batch', async () => {
    const { load } = recordingLoad((key) => key);
    const spoiled = (keys: readonly string[]): ReturnType<typeof load> =>
      keys.includes('bad') ? Promise.reject(new Error('bad key')) : load(keys);
    const answers = await coalescerOver(spoiled).loadMany(['a', 'bad', 'b', 'c']);
    expect(answers).toEqual(['a', new Error('bad key'), 'b', 'c']);
  });

  it('does not hammer a backend that is away: one call, every key fails', async () => {
    let calls = 0;
    const away = (): Promise<never> => {
      calls++;
      return Promise.reject(new UpstreamUnavailableError());
    };
    const answers = await coalescerOver(away).loadMany(['a', 'b', 'c']);
    expect(answers.every((answer) => answer instanceof UpstreamUnavailableError)).toBe(true);
    expect(calls).toBe(1);
  });

  it('remembers nothing after the flush', async () => {
    const { batches, load } = recordingLoad((key) => key);
    const coalescer = coalescerOver(load);
    await coalescer.loadMany(['a']);
    await coalescer.loadMany(['a']);
    expect(batches).toEqual([['a'], ['a']]);
  });
});
