import { LRUCache } from 'lru-cache';
import type { BatchSource, OnServed } from '../batching/request-loader.ts';
import type { Metrics } from '../metrics.ts';
import { decodeEntity, encodeEntity } from './codec.ts';
import type { DatasetVersion } from './dataset-version.ts';
import type { RemoteTier } from './remote-tier.ts';

/** Raised when the form of a cached row changes, so that old and new gateways never read each other's rows. */
const FORMAT_VERSION = 1;
/** A row may be served this many lifetimes past its end while a fresh one is fetched. */
const STALE_LIFETIMES = 1;
/** Lifetimes vary by this share, so that rows read together do not expire together. */
const JITTER = 0.1;

interface Entry {
  /** undefined is a null hit: the row is known not to exist. */
  readonly value: unknown;
  readonly freshUntilMs: number;
}

/** The version of the data that was current when a row was asked for; null when none was known. */
type Version = string | null;

/** How keys are fetched. */
interface FetchOptions {
  readonly version: Version;
  readonly mayAskRemote: boolean;
  /** Whether anybody wants to know who answers. */
  readonly isWatched: boolean;
}

/** A fetch under way. */
interface Flight<Value> {
  readonly value: Promise<Value | undefined | Error>;
  readonly watchers: OnServed[];
}

/** Memory shared by all entity caches of a process, bounded in entries. */
export type EntityMemory = LRUCache<string, Entry>;

/** Creates the memory that entity caches share. */
export function createEntityMemory(entriesMax: number): EntityMemory {
  return new LRUCache({ max: entriesMax });
}

/** What an entity cache needs. */
export interface EntityCacheOptions<Key, Value> {
  /** Name of the entity: part of its keys and a metric label. */
  readonly entity: string;
  readonly keyText: (key: Key) => string;
  /** Who answers what is not cached. */
  readonly source: BatchSource<Key, Value>;
  readonly memory: EntityMemory;
  /** The shared tier, or null to run on memory alone. */
  readonly remote: RemoteTier | null;
  /** Rows of one version are never answered under a later one. */
  readonly dataset: Pick<DatasetVersion, 'current'>;
  readonly ttlMs: number;
  readonly metrics: Metrics;
  readonly now?: () => number;
}

/**
 * Read-through cache in front of a batch source: memory, then Redis, then the source. Knows rows that do not exist
 * (null hits), serves a stale row while it fetches the fresh one, and fetches a key once however many ask at the same
 * time. Failures are never cached. Values do not depend on the viewer: masking happens above.
 *
 * Every key holds the version of the data that was current when its row was asked for. A row that was on its way while
 * the data was replaced is kept under the old version, where nobody looks who knows the new one.
 */
export class EntityCache<Key, Value extends object> implements BatchSource<Key, Value> {
  readonly #options: EntityCacheOptions<Key, Value>;
  readonly #now: () => number;
  readonly #loading = new Map<string, Flight<Value>>();

  constructor(options: EntityCacheOptions<Key, Value>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async loadMany(keys: readonly Key[], onServed?: OnServed): Promise<(Value | undefined | Error)[]> {
    const version = this.#options.dataset.current;
    const entries = keys.map((key) => this.#options.memory.get(this.#cacheKey(version, key)));
    const missing = keys.filter((_key, index) => !entries[index]);
    const stale = keys.filter((_key, index) => (entries[index]?.freshUntilMs ?? Infinity) <= this.#now());
    this.#count('memory', keys.length - missing.length);
    const isWatched = onServed !== undefined;
    this.#begin(stale, { version, mayAskRemote: false, isWatched });
    this.#begin(missing, { version, mayAskRemote: true, isWatched });
    // Nobody waits for what replaces a stale row.
    if (onServed) for (const key of missing) this.#loading.get(this.#cacheKey(version, key))?.watchers.push(onServed);
    return Promise.all(
      keys.map(async (key, index) => {
        const entry = entries[index];
        return entry ? (entry.value as Value | undefined) : this.#loading.get(this.#cacheKey(version, key))?.value;
      }),
    );
  }

  /** Starts fetching the keys that nobody is fetching yet. */
  #begin(keys: readonly Key[], how: FetchOptions): void {
    const unclaimed = new Map<string, Key>();
    for (const key of keys) {
      const cacheKey = this.#cacheKey(how.version, key);
      if (!this.#loading.has(cacheKey)) unclaimed.set(cacheKey, key);
    }
    if (unclaimed.size === 0) return;
    const wanted = [...unclaimed.values()];
    const fetched = this.#fetch(wanted, how);
    for (const [index, cacheKey] of [...unclaimed.keys()].entries()) {
      const value = fetched.then((values) => values[index]).finally(() => this.#loading.delete(cacheKey));
      this.#loading.set(cacheKey, { value, watchers: [] });
    }
  }

  /** Never rejects: a failure is the value of every key it concerns. */
  async #fetch(keys: readonly Key[], how: FetchOptions): Promise<(Value | undefined | Error)[]> {
    const answers = new Map<Key, Value | undefined | Error>();
    try {
      if (how.mayAskRemote) await this.#readRemote(how.version, keys, answers);
      const missing = keys.filter((key) => !answers.has(key));
      this.#count('miss', missing.length);
      if (missing.length > 0) await this.#readSource(missing, answers, how);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error('The cache failed', { cause: error });
      for (const key of keys) if (!answers.has(key)) answers.set(key, failure);
    }
    return keys.map((key) => answers.get(key));
  }

  async #readRemote(
    version: Version,
    keys: readonly Key[],
    answers: Map<Key, Value | undefined | Error>,
  ): Promise<void> {
    const remote = this.#remoteFor(version);
    if (!remote) return;
    const texts = await remote.getMany(keys.map((key) => this.#cacheKey(version, key)));
    for (const [index, key] of keys.entries()) {
      const text = texts[index];
      if (text === null || text === undefined) continue;
      const value = decodeOrNothing(text);
      if (value === undefined) continue;
      this.#remember(version, key, value.entity as Value | undefined);
      answers.set(key, value.entity as Value | undefined);
    }
    this.#count('redis', answers.size);
  }

  async #readSource(
    keys: readonly Key[],
    answers: Map<Key, Value | undefined | Error>,
    { version, isWatched }: FetchOptions,
  ): Promise<void> {
    const tellWatchers: OnServed = (store, text) => {
      for (const onServed of this.#loading.get(this.#cacheKeyOf(version, text))?.watchers ?? []) onServed(store, text);
    };
    const values = await this.#options.source.loadMany(keys, isWatched ? tellWatchers : undefined);
    const remote = this.#remoteFor(version);
    const toShare = new Map<string, string>();
    for (const [index, key] of keys.entries()) {
      const value = values[index];
      answers.set(key, value);
      if (value instanceof Error) continue;
      this.#remember(version, key, value);
      if (remote) toShare.set(this.#cacheKey(version, key), encodeEntity({ entity: value }));
    }
    if (toShare.size > 0) remote?.setMany(toShare, Math.round(this.#options.ttlMs));
  }

  /** Without a version nobody knows which data a shared row would be of. */
  #remoteFor(version: Version): RemoteTier | null {
    return version === null ? null : this.#options.remote;
  }

  #remember(version: Version, key: Key, value: Value | undefined): void {
    const lifetimeMs = this.#options.ttlMs * (1 - JITTER + 2 * JITTER * Math.random());
    const entry = { value, freshUntilMs: this.#now() + lifetimeMs };
    this.#options.memory.set(this.#cacheKey(version, key), entry, {
      ttl: Math.ceil(lifetimeMs * (1 + STALE_LIFETIMES)),
    });
  }

  #cacheKey(version: Version, key: Key): string {
    return this.#cacheKeyOf(version, this.#options.keyText(key));
  }

  #cacheKeyOf(version: Version, keyText: string): string {
    return `snowgate:${String(FORMAT_VERSION)}:${version ?? ''}:${this.#options.entity}:${keyText}`;
  }

  #count(result: 'memory' | 'redis' | 'miss', amount: number): void {
    if (amount > 0) this.#options.metrics.cacheLookups.inc({ entity: this.#options.entity, result }, amount);
  }
}

/** A text that is not ours, or was cut, counts as a miss. */
function decodeOrNothing(text: string): { entity?: unknown } | undefined {
  try {
    const decoded = decodeEntity(text);
    return typeof decoded === 'object' && decoded !== null ? decoded : undefined;
  } catch {
    return undefined;
  }
}
