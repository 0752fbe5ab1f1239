import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { openFiles } from '../../src/jobs/sync/open-reader.ts';
import {
  previewSync,
  syncTables,
  type SyncOptions,
  type TablePreview,
  type TableSync,
} from '../../src/jobs/sync/sync.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { writeVersion } from './sync-folder.ts';

/** Two versions of all tables as files, and for each test a database of its own with demo data to sync them into. */
export class SyncWorld {
  readonly folders: string;
  readonly first: string;
  readonly second: string;
  #database: TestDatabase | undefined;
  #client: PostgresClient | undefined;
  #reading: Client | undefined;

  constructor(folders: string) {
    this.folders = folders;
    this.first = join(folders, 'first');
    this.second = join(folders, 'second');
  }

  async open(): Promise<void> {
    this.#database = await createTestDatabase();
    const { url } = this.#database;
    this.#client = createPostgresClient({ url, poolSizeMax: 4, logger: createLogger('silent') });
    this.#reading = new Client({ connectionString: url });
    await this.#reading.connect();
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#reading?.end();
    await this.#database?.drop();
  }

  get databaseUrl(): string {
    return this.#database?.url ?? '';
  }

  /** A connection beside those of the sync. */
  get reading(): Client {
    if (!this.#reading) throw new Error('The database is not open');
    return this.#reading;
  }

  async select<Row extends object>(statement: string): Promise<Row[]> {
    return (await this.reading.query<Row>(statement)).rows;
  }

  async optionsFor(folder: string, changes: Partial<SyncOptions> = {}): Promise<SyncOptions> {
    if (!this.#client) throw new Error('The database is not open');
    const { reader } = await openFiles(folder, this.#client);
    const asOf = new Date('2026-11-02T00:00:00Z');
    return {
      database: this.#client,
      reader,
      asOf,
      rejectsMax: 0,
      mayMix: false,
      progress: SILENT_PROGRESS,
      ...changes,
    };
  }

  async sync(folder: string, changes: Partial<SyncOptions> = {}): Promise<readonly TableSync[]> {
    return syncTables(await this.optionsFor(folder, changes));
  }

  async preview(folder: string, changes: Partial<SyncOptions> = {}): Promise<readonly TablePreview[]> {
    return previewSync(await this.optionsFor(folder, changes));
  }

  /** A folder of one's own with these files. */
  async ownFolder(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(this.folders, 'own-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.jsonl`), text);
    return folder;
  }
}

/** A world for the tests of a file; call the result inside a test. */
export function useSyncWorld(): () => SyncWorld {
  let world: SyncWorld | undefined;
  const opened = (): SyncWorld => {
    if (!world) throw new Error('The folders were not written');
    return world;
  };
  beforeAll(async () => {
    world = new SyncWorld(await mkdtemp(join(tmpdir(), 'snowgate-sync-')));
    const demo = await createTestDatabase();
    await writeVersion(demo.url, world.first, 1);
    await writeVersion(demo.url, world.second, 2);
    await demo.drop();
  });
  afterAll(() => rm(opened().folders, { recursive: true }));
  beforeEach(() => opened().open());
  afterEach(() => opened().close());
  return opened;
}

/** Rows as lines of JSON. */
export const lines = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
