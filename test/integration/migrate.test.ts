import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPostgresClient, type PostgresClient } from '../../src/clients/postgres.ts';
import { OperatorError } from '../../src/errors.ts';
import { DATASET_TABLES } from '../../src/jobs/dataset.ts';
import { migrate, pendingMigrations } from '../../src/jobs/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MIGRATIONS_FOLDER } from '../support/folders.ts';

let database: TestDatabase;
let client: PostgresClient;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase('blank');
  client = connect();
  folder = await mkdtemp(join(tmpdir(), 'snowgate-migrations-'));
});

afterEach(async () => {
  await client.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

function connect(): PostgresClient {
  return createPostgresClient({ url: database.url, poolSizeMax: 2, logger: createLogger('silent') });
}

function select<Row extends object>(statement: string): Promise<Row[]> {
  return client.transaction((session) => session.execute<Row>(statement));
}

describe('migrate', () => {
  it('runs the migrations that ship in order, each once', async () => {
    const files = (await readdir(MIGRATIONS_FOLDER)).sort();
    expect((await migrate(client, MIGRATIONS_FOLDER)).applied).toEqual(files);
    expect((await migrate(client, MIGRATIONS_FOLDER)).applied).toEqual([]);
    expect(await select('SELECT name FROM schema_migrations ORDER BY name')).toEqual(files.map((name) => ({ name })));
  });

  it('makes no table that would keep its rows when other data is loaded', async () => {
    await migrate(client, MIGRATIONS_FOLDER);
    const tables = await select<{ tablename: string }>(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    const names = tables.map(({ tablename }) => tablename).filter((name) => name !== 'schema_migrations');
    expect(names.sort()).toEqual([...DATASET_TABLES].sort());
  });

  it('runs each file once when two gateways start together', async () => {
    const other = connect();
    try {
      const [first, second] = await Promise.all([
        migrate(client, MIGRATIONS_FOLDER),
        migrate(other, MIGRATIONS_FOLDER),
      ]);
      expect([...first.applied, ...second.applied].sort()).toEqual((await readdir(MIGRATIONS_FOLDER)).sort());
    } finally {
      await other.close();
    }
  });

  it('keeps nothing of a file that fails in its middle, and all of the files before it', async () => {
    await writeFile(join(folder, '0001_good.sql'), 'CREATE TABLE good (id int)');
    await writeFile(join(folder, '0002_bad.sql'), 'CREATE TABLE half (id int); SELECT 1 / 0');
    await expect(migrate(client, folder)).rejects.toThrow('division by zero');
    expect(
      await select(`SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('half') IS NOT NULL AS half`),
    ).toEqual([{ good: true, half: false }]);
    await writeFile(join(folder, '0002_bad.sql'), 'CREATE TABLE half (id int)');
    expect((await migrate(client, folder)).applied).toEqual(['0002_bad.sql']);
  });

  it('refuses a file that was changed after it ran', async () => {
    await cp(MIGRATIONS_FOLDER, folder, { recursive: true });
    await migrate(client, folder);
    await writeFile(join(folder, '0001_catalog.sql'), 'SELECT 1');
    const refused = migrate(client, folder);
    await expect(refused).rejects.toThrow(OperatorError);
    await expect(refused).rejects.toThrow(/0001_catalog.sql was changed after this database ran it. Restore/);
  });

  it('refuses a database of a newer version', async () => {
    await writeFile(join(folder, '0001_first.sql'), 'SELECT 1');
    await writeFile(join(folder, '0002_second.sql'), 'SELECT 2');
    await migrate(client, folder);
    await rm(join(folder, '0002_second.sql'));
    await expect(migrate(client, folder)).rejects.toThrow(/0002_second.sql, which this Snowgate does not know. Update/);
  });

  it('takes other line ends for the same file', async () => {
    await writeFile(join(folder, '0001_first.sql'), 'SELECT 1;\nSELECT 2;\n');
    await migrate(client, folder);
    await writeFile(join(folder, '0001_first.sql'), 'SELECT 1;\r\nSELECT 2;\r\n');
    expect((await migrate(client, folder)).applied).toEqual([]);
  });

  it('says that an installation without migrations is not complete', async () => {
    await expect(migrate(client, folder)).rejects.toThrow(/No migration found/);
    await expect(migrate(client, join(folder, 'missing'))).rejects.toThrow(/cannot be read/);
  });
});

describe('pendingMigrations', () => {
  it('tells what is missing and changes nothing', async () => {
    await writeFile(join(folder, '0001_first.sql'), 'SELECT 1');
    expect(await pendingMigrations(client, folder)).toEqual(['0001_first.sql']);
    expect(await select(`SELECT to_regclass('schema_migrations') AS found`)).toEqual([{ found: null }]);
    await migrate(client, folder);
    await writeFile(join(folder, '0002_second.sql'), 'SELECT 2');
    expect(await pendingMigrations(client, folder)).toEqual(['0002_second.sql']);
  });
});
