import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createSnowflakeClient, type SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { SnowflakeError } from '../../src/clients/snowflake-errors.ts';
import type { SnowflakeCredentials } from '../../src/clients/snowflake-login.ts';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../../src/errors.ts';
import { connectTo } from '../support/contract-stores.ts';

const AT_ONCE = 50;
const DEADLINE_MS = 8000;

type Fault = Parameters<LocalSnowflake['faults']['inject']>[0];
type Scope = Parameters<LocalSnowflake['faults']['inject']>[1];

const numbered = (number: number) => ({ name: 'numbered', text: 'SELECT :1::number(10, 0) AS n', binds: [number] });

/** Asks for a number each, at once; fails unless everybody gets their own. */
async function askAll(client: SnowflakeClient, count = AT_ONCE): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const answers = await Promise.all(numbers.map((number) => client.query(numbered(number), DEADLINE_MS)));
  expect(answers).toEqual(numbers.map((n) => [{ n }]));
}

async function causeOf(asked: Promise<unknown>): Promise<unknown> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamUnavailableError);
  return (error as Error).cause;
}

describe('a Snowflake client when things go wrong', () => {
  let local: LocalSnowflake;
  let client: SnowflakeClient;

  beforeAll(async () => {
    local = await startLocalSnowflake({ inlineRows: 10, chunkRows: 10 });
  });
  beforeEach(() => {
    client = connectTo(local, { poolSizeMax: 8 });
  });
  afterEach(async () => {
    local.faults.clear();
    await client.close();
    await vi.waitFor(() => {
      expect(local.connections()).toBe(0);
    });
    local.requests.clear();
  });
  afterAll(async () => {
    await local.stop();
  });

  const failure = (code: string): Fault => ({ kind: 'failure', code, message: 'Session is gone.' });
  const FAULTS: readonly (readonly [string, Fault, Scope])[] = [
    ['the token of a session expires (390112)', failure('390112'), { times: 8 }],
    ['sessions are gone (390111)', failure('390111'), { times: 8 }],
    ['master tokens expire (390114)', failure('390114'), { times: 8 }],
    ['tokens are not accepted (HTTP 401 with 390104)', { kind: 'unauthorized' }, { times: 8 }],
    ['503 storms', { kind: 'status', status: 503 }, { times: 60 }],
    ['429 storms', { kind: 'status', status: 429 }, { times: 60 }],
    ['sockets are cut before a statement ran', { kind: 'reset' }, { times: 8 }],
    ['sockets are cut after a statement ran', { kind: 'reset after' }, { times: 8 }],
    ['answers end in the middle', { kind: 'broken body' }, { times: 8 }],
    ['logins are answered with 503', { kind: 'status', status: 503 }, { route: 'login', times: 2 }],
    ['sockets are cut while logging in', { kind: 'reset' }, { route: 'login', times: 2 }],
    ['sessions cannot be renewed', { kind: 'status', status: 503 }, { route: 'renew', times: 1 }],
  ];

  it.each(FAULTS)('answers every statement when %s', async (_title, fault, scope) => {
    if (scope?.route === 'renew') local.faults.inject(failure('390112'), { times: 2 });
    const injected = local.faults.inject(fault, scope);
    await askAll(client);
    expect(injected.hits).toBe(scope?.times);
    await askAll(client);
  });

  it('answers every statement after all sessions have expired by the clock', async () => {
    await askAll(client);
    local.clock.advance(2 * 3_600_000);
    await askAll(client);
    expect(local.requests.all().some(({ route }) => route === 'renew')).toBe(true);
    local.clock.advance(5 * 3_600_000);
    // Alone it meets one dead session after the other, unless it asks for a new one.
    await askAll(client, 1);
    await askAll(client);
  });

  it('reads a value again that came broken, and tells an error of the statement when it stays so', async () => {
    const statement = { name: 'cells', text: "SELECT PARSE_JSON('{}') AS v, TRUE AS b", binds: [] };
    local.faults.inject({ kind: 'broken cells' });
    expect(await client.query(statement, DEADLINE_MS)).toEqual([{ v: {}, b: true }]);
    local.faults.inject({ kind: 'broken cells' }, { times: 2 });
    const asked = client.query(statement, DEADLINE_MS);
    await expect(asked).rejects.toMatchObject({ name: 'SnowflakeError', failure: 'unreadable' });
  });

  it('gives up a statement that hangs at its deadline, cancels it, and goes on with a new session', async () => {
    await askAll(client, 1);
    local.faults.inject({ kind: 'hang' });
    const startedAt = performance.now();
    await expect(client.query(numbered(1), 300)).rejects.toBeInstanceOf(UpstreamTimeoutError);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await askAll(client);
    await vi.waitFor(() => {
      const routes = local.requests.all().map(({ route }) => route);
      expect(routes).toEqual(expect.arrayContaining(['abort', 'logout']));
    });
  });

  it('frees every session within the deadline when everything hangs', async () => {
    await askAll(client);
    local.faults.inject({ kind: 'hang' }, { times: 8 });
    for (const route of ['abort', 'logout'] as const) local.faults.inject({ kind: 'hang' }, { route, times: 100 });
    const asked = Array.from({ length: 8 }, (_, number) => client.query(numbered(number), 300));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
    await askAll(client);
  });

  it('gives the time that Snowflake may take, and the name of the statement, with every statement', async () => {
    await client.query(numbered(1), 2500);
    const [request] = local.requests.statements(/AS n/);
    expect(request).toMatchObject({ queryTag: 'numbered', timeoutSeconds: 3 });
  });

  it('passes errors in a statement with their code, and keeps the session', async () => {
    await askAll(client, 1);
    const asked = client.query({ name: 'typo', text: 'SELECT nothing_of_that_name', binds: [] }, DEADLINE_MS);
    await expect(asked).rejects.toMatchObject({ name: 'SnowflakeError', failure: 'statement', code: '000904' });
    await askAll(client, 1);
    expect(local.requests.all().filter(({ route }) => route === 'login')).toHaveLength(1);
  });

  describe('with a table', () => {
    const count = { name: 'count', text: 'SELECT COUNT(*)::number(10, 0) AS n FROM faulty.public.t', binds: [] };
    const insert = { name: 'insert', text: 'INSERT INTO faulty.public.t (id) VALUES (?)', binds: [['1'], ['2']] };

    beforeEach(async () => {
      await local.runScript(
        'CREATE WAREHOUSE IF NOT EXISTS snowgate_wh; CREATE OR REPLACE DATABASE faulty; CREATE TABLE faulty.public.t (id NUMBER(19, 0));' +
          'INSERT INTO faulty.public.t SELECT SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 95))',
      );
    });

    it('changes rows once and says how many', async () => {
      expect(await client.execute(insert, DEADLINE_MS)).toBe(2);
      expect(await client.query(count, DEADLINE_MS)).toEqual([{ n: 97 }]);
    });

    it('repeats a change that cannot have happened', async () => {
      local.faults.inject(failure('390111'), { sql: /INSERT/ });
      expect(await client.execute(insert, DEADLINE_MS)).toBe(2);
      expect(await client.query(count, DEADLINE_MS)).toEqual([{ n: 97 }]);
    });

    it('does not repeat a change that may have happened', async () => {
      local.faults.inject({ kind: 'reset after' }, { sql: /INSERT/ });
      await expect(client.execute(insert, DEADLINE_MS)).rejects.toBeInstanceOf(UpstreamUnavailableError);
      expect(await client.query(count, DEADLINE_MS)).toEqual([{ n: 97 }]);
    });

    const all = { name: 'all', text: 'SELECT id FROM faulty.public.t ORDER BY id', binds: [] };
    const ids = Array.from({ length: 95 }, (_, id) => ({ id: String(id) }));

    it('streams a result that comes in chunks', async () => {
      expect(await Array.fromAsync(client.stream(all, DEADLINE_MS))).toEqual(ids);
      expect(local.requests.all().filter(({ route }) => route === 'chunk').length).toBeGreaterThan(2);
    });

    it('fetches a chunk again that ended in the middle', async () => {
      local.faults.inject({ kind: 'broken body' }, { route: 'chunk' });
      expect(await Array.fromAsync(client.stream(all, DEADLINE_MS))).toEqual(ids);
    });

    it('is late when the next chunk does not come', async () => {
      local.faults.inject({ kind: 'hang' }, { route: 'chunk' });
      await expect(Array.fromAsync(client.stream(all, 500))).rejects.toBeInstanceOf(UpstreamTimeoutError);
    });

    it('waits for who takes the rows, and stops when nobody wants more', async () => {
      const rows = client.stream<{ id: string }>(all, 300);
      for await (const { id } of rows) {
        if (id === '3') await new Promise((resolve) => setTimeout(resolve, 600));
        if (id === '40') break;
      }
      await askAll(client);
    });
  });
});

describe('logging in to Snowflake', () => {
  const SECRET = 'not-the-password-marker';
  let local: LocalSnowflake;
  let folder: string;
  let tokenFile: string;
  let client: SnowflakeClient | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowgate-login-'));
    tokenFile = join(folder, 'token');
    local = await startLocalSnowflake({ serviceTokenFile: tokenFile });
  });
  afterEach(async () => {
    local.faults.clear();
    await client?.close();
  });
  afterAll(async () => {
    await local.stop();
    await rm(folder, { recursive: true });
  });

  function connectAs(credentials: SnowflakeCredentials, loginTimeoutMs = 5000): SnowflakeClient {
    const target = { account: local.account, accessUrl: local.accessUrl };
    client = createSnowflakeClient({ target, credentials, poolSizeMax: 8, loginTimeoutMs, patienceMs: 1000 });
    return client;
  }

  it('keeps the code of a login that is refused, and no secret', async () => {
    const refused = connectAs({ kind: 'password', user: 'SNOWGATE', password: SECRET });
    const causes = await Promise.all([1, 2, 3].map((number) => causeOf(refused.query(numbered(number), 500))));
    for (const cause of causes) {
      expect(cause).toBeInstanceOf(SnowflakeError);
      expect(cause).toMatchObject({ failure: 'refused', code: '390100' });
      expect(JSON.stringify(cause) + String(cause)).not.toContain(SECRET);
    }
    // An account is locked after some of them.
    expect(local.requests.all().filter(({ route }) => route === 'login').length).toBeLessThanOrEqual(4);
  });

  it('reads a token anew for every session, and at once when it was replaced', async () => {
    await writeFile(tokenFile, 'first\n');
    const rotating = connectAs({ kind: 'oauth-file', tokenFile });
    await askAll(rotating);
    await writeFile(tokenFile, 'second\n');
    local.faults.inject({ kind: 'failure', code: '390111', message: 'Session is gone.' }, { times: 8 });
    await askAll(rotating);
  });

  it('says which file it cannot read', async () => {
    const cause = await causeOf(connectAs({ kind: 'pat-file', tokenFile: join(folder, 'none') }).ping(1000));
    expect(cause).toMatchObject({ failure: 'refused', message: expect.stringContaining(join(folder, 'none')) });
  });

  it('does not wait for a login that hangs', async () => {
    await writeFile(tokenFile, 'third\n');
    local.faults.inject({ kind: 'hang' }, { route: 'login', times: 2 });
    await askAll(connectAs({ kind: 'oauth-file', tokenFile }, 300), 4);
  });

  it('lets a login end that took longer than the statement that wanted it', async () => {
    local.faults.inject({ kind: 'delay', ms: 700 }, { route: 'login' });
    const slow = connectAs({ kind: 'oauth-file', tokenFile });
    await expect(slow.query(numbered(1), 300)).rejects.toBeInstanceOf(UpstreamTimeoutError);
    await vi.waitFor(() => {
      expect(slow.usage.idle).toBe(1);
    }, 3000);
  });
});

describe('a Snowflake client that was closed', () => {
  it('leaves no socket and no timer, whatever happened before, and has written nothing', async () => {
    const script = fileURLToPath(new URL('../support/contract-leaks.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({ usage: { idle: 0, busy: 0, opening: 0, waiting: 0 }, left: [] });
    expect(stderr).toBe('');
  });

  it('refuses whoever still comes', async () => {
    const local = await startLocalSnowflake();
    const client = connectTo(local);
    await client.close();
    await expect(client.ping(100)).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await local.stop();
  });
});
