import { describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { EntityCache, createEntityMemory } from './entity-cache.ts';
import type { RemoteTier } from './remote-tier.ts';

interface Row {
  readonly id: string;
  readonly at: Date;
}

const AT = new Date('2026-11-01T00:00:00Z');
const TTL_MS = 1000;

function memoryRemote(): RemoteTier & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getMany: (keys) => Promise.resolve(keys.map((key) => texts.get(key) ?? null)),
    setMany: (entries) => {
      for (const [key, text] of entries) texts.set(key, text);
    },
  };
}

function setUp({
  remote = null as RemoteTier | null,
  exists = (id: string): boolean => id !== '',
  rowOf = (id: string): Row => ({ id, at: AT }),
} = {}) {
  const dataset = { current: 'v1' as string | null };
  const asked: string[][] = [];
  const clock = { nowMs: 0 };
  const failing = { isFailing: false };
  const cache = new EntityCache<string, Row>({
    entity: 'row',
    keyText: (id) => id,
    source: {
      loadMany: (ids) => {
        asked.push([...ids]);
        return Promise.resolve(
          ids.map((id) => (failing.isFailing ? new Error('away') : exists(id) ? rowOf(id) : undefined)),
        );
      },
    },
    memory: createEntityMemory(100),
    remote,
    dataset,
    ttlMs: TTL_MS,
    metrics: createMetrics(),
    now: () => clock.nowMs,
  });
  return { cache, asked, clock, failing, dataset };
}

describe('EntityCache', () => {
  it('asks the source once for a key and keeps the order of the keys', async () => {
    const { cache, asked } = setUp();
    await cache.loadMany(['a']);
    expect(await cache.loadMany(['b', 'a'])).toEqual([
      { id: 'b', at: AT },
      { id: 'a', at: AT },
    ]);
    expect(asked).toEqual([['a'], ['b']]);
  });

  it('writes no row as text where there is nobody to share it with', async () => {
    const toJSON = vi.fn();
    const rowOf = (id: string) => ({ id, at: AT, counted: { toJSON } });
    await setUp({ rowOf }).cache.loadMany(['a']);
    expect(toJSON).not.toHaveBeenCalled();
    await setUp({ rowOf, remote: memoryRemote() }).cache.loadMany(['a']);
    expect(toJSON).toHaveBeenCalledOnce();
  });

  it('remembers that a row does not exist', async () => {
    const { cache, asked } = setUp({ exists: () => false });
    expect(await cache.loadMany(['a'])).toEqual([undefined]);
    expect(await cache.loadMany(['a'])).toEqual([undefined]);
    expect(asked).toEqual([['a']]);
  });

  it('fetches a key once however many ask at the same time', async () => {
    const { cache, asked } = setUp();
    await Promise.all([cache.loadMany(['a', 'b']), cache.loadMany(['b']), cache.loadMany(['a'])]);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('serves a stale row at once and fetches the fresh one behind it', async () => {
    const { cache, asked, clock } = setUp();
    await cache.loadMany(['a']);
    clock.nowMs = TTL_MS * 1.2;
    expect(await cache.loadMany(['a'])).toEqual([{ id: 'a', at: AT }]);
    expect(asked).toEqual([['a'], ['a']]);
  });

  it('never keeps a failure', async () => {
    const { cache, failing } = setUp();
    failing.isFailing = true;
    expect(await cache.loadMany(['a'])).toEqual([new Error('away')]);
    failing.isFailing = false;
    expect(await cache.loadMany(['a'])).toEqual([{ id: 'a', at: AT }]);
  });

  it('reads what another gateway put into the shared tier, moments and absences included', async () => {
    const remote = memoryRemote();
    await setUp({ remote, exists: (id) => id !== 'gone' }).cache.loadMany(['a', 'gone']);
    const second = setUp({ remote });
    expect(await second.cache.loadMany(['a', 'gone'])).toEqual([{ id: 'a', at: AT }, undefined]);
    expect(second.asked).toEqual([]);
  });

  it('takes a damaged text of the shared tier for a miss', async () => {
    const remote = memoryRemote();
    await setUp({ remote }).cache.loadMany(['a']);
    for (const key of remote.texts.keys()) remote.texts.set(key, '{"entity":{"id":');
    const second = setUp({ remote });
    expect(await second.cache.loadMany(['a'])).toEqual([{ id: 'a', at: AT }]);
    expect(second.asked).toEqual([['a']]);
  });

  it('never gives a row of one version under a later one, in memory or shared', async () => {
    const remote = memoryRemote();
    const { cache, asked, dataset } = setUp({ remote });
    await cache.loadMany(['a']);
    dataset.current = 'v2';
    await cache.loadMany(['a']);
    expect(asked).toEqual([['a'], ['a']]);
    expect([...remote.texts.keys()]).toEqual(['snowgate:1:v1:row:a', 'snowgate:1:v2:row:a']);
  });

  it('keeps a row that was on its way while the data was replaced from whoever asks afterwards', async () => {
    const remote = memoryRemote();
    const dataset = { current: 'v1' as string | null };
    const held = [Promise.withResolvers<Row[]>(), Promise.withResolvers<Row[]>()];
    let asked = 0;
    const cache = new EntityCache<string, Row>({
      entity: 'row',
      keyText: (id) => id,
      source: { loadMany: () => held[asked++]?.promise ?? Promise.resolve([]) },
      memory: createEntityMemory(100),
      remote,
      dataset,
      ttlMs: TTL_MS,
      metrics: createMetrics(),
    });
    const before = cache.loadMany(['a']);
    dataset.current = 'v2';
    const after = cache.loadMany(['a']);
    await expect.poll(() => asked).toBe(2);
    const [old, fresh] = [
      { id: 'old', at: AT },
      { id: 'fresh', at: AT },
    ];
    held[1]?.resolve([fresh]);
    expect(await after).toEqual([fresh]);
    held[0]?.resolve([old]);
    expect(await before).toEqual([old]);
    expect(await cache.loadMany(['a'])).toEqual([fresh]);
    expect(remote.texts.get('snowgate:1:v2:row:a')).toContain('fresh');
  });

  it('shares nothing while no version is known', async () => {
    const remote = memoryRemote();
    const { cache, asked, dataset } = setUp({ remote });
    dataset.current = null;
    await cache.loadMany(['a']);
    await cache.loadMany(['a']);
    expect(asked).toEqual([['a']]);
    expect(remote.texts.size).toBe(0);
  });
});
