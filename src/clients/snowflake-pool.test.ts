import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamTimeoutError } from '../errors.ts';
import { SnowflakeError } from './snowflake-errors.ts';
import { SnowflakePool, type SessionRequest, type SnowflakePoolOptions } from './snowflake-pool.ts';
import type { SnowflakeSession } from './snowflake-session.ts';

const OPTIONS: SnowflakePoolOptions = {
  sizeMin: 1,
  sizeMax: 2,
  waitingMax: 10,
  loginsMax: 2,
  idleMs: 60_000,
  ageMaxMs: 3_600_000,
  patienceMs: 1500,
};

/** A session that needs no Snowflake. */
class FakeSession {
  readonly openedAt = performance.now();
  provenAt = this.openedAt;
  isOpen = true;
  isUp(): boolean {
    return this.isOpen;
  }
  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }
}

/** Logins that end when a test says so. */
class FakeLogins {
  readonly sessions: FakeSession[] = [];
  readonly pending: { succeed: () => void; fail: (error: Error) => void }[] = [];

  readonly open = (): Promise<SnowflakeSession> =>
    new Promise((resolve, reject) => {
      const succeed = (): void => {
        const session = new FakeSession();
        this.sessions.push(session);
        resolve(session as unknown as SnowflakeSession);
      };
      this.pending.push({ succeed, fail: reject });
    });

  async succeed(): Promise<void> {
    this.pending.shift()?.succeed();
    await vi.advanceTimersByTimeAsync(0);
  }

  async fail(error: Error): Promise<void> {
    this.pending.shift()?.fail(error);
    await vi.advanceTimersByTimeAsync(0);
  }
}

const NETWORK = new SnowflakeError('network', '401001: no answer', { code: '401001' });
const REFUSED = new SnowflakeError('refused', '390100: wrong password', { code: '390100' });

describe('SnowflakePool', () => {
  let logins: FakeLogins;
  let pool: SnowflakePool;

  beforeEach(() => {
    vi.useFakeTimers();
    // Pauses between logins are random.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    logins = new FakeLogins();
    pool = new SnowflakePool(OPTIONS, logins.open);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  function acquire(ms = 60_000, provenSince = 0): Promise<SnowflakeSession> & { outcome: () => unknown } {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, ms);
    const request: SessionRequest = { signal: controller.signal, deadlineAt: performance.now() + ms, provenSince };
    const acquiring = pool.acquire(request);
    let outcome: unknown = 'pending';
    acquiring.then(
      (session) => (outcome = session),
      (error: unknown) => (outcome = error),
    );
    return Object.assign(acquiring, { outcome: () => outcome });
  }

  it('opens sessions up to its size, and gives the one that was used last to the next', async () => {
    const [one, two, three] = [acquire(), acquire(), acquire()];
    await vi.advanceTimersByTimeAsync(0);
    expect(logins.pending).toHaveLength(2);
    await logins.succeed();
    await logins.succeed();
    const [first, second] = [await one, await two];
    expect(pool.usage).toEqual({ idle: 0, busy: 2, opening: 0, waiting: 1 });
    pool.release(second);
    expect(await three).toBe(second);
    pool.release(first);
    pool.release(second);
    expect(await acquire()).toBe(second);
    expect(logins.sessions).toHaveLength(2);
  });

  it('logs in again beside a login that hangs, and takes whichever ends', async () => {
    pool = new SnowflakePool({ ...OPTIONS, loginsMax: 1, sizeMax: 2 }, logins.open);
    const [one, two] = [acquire(), acquire()];
    await vi.advanceTimersByTimeAsync(1400);
    expect(logins.pending).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(logins.pending).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5000);
    // Never more than the size.
    expect(logins.pending).toHaveLength(2);
    logins.pending.reverse();
    await logins.succeed();
    const session = await one;
    await logins.succeed();
    expect(await two).not.toBe(session);
    expect(pool.usage).toEqual({ idle: 0, busy: 2, opening: 0, waiting: 0 });
  });

  it('refuses more waiters than it has room for', async () => {
    const waiting = Array.from({ length: OPTIONS.waitingMax }, () => acquire());
    await expect(acquire()).rejects.toMatchObject({ failure: 'down' });
    expect(waiting.every((one) => one.outcome() === 'pending')).toBe(true);
  });

  it('is late for a waiter at its deadline, and keeps the login for the next', async () => {
    const late = acquire(100);
    await vi.advanceTimersByTimeAsync(100);
    expect(late.outcome()).toBeInstanceOf(UpstreamTimeoutError);
    await logins.succeed();
    expect(pool.usage).toEqual({ idle: 1, busy: 0, opening: 0, waiting: 0 });
    expect(await acquire()).toBe(logins.sessions[0]);
  });

  it('logs in again for those who wait when a login fails', async () => {
    const waiting = [acquire(), acquire()];
    await logins.fail(NETWORK);
    await logins.fail(NETWORK);
    expect(waiting.map((one) => one.outcome())).toEqual(['pending', 'pending']);
    await vi.advanceTimersByTimeAsync(100);
    expect(logins.pending).toHaveLength(1);
    await logins.succeed();
    await logins.succeed();
    expect(waiting.map((one) => one.outcome())).toEqual(logins.sessions);
  });

  it('tells everybody, with the code, when there was no session for too long, and tries now and then', async () => {
    const waiting = Array.from({ length: 3 }, () => acquire());
    for (let second = 0; second < 4; second += 1) {
      await logins.fail(NETWORK);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(waiting.map((one) => one.outcome())).toEqual(Array(3).fill(NETWORK));
    const probe = acquire();
    await vi.advanceTimersByTimeAsync(0);
    await logins.fail(NETWORK);
    expect(probe.outcome()).toBe(NETWORK);
    const startedAt = performance.now();
    await expect(acquire()).rejects.toBe(NETWORK);
    expect(performance.now()).toBe(startedAt);
    await vi.advanceTimersByTimeAsync(1000);
    const served = acquire();
    await logins.succeed();
    expect(served.outcome()).toBe(logins.sessions[0]);
  });

  it('lets waiters wait for a session that works while logins fail', async () => {
    const one = acquire();
    await logins.succeed();
    const session = await one;
    const [first, second] = [acquire(), acquire()];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await logins.fail(NETWORK);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect([first.outcome(), second.outcome()]).toEqual(['pending', 'pending']);
    pool.release(session);
    expect(await first).toBe(session);
    pool.release(session);
    expect(await second).toBe(session);
  });

  it('asks seldom after refused credentials, and says so at once to who cannot wait', async () => {
    const waiting = acquire();
    await logins.fail(REFUSED);
    expect(waiting.outcome()).toBe(REFUSED);
    await vi.advanceTimersByTimeAsync(1000);
    await expect(acquire()).rejects.toBe(REFUSED);
    expect(logins.pending).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1000);
    const probe = acquire();
    await logins.succeed();
    expect(probe.outcome()).toBe(logins.sessions[0]);
  });

  it('opens a new session for who does not trust the old ones, in the place of an idle one', async () => {
    const [one, two] = [acquire(), acquire()];
    await logins.succeed();
    await logins.succeed();
    pool.release(await one);
    pool.release(await two);
    await vi.advanceTimersByTimeAsync(10);
    const fresh = acquire(1000, performance.now());
    await logins.succeed();
    expect(fresh.outcome()).toBe(logins.sessions[2]);
    expect(logins.sessions.map(({ isOpen }) => isOpen)).toEqual([false, true, true]);
  });

  it('does not give away a session that is down or old, and closes idle ones in time', async () => {
    const one = acquire();
    await logins.succeed();
    pool.release(await one);
    const [session] = logins.sessions;
    if (session) session.isOpen = false;
    const two = acquire();
    await logins.succeed();
    expect(two.outcome()).toBe(logins.sessions[1]);
    pool.release(await two);
    await vi.advanceTimersByTimeAsync(OPTIONS.ageMaxMs + 30_000);
    expect(pool.usage.idle).toBe(0);
    expect(logins.sessions.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });

  it('keeps its least size when nobody asks', async () => {
    const [one, two] = [acquire(), acquire()];
    await logins.succeed();
    await logins.succeed();
    pool.release(await one);
    pool.release(await two);
    await vi.advanceTimersByTimeAsync(OPTIONS.idleMs + 30_000);
    expect(pool.usage.idle).toBe(OPTIONS.sizeMin);
  });

  it('waits at its end for sessions that are lent, and refuses whoever comes', async () => {
    const one = acquire();
    await logins.succeed();
    const session = await one;
    let isClosed = false;
    const closing = pool.close().then(() => (isClosed = true));
    await expect(acquire()).rejects.toMatchObject({ failure: 'down' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(isClosed).toBe(false);
    pool.release(session);
    await closing;
    expect(logins.sessions.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});
