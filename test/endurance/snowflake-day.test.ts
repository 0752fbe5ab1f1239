import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { createSnowflakeClient, type SnowflakeClient } from '../../src/clients/snowflake-client.ts';

const MINUTE_MS = 60_000;
/** How often a container's service token is replaced. */
const STEP_MINUTES = 10;
const STEPS = (24 * 60) / STEP_MINUTES;
const WORKERS = 10;
const REQUESTS_PER_STEP = 10;
const POOL_SIZE_MAX = 6;
/** Long, because other tests use the machine as well; the events of the day are what is tested. */
const DEADLINE_MS = 10_000;
const RESUME_MS = 60;

/** What happens at a moment of the day, by its number in steps of ten minutes. */
const NIGHT = { from: 12, to: 42 };
const isAt = (step: number, every: number, from: number): boolean => step % every === from;

describe('a day with Snowflake, by its clock', () => {
  let local: LocalSnowflake;
  let client: SnowflakeClient;
  let folder: string;
  let tokenFile: string;
  const events = { rotations: 0, suspensions: 0, restarts: 0, storms: 0 };
  const hits = { resumes: 0, storms: 0 };
  const failed: unknown[] = [];
  const wrong: unknown[] = [];
  let answered = 0;
  let isOver = false;
  let isNight = false;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowgate-day-'));
    tokenFile = join(folder, 'token');
    await rotateToken();
    local = await startLocalSnowflake({ serviceTokenFile: tokenFile, defaultWarehouse: 'DAY_WH' });
    await local.runScript(
      'CREATE DATABASE day; CREATE TABLE day.public.t (id NUMBER(10, 0)); INSERT INTO day.public.t VALUES (0)',
    );
    client = createSnowflakeClient({
      target: { account: local.account, accessUrl: local.accessUrl, warehouse: 'DAY_WH' },
      credentials: { kind: 'oauth-file', tokenFile },
      poolSizeMax: POOL_SIZE_MAX,
      loginTimeoutMs: 5000,
      patienceMs: DEADLINE_MS,
    });
  });
  afterAll(async () => {
    await client.close();
    await local.stop();
    await rm(folder, { recursive: true });
  });

  /** As SPCS does: another file takes the place of the old one. */
  async function rotateToken(): Promise<void> {
    events.rotations += 1;
    await writeFile(`${tokenFile}.new`, `token-${String(events.rotations)}\n`);
    await rename(`${tokenFile}.new`, tokenFile);
  }

  /** Asks for one number after the other; the answer to each is known. */
  async function work(worker: number): Promise<void> {
    for (let turn = 0; !isOver; turn += 1) {
      if (isNight && worker > 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const n = turn * WORKERS + worker;
      const text = 'SELECT id + :1::number(10, 0) AS n FROM day.public.t';
      try {
        const rows = await client.query({ name: 'day', text, binds: [n] }, DEADLINE_MS);
        if (JSON.stringify(rows) !== JSON.stringify([{ n }])) wrong.push(rows);
      } catch (error) {
        failed.push(error);
      }
      answered += 1;
    }
  }

  async function pass(requests: number): Promise<void> {
    const enough = answered + requests;
    while (answered < enough && failed.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async function happen(step: number): Promise<void> {
    local.clock.advance(STEP_MINUTES * MINUTE_MS);
    await rotateToken();
    isNight = step >= NIGHT.from && step < NIGHT.to;
    // Suspended for want of work; whoever comes first waits until it has resumed, and so do all others.
    if (isNight || isAt(step, 9, 4)) {
      events.suspensions += 1;
      await local.runScript('ALTER WAREHOUSE day_wh SUSPEND').catch(() => undefined);
      const resume = local.faults.inject({ kind: 'delay', ms: RESUME_MS }, { times: isNight ? 1 : POOL_SIZE_MAX });
      await pass(isNight ? 1 : POOL_SIZE_MAX);
      hits.resumes += resume.hits;
      resume.remove();
    }
    if (isAt(step, 48, 47)) {
      events.restarts += 1;
      await local.sessions.endAll();
    }
    if (isAt(step, 16, 7)) {
      events.storms += 1;
      const storm = local.faults.inject({ kind: 'status', status: 503 }, { times: 12 });
      await vi.waitFor(() => {
        expect(storm.hits).toBe(12);
      }, DEADLINE_MS);
      hits.storms += storm.hits;
    }
    await pass(isNight ? 1 : REQUESTS_PER_STEP);
  }

  it(
    'loses no request and answers none wrongly, with requests in flight all the time',
    { timeout: 120_000 },
    async () => {
      const working = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      const seen = { logins: 0, renewals: 0, loginsAtDawn: 0 };
      for (let step = 0; step < STEPS; step += 1) {
        await happen(step);
        const routes = local.requests.all().map(({ route }) => route);
        const logins = routes.filter((route) => route === 'login').length;
        seen.logins += logins;
        if (step >= NIGHT.to && step < NIGHT.to + 3) seen.loginsAtDawn += logins;
        seen.renewals += routes.filter((route) => route === 'renew').length;
        local.requests.clear();
      }
      isOver = true;
      await working;
      expect(failed).toEqual([]);
      expect(wrong).toEqual([]);
      expect(events).toEqual({ rotations: STEPS + 1, suspensions: 42, restarts: 3, storms: 9 });
      expect(hits.storms).toBe(9 * 12);
      expect(hits.resumes).toBeGreaterThanOrEqual(events.suspensions);
      // A session is renewed every hour by whoever uses it, and a new one is logged in after each restart and each night.
      expect(seen.renewals).toBeGreaterThanOrEqual(24);
      expect(seen.logins).toBeGreaterThanOrEqual(POOL_SIZE_MAX + events.restarts);
      // Five hours of sleep outlive a master token: 390114 for those that nobody used.
      expect(seen.loginsAtDawn).toBeGreaterThan(0);
      expect(answered).toBeGreaterThanOrEqual((STEPS - NIGHT.to + NIGHT.from) * REQUESTS_PER_STEP);
    },
  );
});
