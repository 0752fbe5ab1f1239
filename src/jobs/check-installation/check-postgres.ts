import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderInUseError } from '../../clients/data-folder-lock.ts';
import type { PostgresClient } from '../../clients/postgres.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../logger.ts';
import { readDatasetState } from '../dataset.ts';
import { pendingMigrations } from '../migrate.ts';
import { connectDatabase } from '../open-database.ts';
import { SERVING_TABLES } from '../sync/serving-tables.ts';
import { broken, ok, outcomeOfError, skipped, warning, type Check, type Outcome, type Outcomes } from './finding.ts';

export interface PostgresCheckOptions {
  readonly config: Config;
  readonly migrationsFolder: string;
  /** Whether Snowflake is there to copy from. */
  readonly canSync: boolean;
  readonly logger: Logger;
}

const DEADLINE_MS = 15_000;
/** An embedded one is started for the look. */
const EMBEDDED_DEADLINE_MS = 90_000;
const VERSION_MIN = 14;
/** Connections that Postgres keeps for itself or that other gateways need. */
const SPARE_CONNECTIONS = 10;
/** Share of the rows that changed since the statistics were made. */
const STALE_SHARE = 0.2;
const FIX = 'Mend DATABASE_URL, or unset it to use the embedded Postgres.';

/** Postgres: reachable, allowed, migrated, filled, with statistics. An embedded one that has data is started for it. */
export function postgresChecks(options: PostgresCheckOptions): readonly Check[] {
  const deadlineMs = options.config.DATABASE_URL === undefined ? EMBEDDED_DEADLINE_MS : DEADLINE_MS;
  return [{ group: 'postgres', name: 'database', deadlineMs, fix: FIX, look: () => lookInside(options) }];
}

async function lookInside(options: PostgresCheckOptions): Promise<Outcomes> {
  const { DATABASE_URL: databaseUrl, DATA_FOLDER: dataFolder } = options.config;
  if (!options.config.SERVING_STORES.includes('postgres') && databaseUrl === undefined) {
    return skipped('not used: SERVING_STORES has no postgres, and DATABASE_URL is not set');
  }
  if (databaseUrl === undefined && !existsSync(join(dataFolder, 'postgres'))) {
    return ok(`no data in ${dataFolder} yet; the first start makes it`);
  }
  const { logger } = options;
  const database = await connectDatabase({ databaseUrl, dataFolder, poolSizeMax: 1, logger }).catch(heldByGateway);
  if (typeof database === 'string') return ok(database);
  try {
    const { client, isEmbedded } = database;
    const looks = [checkServer, checkMigrations, checkData, checkStatistics];
    const outcomes: Outcome[] = [];
    for (const look of looks) {
      const found = await look(client, { ...options, isEmbedded }).catch((error: unknown) =>
        outcomeOfError(error, FIX),
      );
      outcomes.push(found);
      // Without its tables there is no more to look at.
      if (look === checkMigrations && found.status !== 'ok') break;
    }
    return outcomes;
  } finally {
    await database.close();
  }
}

/** A gateway that runs is no fault; only there is no looking inside. */
function heldByGateway(error: unknown): string {
  if (error instanceof DataFolderInUseError) return `in use by a running snowgate (process ${error.holder})`;
  throw error;
}

type Context = PostgresCheckOptions & { readonly isEmbedded: boolean };

interface ServerRow {
  readonly version: number;
  readonly connections: number;
  readonly is_superuser: boolean;
  readonly user_name: string;
  readonly may_create: boolean;
}

async function checkServer(client: PostgresClient, { config, isEmbedded }: Context): Promise<Outcome> {
  const [row] = await client.transaction((session) =>
    session.execute<ServerRow>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS user_name,
         current_setting('max_connections')::int AS connections,
         coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), FALSE) AS is_superuser,
         coalesce(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS may_create`,
    ),
  );
  if (!row) throw new Error('Postgres says nothing about itself');
  const { version, connections, is_superuser: isSuperuser, user_name: user, may_create: mayCreate } = row;
  if (version < VERSION_MIN) {
    return broken(`Postgres ${version} is too old`, `Point DATABASE_URL to Postgres ${VERSION_MIN} or newer.`);
  }
  if (!mayCreate && !isEmbedded) {
    return broken(
      `the user ${user} may not create tables, which migrations do at every start`,
      `Run as the owner of the database: GRANT CREATE, USAGE ON SCHEMA public TO "${user}";`,
    );
  }
  const poolSize = config.POSTGRES_POOL_SIZE_MAX;
  if (poolSize > connections - SPARE_CONNECTIONS) {
    return warning(
      `POSTGRES_POOL_SIZE_MAX is ${poolSize}, and Postgres allows ${connections} connections in all`,
      `Set POSTGRES_POOL_SIZE_MAX=${Math.max(2, Math.floor((connections - SPARE_CONNECTIONS) / 2))}, or raise max_connections.`,
    );
  }
  if (isSuperuser && !isEmbedded) {
    return warning(
      `Postgres ${version} answers; the user ${user} is a superuser, which the gateway does not need`,
      "Run: CREATE ROLE snowgate LOGIN PASSWORD '…'; GRANT CREATE, USAGE ON SCHEMA public TO snowgate; and name it in DATABASE_URL.",
    );
  }
  return ok(`Postgres ${version} answers`);
}

async function checkMigrations(client: PostgresClient, { migrationsFolder }: Context): Promise<Outcome> {
  const pending = await pendingMigrations(client, migrationsFolder);
  if (pending.length === 0) return ok('every migration has run');
  return warning(`${pending.length} migrations have not run`, 'Run npm run migrate; the next start does so by itself.');
}

async function checkData(client: PostgresClient, { config, isEmbedded, canSync }: Context): Promise<Outcome> {
  const state = await readDatasetState(client);
  if (state.kind === 'complete') {
    const { source, asOf } = state;
    const text = `holds complete data from ${source} as of ${asOf.toISOString()}`;
    const hours = Math.floor((Date.now() - asOf.getTime()) / 3_600_000);
    if (hours <= config.FEATURES_MAX_AGE_HOURS) return ok(text);
    const fix = source === 'snowflake' ? 'Run npm run sync.' : 'Load it anew, or raise FEATURES_MAX_AGE_HOURS.';
    return warning(
      `${text}, ${hours} hours ago: every answer is marked isStale`,
      source === 'demo' ? 'Run npm run seed.' : fix,
    );
  }
  const text = state.kind === 'none' ? 'holds no data' : `holds half a load from ${state.source}`;
  if (isEmbedded && !canSync) return skipped(`${text}; the next start loads demo data`);
  const demo = 'Run npm run seed for demo data.';
  return broken(text, canSync ? `Run npm run sync to copy the tables from Snowflake. ${demo}` : demo);
}

async function checkStatistics(client: PostgresClient): Promise<Outcome> {
  const names = SERVING_TABLES.map(({ name }) => name);
  const rows = await client.transaction((session) =>
    session.execute<{ name: string }>(
      `SELECT c.relname AS name
       FROM pg_class AS c INNER JOIN pg_stat_user_tables AS s ON c.oid = s.relid
       WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
         AND (c.reltuples < 0 AND s.n_live_tup > 0 OR s.n_mod_since_analyze > 1000 + $2 * greatest(c.reltuples, 0))
       ORDER BY 1`,
      [names, STALE_SHARE],
    ),
  );
  if (rows.length === 0) return ok('statistics are fresh');
  const stale = rows.map(({ name }) => name).join(', ');
  return warning(`the statistics of ${stale} are stale: plans may be slow`, `Run in Postgres: ANALYZE ${stale};`);
}
