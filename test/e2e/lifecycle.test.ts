import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';

const READY = /Snowgate is ready: open (http:\S+)/;
const FIRST_START_MS = 120_000;

let folder: string;
let started: GatewayProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-lifecycle-'));
  started = [];
});

afterEach(async () => {
  for (const gateway of started) {
    gateway.kill('SIGKILL');
    await gateway.ended;
  }
  const orphan = await postgresPid();
  if (orphan !== undefined) process.kill(orphan, 'SIGQUIT');
  if (orphan !== undefined) await expect.poll(() => isAlive(orphan), { timeout: 10_000 }).toBe(false);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function snowgate(words: readonly string[], settings: Record<string, string> = {}): GatewayProcess {
  const gateway = startGatewayProcess(words, { DATA_FOLDER: folder, PORT: '0', DEMO_CUSTOMERS: '300', ...settings });
  started.push(gateway);
  return gateway;
}

async function postgresPid(): Promise<number | undefined> {
  const text = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** How many customers the API can page through. */
async function countCustomers(url: string): Promise<number> {
  let count = 0;
  let after: string | null = null;
  do {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `query ($after: String) { customerSegment(filter: {}, first: 100, after: $after) {
          edges { node { id } } pageInfo { hasNextPage endCursor } } }`,
        variables: { after },
      }),
    });
    const { data } = (await response.json()) as {
      data: { customerSegment: { edges: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    };
    count += data.customerSegment.edges.length;
    after = data.customerSegment.pageInfo.hasNextPage ? data.customerSegment.pageInfo.endCursor : null;
  } while (after !== null);
  return count;
}

describe('serve with the embedded Postgres', { timeout: FIRST_START_MS }, () => {
  it('loads demo data once, stops on SIGTERM with 0 and leaves no Postgres behind', async () => {
    const first = snowgate(['serve']);
    const [, url = ''] = await first.waitFor(READY);
    expect(await countCustomers(url)).toBe(300);
    const postgres = (await postgresPid()) ?? 0;
    expect(isAlive(postgres)).toBe(true);
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(isAlive(postgres)).toBe(false);

    const second = snowgate(['serve'], { DEMO_CUSTOMERS: '900' });
    const [, again = ''] = await second.waitFor(READY);
    expect(await countCustomers(again)).toBe(300);
  });

  it('redoes a load that kill -9 cut short, and serves nothing before it is complete', async () => {
    const first = snowgate(['serve'], { DEMO_CUSTOMERS: '5000' });
    // A step's line is written at its end: this one's is followed by the events, which take seconds.
    await first.waitFor(/Catalog/);
    first.kill('SIGKILL');
    expect((await first.ended).stderr).not.toContain('Events');
    expect(isAlive((await postgresPid()) ?? 0)).toBe(true);

    const [, url = ''] = await snowgate(['serve']).waitFor(READY);
    expect(await countCustomers(url)).toBe(300);
  });

  it('names MODEL_FOLDER before it loads data when there is no model in it', async () => {
    const { code, stderr } = await snowgate(['serve'], { MODEL_FOLDER: folder }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/ranking.5 cannot be used: SHA256SUMS is missing .* MODEL_FOLDER/);
    expect(stderr).not.toContain('Catalog');
  });

  it('refuses a data folder that another one uses', async () => {
    const first = snowgate(['serve']);
    // It is in use from before the data is loaded, so there is no need to wait for the end of that.
    await first.waitFor(/Catalog/);
    const { code, stderr } = await snowgate(['serve']).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `The data folder ${folder} is in use by another snowgate (process ${String(first.pid)}). ` +
        'Stop it or set DATA_FOLDER to another folder.\n',
    );
  });
});

describe('serve with DATABASE_URL', () => {
  let database: TestDatabase;
  let taken: Server;

  beforeEach(async () => {
    database = await createTestDatabase();
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
  });

  afterEach(async () => {
    taken.close();
    await Promise.all(started.map((gateway) => (gateway.kill('SIGKILL'), gateway.ended)));
    await database.drop();
  });

  it('serves what the database holds, starts no Postgres and stops on SIGINT with 0', async () => {
    const gateway = snowgate(['serve'], { DATABASE_URL: database.url });
    const [, url = ''] = await gateway.waitFor(READY);
    expect(await countCustomers(url)).toBe(300);
    expect(await readdir(folder)).toEqual([]);
    gateway.kill('SIGINT');
    expect((await gateway.ended).code).toBe(0);
  });

  it('says to seed a database without data', async () => {
    const empty = await createTestDatabase('blank');
    try {
      const { code, stderr } = await snowgate(['serve'], { DATABASE_URL: empty.url }).ended;
      expect(code).toBe(1);
      expect(stderr).toBe(
        'The database of DATABASE_URL holds no complete data. Run `npm run seed`, then start again.\n',
      );
    } finally {
      await empty.drop();
    }
  });

  it('names PORT when the port is taken', async () => {
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await snowgate(['serve'], { DATABASE_URL: database.url, PORT: String(port) }).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${String(port)} on 127.0.0.1 is taken. Stop what listens there or set PORT to another port.\n`,
    );
  });

  it.each([
    ['nobody listens', (url: URL) => (url.port = '1'), /nothing listens on 127\.0\.0\.1:1\./],
    ['the password is wrong', (url: URL) => (url.password = 'hush-hush'), /refuses the user or the password/],
    ['the database is missing', (url: URL) => (url.pathname = '/absent'), /has no database "absent"/],
  ])('names DATABASE_URL without its password when %s', async (_case, change, problem) => {
    const url = new URL(database.url);
    url.password = 'hush-hush';
    if (!problem.source.includes('password')) url.password = new URL(database.url).password;
    change(url);
    const { code, stdout, stderr } = await snowgate(['serve'], { DATABASE_URL: url.href }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_URL cannot be used: .*\n$/);
    expect(stderr).toMatch(problem);
    expect(stdout + stderr).not.toContain(url.password);
  });
});

describe('wrong settings', () => {
  it('are all listed at once, before anything starts', async () => {
    const { code, stdout, stderr } = await snowgate(['serve'], {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      CACHE_TTL_SECONDS: '-1',
    }).ended;
    expect(code).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'CACHE_TTL_SECONDS']) expect(stderr).toContain(`${name}: `);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('seed', () => {
  it('fills a database of the user with the asked number of customers', { timeout: FIRST_START_MS }, async () => {
    const database = await createTestDatabase('blank');
    try {
      const words = ['seed', '--customers', '120', '--seed', '3', '--as-of', '2026-11-01'];
      const { code, stderr } = await snowgate(words, { DATABASE_URL: database.url }).ended;
      expect(stderr).toContain('The database holds 120 customers as of 2026-11-01T00:00:00.000Z.');
      expect(code).toBe(0);
    } finally {
      await database.drop();
    }
  });
});

describe('doctor', () => {
  it('changes nothing and says what is broken and what to do, with 1', async () => {
    const settings = { REDIS_URL: 'redis://127.0.0.1:1', MODEL_FOLDER: folder };
    const { code, stdout, stderr } = await snowgate(['doctor', '--json'], settings).ended;
    const findings = JSON.parse(stdout) as { group: string; check: string; status: string; fix?: string }[];
    const broken = findings.filter(({ status }) => status === 'broken');
    expect(broken.map(({ group, check }) => `${group} ${check}`)).toEqual(['redis redis', 'ranking model']);
    expect(broken[0]?.fix).toContain('REDIS_URL');
    expect(broken[1]?.fix).toContain('MODEL_FOLDER');
    expect(stderr).toMatch(/^Broken: redis, ranking model/);
    expect(code).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says that a database is without data', async () => {
    const database = await createTestDatabase('empty');
    try {
      const { stdout } = await snowgate(['doctor'], { DATABASE_URL: database.url }).ended;
      expect(stdout).toMatch(/^ {2}✗ database {3}holds no data\n {15}→ Run npm run seed for demo data\.$/m);
    } finally {
      await database.drop();
    }
  });
});
