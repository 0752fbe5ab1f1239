import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Binds, QueryStatus } from 'snowflake-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DriverError, type DrivenSnowflake, startDrivenSnowflake } from '../test/support/local-snowflake.ts';
import type { LocalSnowflakeOptions } from './server.ts';

let server: DrivenSnowflake | undefined;

async function start(options: LocalSnowflakeOptions = {}): Promise<DrivenSnowflake> {
  server = await startDrivenSnowflake(options);
  return server;
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as DriverError,
  );

describe('login', () => {
  it('lets a user in with the right password only', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    expect(await rows('SELECT CURRENT_USER() AS who')).toEqual([{ WHO: 'SNOWGATE' }]);
    expect(await errorOf(connect({ password: 'wrong' }))).toMatchObject({ code: '390100' });
  });

  it('verifies the signature of a key pair', async () => {
    const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [mine, others] = [pair(), pair()];
    const publicKey = mine.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const { connect } = await start({ users: [{ name: 'svc', publicKey }] });
    const pem = (key: typeof mine) => key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const options = { username: 'SVC', authenticator: 'SNOWFLAKE_JWT' };
    const { rows } = await connect({ ...options, privateKey: pem(mine) });
    expect(await rows('SELECT CURRENT_USER() AS who')).toEqual([{ WHO: 'SVC' }]);
    const error = await errorOf(connect({ ...options, privateKey: pem(others), sfRetryMaxLoginRetries: 0 }));
    expect(error).toMatchObject({ code: '390144' });
  });

  it('takes a programmatic access token', async () => {
    const { connect } = await start({ users: [{ name: 'svc', accessTokens: ['pat-1'] }] });
    const { rows } = await connect({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'pat-1' });
    expect(await rows('SELECT CURRENT_USER() AS who')).toEqual([{ WHO: 'SVC' }]);
  });

  it('takes the service token that the file holds now, alone or with a caller behind it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'snowgate-token-'));
    const serviceTokenFile = join(folder, 'token');
    writeFileSync(serviceTokenFile, 'first\n');
    try {
      const { connect } = await start({ serviceTokenFile });
      const options = { authenticator: 'OAUTH' };
      await connect({ ...options, token: 'first' });
      writeFileSync(serviceTokenFile, 'second\n');
      expect(await errorOf(connect({ ...options, token: 'first' }))).toMatchObject({ code: '390303' });
      await connect({ ...options, token: 'second.caller' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('starts in the database, schema and role that are asked for', async () => {
    const { connect, runScript } = await start();
    await runScript('CREATE DATABASE shop; CREATE SCHEMA shop.serving;');
    const { rows } = await connect({ database: 'shop', schema: 'serving', role: 'PUBLIC' });
    const [row] = await rows('SELECT CURRENT_DATABASE() AS d, CURRENT_SCHEMA() AS s, CURRENT_ROLE() AS r');
    expect(row).toEqual({ D: 'SHOP', S: 'SERVING', R: 'PUBLIC' });
  });
});

describe('statements', () => {
  it('gives values of every type as the driver decodes them', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    const [row] = await rows(`SELECT 1 AS n, 1.25 AS d, 0.5::FLOAT AS f, TRUE AS b, 'x' AS t, NULL AS nil,
      '2024-02-03'::DATE AS day, '2024-02-03 04:05:06.789'::TIMESTAMP_NTZ AS at, PARSE_JSON('{"a":[1]}') AS v`);
    expect(row).toMatchObject({ N: 1, D: 1.25, F: 0.5, B: true, T: 'x', NIL: null, V: { a: [1] } });
    expect((row?.['AT'] as Date).toISOString()).toBe('2024-02-03T04:05:06.789Z');
    expect((row?.['DAY'] as Date).toISOString()).toBe('2024-02-03T00:00:00.000Z');
  });

  it('takes binds of every type, by place and by number', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    const binds = [1, 1.5, 's', true, null];
    expect(await rows('SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e', binds as Binds)).toEqual([
      { A: 1, B: 1.5, C: 's', D: true, E: null },
    ]);
    expect(await rows('SELECT :2 AS a, :1 AS b, :2 AS c', ['x', 'y'])).toEqual([{ A: 'y', B: 'x', C: 'y' }]);
  });

  it('inserts arrays of rows, all or none', async () => {
    const { connect } = await start();
    const { rows, start: run } = await connect();
    await rows('CREATE DATABASE d');
    await rows('CREATE HYBRID TABLE t (id INT PRIMARY KEY, price NUMBER(10, 2))');
    const { statement, done } = run('INSERT INTO t VALUES (?, ?)', [
      [1, 1],
      [2, 2.5],
      [3, null],
    ] as Binds);
    await done;
    expect(statement.getNumUpdatedRows()).toBe(3);
    expect(
      await errorOf(
        rows('INSERT INTO t VALUES (?, ?)', [
          [4, 1],
          [1, 1],
        ]),
      ),
    ).toMatchObject({ code: '200001', sqlState: '22000' });
    expect(await rows('SELECT COUNT(*) AS n, SUM(price) AS s FROM t')).toEqual([{ N: 3, S: 3.5 }]);
  });

  it('reports an error with code, state, text and place', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    const error = await errorOf(rows('SELECT\n  WHERE'));
    expect(error).toMatchObject({ code: '001003', sqlState: '42000', data: { line: 2, pos: 2 } });
    expect(error.message).toContain(`syntax error line 2 at position 2 unexpected 'WHERE'`);
  });

  it('hands big results out in chunks, in order', async () => {
    const { connect } = await start({ inlineRows: 10, chunkRows: 100 });
    const { rows } = await connect();
    const numbers = await rows('SELECT SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 1234)) ORDER BY n');
    expect(numbers).toEqual(Array.from({ length: 1234 }, (_, n) => ({ N: n })));
    expect(server?.requests.all().filter(({ route }) => route === 'chunk')).toHaveLength(13);
  });

  it('lets the driver ask again for a slow statement', async () => {
    const { connect, requests } = await start({ longPollMs: 50 });
    const { rows } = await connect();
    expect(await rows('SELECT SYSTEM$WAIT(0.3)')).toHaveLength(1);
    expect(requests.all().some(({ route }) => route === 'result')).toBe(true);
  });

  it('runs a statement in the background and gives its result later', async () => {
    const { connect } = await start();
    const { connection, start: run } = await connect();
    const { statement, done } = run('SELECT SYSTEM$WAIT(0.1) AS w', undefined, { asyncExec: true });
    await done;
    const queryId = statement.getQueryId();
    expect(connection.isStillRunning((await connection.getQueryStatus(queryId)) as QueryStatus)).toBe(true);
    const later = await connection.getResultsFromQueryId({ queryId, sqlText: '' });
    const rows = await new Promise((resolve) => {
      const found: unknown[] = [];
      later
        .streamRows()
        .on('data', (row) => found.push(row))
        .on('end', () => resolve(found));
    });
    expect(rows).toHaveLength(1);
  });

  it('cancels what runs and keeps the session', async () => {
    const { connect } = await start();
    const { rows, start: run } = await connect();
    const slow = run(
      'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1e9)) AS a, TABLE(GENERATOR(ROWCOUNT => 1e9)) AS b',
    );
    const failed = errorOf(slow.done);
    await expect.poll(() => server?.requests.statements()).toHaveLength(1);
    slow.statement.cancel(() => undefined);
    expect(await failed).toMatchObject({ code: '000604' });
    expect(await rows('SELECT 1 AS one')).toEqual([{ ONE: 1 }]);
  });

  it('ends a statement at its timeout, and a queued one does not hold the others', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    const parameters = { STATEMENT_TIMEOUT_IN_SECONDS: 0.2 };
    const timedOut = errorOf(rows('SELECT SYSTEM$WAIT(60)', undefined, { parameters }));
    const [, next] = await Promise.all([timedOut, rows('SELECT 2 AS two')]);
    expect(await timedOut).toMatchObject({ code: '000630' });
    expect(next).toEqual([{ TWO: 2 }]);
  });

  it('executes a request that is sent twice only once', async () => {
    const { connect, faults } = await start();
    const { rows } = await connect();
    await rows('CREATE DATABASE d');
    await rows('CREATE TABLE t (id INT)');
    faults.inject({ kind: 'reset after' }, { sql: /INSERT/ });
    await rows('INSERT INTO t VALUES (1)');
    expect(await rows('SELECT COUNT(*) AS n FROM t')).toEqual([{ N: 1 }]);
    expect(server?.requests.statements(/INSERT/).map(({ retryCount }) => retryCount)).toEqual([0, 1]);
  });

  it('reads compressed bodies', async () => {
    const { accessUrl, account } = await start();
    const data = { ACCOUNT_NAME: account, LOGIN_NAME: 'SNOWGATE', PASSWORD: 'snowgate' };
    const response = await fetch(`${accessUrl}/session/v1/login-request`, {
      method: 'POST',
      body: gzipSync(JSON.stringify({ data })),
    });
    expect(await response.json()).toMatchObject({ success: true, data: { sessionInfo: { roleName: 'SYSADMIN' } } });
  });

  it('records text, binds, tag and timeout of each statement, and no password', async () => {
    const { connect, requests } = await start();
    const { rows } = await connect();
    await rows('SELECT ?', [7], { parameters: { QUERY_TAG: 'point', STATEMENT_TIMEOUT_IN_SECONDS: 5 } });
    expect(requests.statements()).toMatchObject([
      {
        sql: 'SELECT ?',
        bindings: { 1: { type: 'FIXED', value: '7' } },
        queryTag: 'point',
        timeoutSeconds: 5,
        retryCount: 0,
      },
    ]);
    expect(JSON.stringify(requests.all())).not.toContain('"snowgate"');
  });

  it('answers 64 statements at once on one connection', async () => {
    const { connect } = await start();
    const { rows } = await connect();
    const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => rows('SELECT ? AS n', [n])));
    expect(answers.flat()).toEqual(Array.from({ length: 64 }, (_, n) => ({ N: n })));
  });
});

describe('concurrent sessions', () => {
  beforeEach(async () => {
    const { runScript } = await start();
    await runScript(
      'CREATE DATABASE d; CREATE HYBRID TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0);',
    );
  });

  it('lose no update of one row', async () => {
    const { connect } = server as DrivenSnowflake;
    const sessions = await Promise.all(Array.from({ length: 4 }, () => connect({ database: 'D' })));
    await Promise.all(
      sessions.map(async (session) => {
        for (let turn = 0; turn < 10; turn += 1) await session.rows('UPDATE t SET n = n + 1 WHERE id = 1');
      }),
    );
    expect(await sessions[0]?.rows('SELECT n FROM t')).toEqual([{ N: 40 }]);
  });

  it('read one whole version while tables are swapped', async () => {
    const [reader, writer] = await Promise.all([
      server?.connect({ database: 'D' }),
      server?.connect({ database: 'D' }),
    ]);
    let isSwapping = true;
    const read = async () => {
      const seen = new Set<unknown>();
      while (isSwapping)
        for (const { S } of (await reader?.rows("SELECT COUNT(*) || '-' || MAX(n) AS s FROM t")) ?? []) seen.add(S);
      return seen;
    };
    const reading = read();
    for (let version = 1; version <= 10; version += 1) {
      await writer?.rows(
        `CREATE OR REPLACE HYBRID TABLE t_new (id INT PRIMARY KEY, n INT) AS SELECT SEQ4(), ${version} FROM TABLE(GENERATOR(ROWCOUNT => ${version}))`,
      );
      await writer?.rows('ALTER TABLE t SWAP WITH t_new');
      await writer?.rows('DROP TABLE t_new');
    }
    isSwapping = false;
    const whole = new Set(['1-0', ...Array.from({ length: 10 }, (_, place) => `${place + 1}-${place + 1}`)]);
    for (const version of await reading) expect(whole).toContain(version);
  });
});
