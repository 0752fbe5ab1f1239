import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/clients/embedded-postgres.ts';
import { createPostgresClient } from '../../src/clients/postgres.ts';
import { createSnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { INSTALLATION } from '../../src/installation.ts';
import { seedDemoData } from '../../src/jobs/demo-data/seed-demo-data.ts';
import { migrate } from '../../src/jobs/migrate.ts';
import { SILENT_PROGRESS } from '../../src/jobs/progress.ts';
import { createLogger } from '../../src/logger.ts';
import { loadStatements } from '../../src/statements.ts';
import { startFaultyProxy, through, type FaultyProxy } from '../../test/support/faulty-proxy.ts';
import { startGatewayProcess } from '../../test/support/gateway-process.ts';
import { startModelService, type ModelService } from '../../test/support/model-service.ts';
import { copyTables } from './copy-tables.ts';
import type { SnowflakeAddress, SnowflakeCounts, SnowflakeOrder } from './snowflake-process.ts';

/** What a gateway stands on; each of it can fail on demand. */
export interface Services {
  /** Postgres, as a gateway reaches it: through a proxy. */
  readonly databaseUrl: string;
  readonly postgres: FaultyProxy;
  readonly model: ModelService;
  readonly snowflake: SnowflakeProcess;
  /** Settings that lead a gateway to all of them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Gives out a new service token; the old one is no longer accepted. */
  rotateToken(): void;
  stop(): Promise<void>;
}

/** The local Snowflake in a process of its own. */
export interface SnowflakeProcess {
  order(order: SnowflakeOrder): Promise<SnowflakeCounts>;
}

const HASTY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const SEED = 7;

/** Starts Postgres, the local Snowflake and a model service, both stores with the same demo data. */
export async function startServices(customers: number): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'snowgate-faults-'));
  const stops: (() => unknown)[] = [
    () => {
      rmSync(folder, { recursive: true, force: true });
    },
  ];
  const stop = async (): Promise<void> => {
    for (const close of stops.splice(0).reverse()) await close();
  };
  try {
    return { ...(await startAll(folder, customers, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(folder: string, customers: number, stops: (() => unknown)[]): Promise<Omit<Services, 'stop'>> {
  const tokenFile = join(folder, 'token');
  let tokens = 0;
  const rotateToken = (): void => {
    tokens += 1;
    writeFileSync(tokenFile, `service-token-${String(tokens)}\n`);
  };
  rotateToken();
  const logger = createLogger('silent');
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), logger, settings: HASTY });
  stops.push(() => postgres.stop());
  const { child, address } = await forkSnowflake(tokenFile);
  stops.push(() => child.kill('SIGTERM'));
  await fill(postgres.url, address, customers);
  const { hostname, port } = new URL(postgres.url);
  const proxy = await startFaultyProxy({ host: hostname, port: Number(port) });
  stops.push(() => proxy.close());
  const model = await startModel(stops);
  const databaseUrl = through(postgres.url, proxy);
  const settings = {
    LOG_LEVEL: 'error',
    CACHE_TTL_SECONDS: '0',
    DATABASE_URL: databaseUrl,
    // On a machine that is busy with other things the usual one says nothing about faults.
    ...pick('STATEMENT_TIMEOUT_MS', 'MODEL_TIMEOUT_MS'),
    SNOWFLAKE_ACCOUNT: address.account,
    SNOWFLAKE_ACCOUNT_URL: address.accessUrl,
    SNOWFLAKE_TOKEN_FILE: tokenFile,
    SNOWFLAKE_DATABASE: 'SNOWGATE',
    SNOWFLAKE_SCHEMA: 'SERVING',
    SNOWFLAKE_WAREHOUSE: 'SNOWGATE_WH',
    MODEL_ENDPOINT: model.url,
  };
  return { databaseUrl, postgres: proxy, model, settings, rotateToken, snowflake: orders(child) };
}

/** Settings of the caller's environment. */
function pick(...names: readonly string[]): Record<string, string> {
  const given = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(given.filter((setting): setting is [string, string] => setting[1] !== undefined));
}

async function forkSnowflake(tokenFile: string): Promise<{ child: ChildProcess; address: SnowflakeAddress }> {
  const child = fork(join(import.meta.dirname, 'snowflake-process.ts'), [tokenFile]);
  const address = await Promise.race([
    once(child, 'message').then(([message]) => message as SnowflakeAddress),
    once(child, 'exit').then(() => {
      throw new Error('The local Snowflake stopped before it was ready');
    }),
  ]);
  return { child, address };
}

function orders(child: ChildProcess): SnowflakeProcess {
  let turn: Promise<unknown> = Promise.resolve();
  const order = async (wanted: SnowflakeOrder): Promise<SnowflakeCounts> => {
    const answered = once(child, 'message');
    child.send(wanted);
    const [counts] = (await answered) as [SnowflakeCounts];
    return counts;
  };
  return {
    order(wanted) {
      const done = turn.then(() => order(wanted));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

async function fill(databaseUrl: string, { account, accessUrl, user, password }: SnowflakeAddress, customers: number) {
  const logger = createLogger('silent');
  const database = createPostgresClient({ url: databaseUrl, poolSizeMax: 2, logger });
  const snowflake = createSnowflakeClient({
    target: { account, accessUrl, database: 'SNOWGATE', schema: 'SERVING', warehouse: 'SNOWGATE_WH' },
    credentials: { kind: 'password', user, password },
    poolSizeMax: 1,
    loginTimeoutMs: 10_000,
    patienceMs: 10_000,
  });
  try {
    await migrate(database, INSTALLATION.migrations);
    const statements = loadStatements(INSTALLATION.statements);
    const asOf = new Date('2026-11-01T00:00:00Z');
    await seedDemoData({ database, statements, customers, seed: SEED, asOf, progress: SILENT_PROGRESS });
    await copyTables(database, snowflake);
  } finally {
    await Promise.all([database.close(), snowflake.close()]);
  }
}

/** `snowgate ranker` behind a service that can spoil what it answers. */
async function startModel(stops: (() => unknown)[]): Promise<ModelService> {
  const ranker = startGatewayProcess(['ranker'], { PORT: '0' });
  stops.push(async () => {
    ranker.kill('SIGTERM');
    await ranker.ended;
  });
  const [, url = ''] = await ranker.waitFor(/MODEL_ENDPOINT=(http:\S+)/);
  const headers = { 'content-type': 'application/json' };
  const model = await startModelService(async (body) =>
    (await fetch(`${url}/predict-proba`, { method: 'POST', headers, body })).text(),
  );
  stops.push(() => model.close());
  return model;
}
