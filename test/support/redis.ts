import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import './provided-context.ts';

/** A part of the shared Redis that belongs to one test file. */
export interface TestRedis {
  readonly url: string;
  /** Put in front of every key; nobody else uses it. */
  readonly keyPrefix: string;
}

/** The shared Redis and a prefix of one's own. */
export function testRedis(): TestRedis {
  return { url: inject('services').redisUrl, keyPrefix: `test:${randomBytes(6).toString('hex')}:` };
}
