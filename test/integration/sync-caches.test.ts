import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { openFiles } from '../../src/jobs/sync/open-reader.ts';
import { syncTables } from '../../src/jobs/sync/sync.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { testRedis } from '../support/redis.ts';
import { writeVersion } from '../support/sync-folder.ts';

/** Longer than any test: what a test sees change has changed before its lifetime ended. */
const CACHE_TTL_SECONDS = '3600';

let folders: string;
let database: TestDatabase;
let client: PostgresClient;
let gateways: readonly [TestGateway, TestGateway];

beforeEach(async () => {
  folders = await mkdtemp(join(tmpdir(), 'snowgate-caches-'));
  database = await createTestDatabase();
  for (const version of [1, 2]) await writeVersion(database.url, join(folders, String(version)), version);
  client = createPostgresClient({ url: database.url, poolSizeMax: 3, logger: createLogger('silent') });
  await sync(1);
  const settings = { CACHE_TTL_SECONDS, REDIS_URL: testRedis().url };
  gateways = [await startGateway(database.url, settings), await startGateway(database.url, settings)];
});

afterEach(async () => {
  for (const gateway of gateways) await gateway.stop();
  await client.close();
  await database.drop();
  await rm(folders, { recursive: true });
});

async function sync(version: number): Promise<void> {
  const { reader } = await openFiles(join(folders, String(version)), client);
  const asOf = new Date('2026-11-02T00:00:00Z');
  await syncTables({ database: client, reader, asOf, rejectsMax: 0, mayMix: false, progress: SILENT_PROGRESS });
}

async function brandOf(gateway: TestGateway, productId: number): Promise<unknown> {
  const { data } = await gateway.ask(`{ product(id: "${String(productId)}") { brand } }`);
  return (data as { product: { brand: unknown } }).product.brand;
}

describe('gateways that share a Redis, when a sync replaces the data', { timeout: 60_000 }, () => {
  it('serve the new rows, all of them, long before the old ones would have ended', async () => {
    const [first, second] = gateways;
    expect(await brandOf(first, 1)).toBe('v1');
    second.takeStatements();
    expect(await brandOf(second, 1)).toBe('v1');
    // It came from Redis: that is what has to be left behind.
    expect(second.takeStatements()).toEqual([]);
    await sync(2);
    for (const gateway of [first, second]) await expect.poll(() => brandOf(gateway, 1), { timeout: 5000 }).toBe('v2');
    const third = await startGateway(database.url, { CACHE_TTL_SECONDS, REDIS_URL: testRedis().url });
    try {
      expect(await brandOf(third, 1)).toBe('v2');
      expect(third.takeStatements()).toEqual([]);
    } finally {
      await third.stop();
    }
  });

  it('forget a row that one of them was still reading while the data was replaced', async () => {
    const [first, second] = gateways;
    const held = first.holdAnswer('products_by_ids');
    const late = brandOf(first, 2);
    await held.isRead;
    await sync(2);
    for (const gateway of gateways) await expect.poll(() => brandOf(gateway, 1), { timeout: 5000 }).toBe('v2');
    held.release();
    expect(await late).toBe('v1');
    expect(await brandOf(first, 2)).toBe('v2');
    expect(await brandOf(second, 2)).toBe('v2');
  });
});
