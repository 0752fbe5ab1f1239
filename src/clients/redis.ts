import { timeout, TimeoutStrategy } from 'cockatiel';
import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

/** Redis behind our types: only what the cache needs. Every call rejects at once while Redis cannot be reached. */
export interface RedisClient {
  /** Texts by key, in their order; null where there is none. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  /** Keeps every entry for `ttlMs` milliseconds. */
  setMany(entries: ReadonlyMap<string, string>, ttlMs: number): Promise<void>;
  /** Resolves when Redis answers within `deadlineMs`. */
  ping(deadlineMs: number): Promise<void>;
  /** What last kept it from answering; null when nothing has. */
  readonly lastProblem: Error | null;
  close(): Promise<void>;
}

const RECONNECT_DELAY_MS_MAX = 1000;

/** Creates a client; connects in the background and reconnects for ever. */
export function createRedisClient(url: string, logger: Logger): RedisClient {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_DELAY_MS_MAX),
  });
  // One line when Redis goes and one when it comes: reconnecting attempts would flood the log.
  let isAway = false;
  let lastProblem: Error | null = null;
  redis.on('error', (error: Error) => {
    lastProblem = error;
    if (!isAway) logger.warn({ err: error }, 'redis_away');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info('redis_back');
    isAway = false;
  });
  return {
    getMany: (keys) => redis.mget([...keys]),
    async setMany(entries, ttlMs) {
      const pipeline = redis.pipeline();
      for (const [key, text] of entries) pipeline.set(key, text, 'PX', ttlMs);
      const outcomes = await pipeline.exec();
      const failure = outcomes?.find(([error]) => error)?.[0];
      if (failure) throw failure;
    },
    async ping(deadlineMs) {
      await timeout(deadlineMs, TimeoutStrategy.Aggressive).execute(() => redis.ping());
    },
    get lastProblem() {
      return lastProblem;
    },
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
