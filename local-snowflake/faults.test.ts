import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DriverError,
  type DrivenConnection,
  type DrivenSnowflake,
  startDrivenSnowflake,
} from '../test/support/local-snowflake.ts';

const SELECT = 'SELECT 1 AS one';
const ROWS = [{ ONE: 1 }];

let server: DrivenSnowflake;
let driven: DrivenConnection;

beforeEach(async () => {
  server = await startDrivenSnowflake();
  driven = await server.connect({ timeout: 2000 });
  server.requests.clear();
});

afterEach(() => server.stop());

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as DriverError,
  );
/** Telemetry comes when it likes. */
const routes = () =>
  server.requests
    .all()
    .map(({ route }) => route)
    .filter((route) => route !== 'telemetry');

describe('tokens', () => {
  it('are renewed by the driver when the session token expires, by the clock', async () => {
    server.clock.advance(3601 * 1000);
    expect(await driven.rows(SELECT)).toEqual(ROWS);
    expect(routes()).toEqual(['query', 'renew', 'query']);
  });

  it('end the connection when the master token has expired, too', async () => {
    server.sessions.expireMasterTokens();
    expect(await errorOf(driven.rows(SELECT))).toMatchObject({ code: 407002 });
    expect(driven.connection.isUp()).toBe(false);
  });

  it('end the connection when the session is gone', async () => {
    await server.sessions.endAll();
    expect(await errorOf(driven.rows(SELECT))).toMatchObject({ code: 407002 });
    expect(server.sessions.size).toBe(0);
  });

  it('that nobody knows are refused with HTTP 401', async () => {
    const response = await fetch(`${server.accessUrl}/queries/v1/query-request`, {
      method: 'POST',
      body: '{"sqlText":"SELECT 1"}',
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ success: false, code: '390104' });
  });
});

it('an outage that a person asked for answers everything with 503 until it ends', async () => {
  const outage = (seconds: string) =>
    fetch(`${server.accessUrl}/local/outage?seconds=${seconds}`, { method: 'POST' }).then(({ status }) => status);
  const login = () => fetch(`${server.accessUrl}/session/v1/login-request`, { method: 'POST', body: '{}' });
  expect(await outage('soon')).toBe(400);
  expect(await outage('60')).toBe(200);
  expect((await login()).status).toBe(503);
  expect(await outage('0')).toBe(200);
  expect((await login()).status).toBe(200);
});

describe('injected', () => {
  it.each([429, 503])('HTTP %i is tried again with the same request id', async (status) => {
    server.faults.inject({ kind: 'status', status });
    expect(await driven.rows(SELECT)).toEqual(ROWS);
    const [first, second] = server.requests.statements();
    expect(second).toMatchObject({ requestId: first?.requestId, retryCount: 1 });
  });

  it('resets are tried again', async () => {
    server.faults.inject({ kind: 'reset' });
    expect(await driven.rows(SELECT)).toEqual(ROWS);
  });

  it('hangs last until the driver gives up, and stop does not wait for them', async () => {
    const hang = server.faults.inject({ kind: 'hang' });
    expect(await driven.rows(SELECT)).toEqual(ROWS);
    expect(hang.hits).toBe(1);
    server.faults.inject({ kind: 'hang' }, { times: 100 });
    driven.start(SELECT).done.catch(() => undefined);
    await expect.poll(() => server.requests.statements().length).toBe(3);
  });

  it('failures carry their code', async () => {
    server.faults.inject({ kind: 'failure', code: '000625', message: 'locked', sqlState: '57014' });
    expect(await errorOf(driven.rows(SELECT))).toMatchObject({ code: '000625', message: 'locked', sqlState: '57014' });
  });

  it('delays make an answer late', async () => {
    server.faults.inject({ kind: 'delay', ms: 100 });
    const before = performance.now();
    expect(await driven.rows(SELECT)).toEqual(ROWS);
    expect(performance.now() - before).toBeGreaterThanOrEqual(99);
  });

  it('broken cells reach the driver as they are', async () => {
    const statement = `SELECT PARSE_JSON('{"a":1}') AS v`;
    server.faults.inject({ kind: 'broken cells' });
    const [row] = await driven.rows(statement, undefined, { fetchAsString: ['JSON'] });
    expect(row).toEqual({ V: '{"broken' });
    expect(await driven.rows(statement)).toEqual([{ V: { a: 1 } }]);
  });

  it('broken bodies fail the statement, not the server', async () => {
    server.faults.inject({ kind: 'broken body' }, { times: 1 });
    await driven.rows(SELECT).catch(() => undefined);
    expect(await driven.rows(SELECT)).toEqual(ROWS);
  });

  it('strikes only the statements and routes that are meant', async () => {
    const fault = server.faults.inject({ kind: 'failure', code: '1', message: 'no' }, { sql: /two/, times: 2 });
    expect(await driven.rows(SELECT)).toEqual(ROWS);
    await errorOf(driven.rows('SELECT 2 AS two'));
    expect(fault.hits).toBe(1);
    fault.remove();
    expect(await driven.rows('SELECT 2 AS two')).toEqual([{ TWO: 2 }]);
    server.faults.inject({ kind: 'failure', code: '390100', message: 'no' }, { route: 'login' });
    expect(await errorOf(server.connect())).toMatchObject({ code: '390100' });
  });
});

describe('the end', () => {
  it('of a connection ends its session', async () => {
    expect(server.sessions.size).toBe(1);
    await new Promise((resolve) => driven.connection.destroy(resolve));
    expect(server.sessions.size).toBe(0);
    expect(routes()).toEqual(['logout']);
  });
});
