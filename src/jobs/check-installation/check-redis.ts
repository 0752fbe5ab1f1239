import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisClient } from '../../clients/redis.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../logger.ts';
import { broken, ok, skipped, warning, type Check, type Outcome } from './finding.ts';

const TIMEOUT_MS = 2000;
const POLL_MS = 50;
const PINGS = 5;

/** Redis, where the cache is shared. */
export function redisChecks(config: Config, logger: Logger): readonly Check[] {
  const fix = 'Start Redis, or mend or unset REDIS_URL; until then the cache is in memory alone.';
  return [{ group: 'redis', name: 'redis', deadlineMs: 5000, fix, look: () => checkRedis(config, logger) }];
}

async function checkRedis(config: Config, logger: Logger): Promise<Outcome> {
  const { REDIS_URL: url, REDIS_TIMEOUT_MS: timeoutMs } = config;
  if (url === undefined) return skipped('not set (REDIS_URL); the cache is in memory alone');
  const { host } = new URL(url);
  const redis = createRedisClient(url, logger);
  try {
    // The client rejects at once while it has no connection, and it has none in its first moments.
    const deadline = Date.now() + TIMEOUT_MS;
    let problem: unknown;
    while (Date.now() < deadline) {
      problem = await redis.ping(deadline - Date.now()).then(
        () => null,
        (error: unknown) => error,
      );
      if (problem === null) return speedOf(await medianMs(() => redis.ping(TIMEOUT_MS)), host, timeoutMs);
      if (isAuthentication(problem) || isAuthentication(redis.lastProblem)) return refused(host);
      await sleep(POLL_MS);
    }
    return broken(
      `${host} does not answer`,
      'Start Redis, or mend or unset REDIS_URL; until then the cache is in memory alone.',
    );
  } finally {
    await redis.close();
  }
}

function refused(host: string): Outcome {
  return broken(
    `${host} refuses the user or the password`,
    'Set REDIS_URL to redis://user:password@host:port with the right ones; until then the cache is in memory alone.',
  );
}

function speedOf(ms: number, host: string, timeoutMs: number): Outcome {
  const speed = `${host} answers in ${ms.toFixed(1)} ms`;
  if (ms < timeoutMs / 2) return ok(speed);
  return warning(
    `${speed}, REDIS_TIMEOUT_MS is ${timeoutMs}: many reads will be given up`,
    `Set REDIS_TIMEOUT_MS=${Math.ceil(ms * 4)}, or use a Redis that is nearer.`,
  );
}

async function medianMs(ping: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const startedAt = performance.now();
    await ping();
    times.push(performance.now() - startedAt);
  }
  return times.sort((one, other) => one - other)[Math.floor(PINGS / 2)] ?? 0;
}

function isAuthentication(error: unknown): boolean {
  return error instanceof Error && /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/.test(error.message);
}
