import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataFolderInUseError } from '../clients/data-folder-lock.ts';
import { readModelFolder } from '../clients/model-folder.ts';
import { createRedisClient } from '../clients/redis.ts';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { parseForest } from '../ranking/forest/parse-forest.ts';
import { createRanker, parseManifest } from '../ranking/manifest.ts';
import { readDatasetState, type DatasetState } from './dataset.ts';
import { pendingMigrations } from './migrate.ts';
import { connectDatabase } from './open-database.ts';

/** One thing that the gateway needs, and how it stands. */
export interface Check {
  readonly name: string;
  readonly isFine: boolean;
  /** One line: how it stands and, when it is broken, what to do. */
  readonly finding: string;
}

export interface CheckInstallationOptions {
  readonly nodeVersion: string;
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  readonly migrationsFolder: string;
  readonly redisUrl: string | undefined;
  /** Folder of the ranking model. */
  readonly modelFolder: string;
  /** Folder of the built explorer; undefined when it is turned off. */
  readonly explorerFolder: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

const NODE_MAJOR_MIN = 24;
const REDIS_TIMEOUT_MS = 2000;
const REDIS_POLL_MS = 50;
const GATEWAY_TIMEOUT_MS = 1000;

/**
 * Looks at everything that `serve` needs and changes nothing: no migration, no data, no new folder. An embedded
 * Postgres that has data is started for the look and stopped again. Never rejects for something that is broken.
 */
export async function checkInstallation(options: CheckInstallationOptions): Promise<readonly Check[]> {
  const checks: readonly [string, () => Promise<string> | string][] = [
    ['node', () => checkNode(options)],
    ['database', () => checkDatabase(options)],
    ['redis', () => checkRedis(options)],
    ['model', () => checkModel(options)],
    ['explorer', () => checkExplorer(options)],
    ['port', () => checkPort(options)],
  ];
  return Promise.all(checks.map(([name, check]) => outcomeOf(name, check)));
}

async function outcomeOf(name: string, check: () => Promise<string> | string): Promise<Check> {
  try {
    return { name, isFine: true, finding: await check() };
  } catch (error) {
    return { name, isFine: false, finding: error instanceof Error ? error.message : String(error) };
  }
}

function checkNode({ nodeVersion }: CheckInstallationOptions): string {
  if (Number.parseInt(nodeVersion, 10) >= NODE_MAJOR_MIN) return `Node ${nodeVersion}`;
  throw new OperatorError(
    `Node ${nodeVersion} is too old, ${NODE_MAJOR_MIN} is needed. Start through npm (npm start), which brings its own.`,
  );
}

async function checkDatabase(options: CheckInstallationOptions): Promise<string> {
  const { databaseUrl, dataFolder, logger, migrationsFolder } = options;
  if (databaseUrl === undefined && !existsSync(join(dataFolder, 'postgres'))) {
    return `no data in ${dataFolder} yet; the first start makes it`;
  }
  const database = await connectDatabase({ databaseUrl, dataFolder, poolSizeMax: 1, logger }).catch(heldByGateway);
  if (typeof database === 'string') return database;
  try {
    const pending = await pendingMigrations(database.client, migrationsFolder);
    if (pending.length > 0)
      return `reachable; ${pending.length} migrations are run by the next start or by npm run migrate`;
    return describeDataset(await readDatasetState(database.client), database.isEmbedded);
  } finally {
    await database.close();
  }
}

/** A gateway that runs is no fault; only there is no looking inside. */
function heldByGateway(error: unknown): string {
  if (error instanceof DataFolderInUseError) return `in use by a running snowgate (process ${error.holder})`;
  throw error;
}

function describeDataset(state: DatasetState, isEmbedded: boolean): string {
  if (state.kind === 'complete') return `holds complete data from ${state.source} as of ${state.asOf.toISOString()}`;
  const finding = state.kind === 'none' ? 'holds no data' : 'holds half a load';
  if (isEmbedded) return `${finding}; the next start loads demo data`;
  throw new OperatorError(`The database of DATABASE_URL ${finding}. Run npm run seed.`);
}

async function checkRedis({ redisUrl, logger }: CheckInstallationOptions): Promise<string> {
  if (redisUrl === undefined) return 'not set (REDIS_URL); the cache is in memory alone';
  const { host } = new URL(redisUrl);
  const redis = createRedisClient(redisUrl, logger);
  try {
    // The client rejects at once while it has no connection, and it has none in its first moments.
    const deadline = Date.now() + REDIS_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const isThere = await redis.ping(deadline - Date.now()).then(
        () => true,
        () => false,
      );
      if (isThere) return `${host} answers`;
      await sleep(REDIS_POLL_MS);
    }
  } finally {
    await redis.close();
  }
  throw new OperatorError(
    `${host} does not answer. Start Redis, or mend or unset REDIS_URL; until then the cache is in memory alone.`,
  );
}

function checkModel({ modelFolder }: CheckInstallationOptions): string {
  const { manifest, model } = readModelFolder(modelFolder);
  try {
    const { name, version } = createRanker(parseManifest(manifest), parseForest(model));
    return `${name} ${version} in ${modelFolder}`;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`The model in ${modelFolder} cannot be used: ${problem}. Set MODEL_FOLDER to another.`, {
      cause,
    });
  }
}

function checkExplorer({ explorerFolder }: CheckInstallationOptions): string {
  if (explorerFolder === undefined) return 'turned off (EXPLORER=false)';
  if (existsSync(join(explorerFolder, 'explorer.html'))) return 'built';
  throw new OperatorError('The explorer is not built. Run npm run build:web, or set EXPLORER=false.');
}

async function checkPort({ host, port }: CheckInstallationOptions): Promise<string> {
  const probe = createServer();
  try {
    await once(probe.listen(port, host), 'listening');
    return `${host}:${port} is free`;
  } catch (cause) {
    if (await isGateway(host, port)) return `a snowgate listens on ${host}:${port} already`;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`${host}:${port} cannot be listened on (${problem}). Set PORT or HOST.`, { cause });
  } finally {
    probe.close();
  }
}

async function isGateway(host: string, port: number): Promise<boolean> {
  const address = host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(GATEWAY_TIMEOUT_MS);
    return (await fetch(`http://${address}:${port}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
