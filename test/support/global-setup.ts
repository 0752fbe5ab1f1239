import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/clients/embedded-postgres.ts';
import { createPostgresClient } from '../../src/clients/postgres.ts';
import { seedDemoData } from '../../src/jobs/demo-data/seed-demo-data.ts';
import { migrate } from '../../src/jobs/migrate.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { createDatabase, DEMO_DATA, TEMPLATES, urlOf } from './database.ts';
import { MIGRATIONS_FOLDER, STATEMENTS_FOLDER } from './folders.ts';
import './provided-context.ts';
import { startRedisServer } from './redis-server.ts';

/** Nobody needs test data after a power failure. */
const HASTY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts one Postgres with two template databases (migrated; migrated and filled with demo data) and one Redis for all
 * test files, and stops them afterwards. A missing service fails the run; no test skips itself.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'snowgate-test-'));
  const [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ folder, logger: createLogger('silent'), settings: HASTY }),
    startRedisServer(),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await createTemplates(postgres.url);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('services', { postgresUrl: postgres.url, redisUrl: redis.url });
  return stop;
}

async function createTemplates(serverUrl: string): Promise<void> {
  await createDatabase(serverUrl, TEMPLATES.empty, 'template1');
  await fill(urlOf(serverUrl, TEMPLATES.empty), false);
  await createDatabase(serverUrl, TEMPLATES.demo, TEMPLATES.empty);
  await fill(urlOf(serverUrl, TEMPLATES.demo), true);
}

async function fill(url: string, withDemoData: boolean): Promise<void> {
  const database = createPostgresClient({ url, poolSizeMax: 2, logger: createLogger('silent') });
  try {
    await migrate(database, MIGRATIONS_FOLDER);
    const statements = loadStatements(STATEMENTS_FOLDER);
    if (withDemoData) await seedDemoData({ database, statements, ...DEMO_DATA, progress: SILENT_PROGRESS });
  } finally {
    await database.close();
  }
}
