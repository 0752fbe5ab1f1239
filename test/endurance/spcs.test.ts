import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { setUpHybridTables } from '../support/contract-stores.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { fillSnowflake } from '../support/demo-snowflake.ts';
import { openExplorer, runTab, startBrowser, watchBrowser } from '../support/explorer-page.ts';
import { OPERATIONS_FOLDER, ROOT_FOLDER } from '../support/folders.ts';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { startIngressStub, type IngressStub } from '../support/ingress-stub.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';

/** Readiness is asked this often, instead of every 5 s. */
const PROBE_MS = 200;
const READY = /Snowgate is ready: open (http:\S+)/;
const CUSTOMERS = 300;
/** The machine may be busy with other tests. */
const PATIENCE = { timeout: 20_000 };

let folder: string;
let tokenFile: string;
let database: TestDatabase;
let snowflake: LocalSnowflake;
let tls: TlsFront;
let specified: Record<string, string>;
let started: { process: GatewayProcess; url: string }[];
let ingress: IngressStub;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-spcs-'));
  tokenFile = join(folder, 'token');
  await rotateToken('first-token');
  database = await createTestDatabase();
  snowflake = await startLocalSnowflake({ serviceTokenFile: tokenFile, defaultWarehouse: 'SNOWGATE_WH' });
  await setUpHybridTables(snowflake);
  await fillSnowflake(snowflake, database.url);
  tls = await startTlsFront(new URL(snowflake.accessUrl), folder);
  const { spec } = parseYaml(await readFile(join(ROOT_FOLDER, 'deploy/spcs/gateway.yaml'), 'utf8')) as {
    spec: { containers: [{ env: Record<string, unknown> }] };
  };
  specified = Object.fromEntries(Object.entries(spec.containers[0].env).map(([name, value]) => [name, String(value)]));
});

afterAll(async () => {
  await tls.close();
  await snowflake.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  started = [];
});

afterEach(async () => {
  await ingress.close();
  for (const { process } of started) {
    process.kill('SIGKILL');
    await process.ended;
  }
});

/** As SPCS does: another file takes the place of the old one. */
async function rotateToken(token: string): Promise<void> {
  await writeFile(`${tokenFile}.new`, token);
  await rename(`${tokenFile}.new`, tokenFile);
}

/** Instances with the environment of the specification and of SPCS, behind the ingress; no model service, no Postgres. */
async function serve(count: number, settings: Record<string, string> = {}): Promise<void> {
  const ofSnowflake = { SNOWFLAKE_ACCOUNT: snowflake.account, SNOWFLAKE_HOST: tls.host };
  const ofMachine = { HOST: '127.0.0.1', PORT: '0', NODE_EXTRA_CA_CERTS: tls.certificateFile };
  const processes = Array.from({ length: count }, () =>
    startGatewayProcess(['serve'], {
      ...specified,
      ...ofSnowflake,
      ...ofMachine,
      SNOWFLAKE_TOKEN_FILE: tokenFile,
      SERVING_STORES: 'snowflake',
      RANKER: 'embedded',
      STATEMENT_TIMEOUT_MS: '10000',
      SHUTDOWN_DELAY_MS: String(PROBE_MS * 15),
      ...settings,
    }),
  );
  started = await Promise.all(
    processes.map(async (process) => ({ process, url: (await process.waitFor(READY))[1]?.replace(/\/$/, '') ?? '' })),
  );
  ingress = await startIngressStub({ instances: started.map(({ url }) => url), user: 'ANN', probeMs: PROBE_MS });
}

const customerIdOf = (turn: number) => String(1_000_000 + (turn % CUSTOMERS));

async function askHomePage(url: string, turn: number, headers: Record<string, string> = {}) {
  const query = await readFile(join(OPERATIONS_FOLDER, 'home-page.graphql'), 'utf8');
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { customerId: customerIdOf(turn) } }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${String(response.status)}: ${text}`);
  return { response, ...(JSON.parse(text) as { data?: { customer?: unknown }; errors?: unknown }) };
}

/** Asks all the time until `stop`, and gives what did not answer as it should. */
function load(url: string, workers: number): { answered: () => number; stop: () => Promise<unknown[]> } {
  const failed: unknown[] = [];
  let isOver = false;
  let answered = 0;
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; !isOver; turn += workers) {
      try {
        const { data, errors } = await askHomePage(url, turn);
        if (errors !== undefined || !data?.customer) failed.push(errors ?? 'no customer');
        answered += 1;
      } catch (error) {
        failed.push(error);
      }
    }
  };
  const working = Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return {
    answered: () => answered,
    stop: async () => {
      isOver = true;
      await working;
      return failed;
    },
  };
}

describe('a gateway in Snowpark Container Services', { timeout: 90_000 }, () => {
  it('logs in with the token of its file, and goes on with the next one when sessions end', async () => {
    await serve(1, { CACHE_TTL_SECONDS: '0' });
    const users = load(ingress.url, 4);
    await expect.poll(users.answered, PATIENCE).toBeGreaterThan(20);
    await rotateToken('second-token');
    snowflake.requests.clear();
    await snowflake.sessions.endAll();
    const before = users.answered();
    await expect.poll(users.answered, PATIENCE).toBeGreaterThan(before + 20);
    expect(await users.stop()).toEqual([]);
    expect(snowflake.requests.all().filter(({ route }) => route === 'login').length).toBeGreaterThan(0);
  });

  it('loses no request when one of two instances is stopped: not ready first, then drained, within 30 s', async () => {
    await serve(2, { CACHE_TTL_SECONDS: '0' });
    const [leaving, staying] = started;
    if (!leaving || !staying) throw new Error('There are two instances.');
    const users = load(ingress.url, 8);
    await expect.poll(users.answered, PATIENCE).toBeGreaterThan(40);
    // Some requests are still open when the time to answer new ones is over.
    const slow = snowflake.faults.inject({ kind: 'delay', ms: PROBE_MS * 20 }, { times: 6 });
    await expect.poll(() => slow.hits, PATIENCE).toBeGreaterThan(3);
    const stoppedAt = performance.now();
    leaving.process.kill('SIGTERM');
    const ready = () =>
      fetch(`${leaving.url}/readyz`).then(async (response) => [response.status, await response.text()]);
    await expect.poll(ready, PATIENCE).toEqual([503, expect.stringContaining('"status":"stopping"')]);
    const stillThere = await askHomePage(leaving.url, 1);
    expect(stillThere.response.headers.get('connection')).toBe('close');
    await expect.poll(() => ingress.ready(), PATIENCE).toEqual([staying.url]);
    const before = users.answered();
    expect((await leaving.process.ended).code).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(30_000);
    await expect.poll(users.answered, PATIENCE).toBeGreaterThan(before + 20);
    expect(await users.stop()).toEqual([]);
  });

  it('believes nobody who they say they are: a header with a name opens no more than none does', async () => {
    await serve(1);
    const email = `query { customer(id: "${customerIdOf(0)}") { profile { email } } }`;
    const ask = async (url: string, headers: Record<string, string>) => {
      const body = JSON.stringify({ query: email });
      const all = { 'content-type': 'application/json', ...headers };
      return (await fetch(`${url}/graphql`, { method: 'POST', headers: all, body })).text();
    };
    const direct = started[0]?.url ?? '';
    const anonymous = await ask(direct, {});
    expect(await ask(direct, { 'sf-context-current-user': 'ACCOUNTADMIN' })).toBe(anonymous);
    expect(await ask(ingress.url, { authorization: 'Snowflake Token="t"' })).toBe(anonymous);
  });

  it('serves the explorer to a browser, through a new token and the end of an instance', async () => {
    await serve(2, { CACHE_TTL_SECONDS: '0' });
    const [leaving, staying] = started;
    if (!leaving || !staying) throw new Error('There are two instances.');
    const browser = await startBrowser();
    try {
      const context = await browser.newContext();
      const complaints = await watchBrowser(context, new URL(ingress.url).origin);
      const page = await context.newPage();
      await openExplorer(page, ingress.url);
      expect((await runTab(page)).data).toHaveProperty('customer.id');
      await rotateToken('token-of-the-afternoon');
      await snowflake.sessions.endAll();
      expect((await runTab(page)).data).toHaveProperty('customer.id');
      leaving.process.kill('SIGTERM');
      await expect.poll(() => ingress.ready(), PATIENCE).toEqual([staying.url]);
      expect((await runTab(page)).data).toHaveProperty('customer.id');
      expect((await leaving.process.ended).code).toBe(0);
      await page.reload();
      await openExplorer(page, ingress.url);
      expect((await runTab(page)).data).toHaveProperty('customer.id');
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('sends the explorer under the policy of the ingress, and writes one JSON line an event', async () => {
    await serve(1, { LOG_LEVEL: 'info' });
    const page = await fetch(ingress.url, {
      headers: { accept: 'text/html', origin: 'https://elsewhere.example.com' },
    });
    expect(await page.text()).toContain('<title>Snowgate explorer</title>');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'self';");
    expect([...page.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    await fetch(`${ingress.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `query ${'x'.repeat(60_000)} { nothing }` }),
    });
    const [gateway] = started;
    gateway?.process.kill('SIGTERM');
    const lines = ((await gateway?.process.ended)?.stdout ?? '').split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(JSON.parse(line)).toHaveProperty('msg');
      expect(Buffer.byteLength(line)).toBeLessThan(16_384);
    }
  });
});
