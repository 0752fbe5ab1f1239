import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresClient, PostgresSession } from '../clients/postgres.ts';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** What a call of `migrate` did. */
export interface MigrationReport {
  /** Names of the files that this call ran, in order; none when another process ran them or all were there. */
  readonly applied: readonly string[];
}

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** Any number will do that nobody else locks: it is the word "snowgate" on a telephone. */
const MIGRATION_LOCK = 76_694_283;

/**
 * Brings a database to the newest migration of a folder. Each file runs once, in the order of the names, in a
 * transaction of its own, so that a crash leaves whole migrations only. Gateways that start together wait for each
 * other.
 * @throws OperatorError when an applied file was changed, or when the database has a migration that the folder lacks.
 */
export async function migrate(database: PostgresClient, folder: string, logger?: Logger): Promise<MigrationReport> {
  const migrations = readMigrations(folder);
  const applied: string[] = [];
  const known = await database.transaction((session) => appliedMigrations(session));
  assertSameHistory(migrations, known);
  for (const migration of migrations.filter(({ name }) => !known.has(name))) {
    if (await database.transaction((session) => applyOnce(session, migration))) applied.push(migration.name);
  }
  if (applied.length > 0) logger?.info({ applied }, 'migrations_applied');
  return { applied };
}

/**
 * Names of the migrations that a database lacks, in order; changes nothing.
 * @throws as `migrate` does.
 */
export async function pendingMigrations(database: PostgresClient, folder: string): Promise<readonly string[]> {
  const migrations = readMigrations(folder);
  const known = await database.transaction(async (session) => {
    const [found] = await session.execute<{ table: string | null }>(`SELECT to_regclass('schema_migrations') AS table`);
    return found?.table == null ? new Map<string, string>() : readHistory(session);
  });
  assertSameHistory(migrations, known);
  return migrations.map(({ name }) => name).filter((name) => !known.has(name));
}

function readMigrations(folder: string): Migration[] {
  const names = namesIn(folder);
  if (names.length === 0) throw new OperatorError(`No migration found in ${folder}. Is the installation complete?`);
  return names.map((name) => {
    // A checkout on Windows may end its lines otherwise; that is not a change.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort();
  } catch (cause) {
    throw new OperatorError(`The folder of migrations ${folder} cannot be read. Is the installation complete?`, {
      cause,
    });
  }
}

async function appliedMigrations(session: PostgresSession): Promise<Map<string, string>> {
  await takeLock(session);
  await session.execute(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  return readHistory(session);
}

async function readHistory(session: PostgresSession): Promise<Map<string, string>> {
  const rows = await session.execute<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function assertSameHistory(migrations: readonly Migration[], known: ReadonlyMap<string, string>): void {
  const names = new Set(migrations.map(({ name }) => name));
  const unknown = [...known.keys()].sort().find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new OperatorError(
      `The database has migration ${unknown}, which this Snowgate does not know. ` +
        'Update Snowgate, or point DATABASE_URL or DATA_FOLDER to another database.',
    );
  }
  const changed = migrations.find(({ name, checksum }) => (known.get(name) ?? checksum) !== checksum);
  if (changed !== undefined) {
    throw new OperatorError(
      `Migration ${changed.name} was changed after this database ran it. ` +
        'Restore the file and put the change into a new one, or point DATABASE_URL or DATA_FOLDER to another database.',
    );
  }
}

async function applyOnce(session: PostgresSession, { name, text, checksum }: Migration): Promise<boolean> {
  await takeLock(session);
  const rows = await session.execute('SELECT 1 FROM schema_migrations WHERE name = $1', [name]);
  if (rows.length > 0) return false;
  await session.execute(text);
  await session.execute('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
  return true;
}

/** Held until the transaction ends, however it ends. */
async function takeLock(session: PostgresSession): Promise<void> {
  await session.execute('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
}
