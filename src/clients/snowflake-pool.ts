import { ExponentialBackoff, type IBackoff } from 'cockatiel';
import { UpstreamTimeoutError } from '../errors.ts';
import { SnowflakeError, toSnowflakeError } from './snowflake-errors.ts';
import { SnowflakeOpenings } from './snowflake-openings.ts';
import type { SnowflakeSession } from './snowflake-session.ts';

/** How many sessions a pool keeps, and for how long. */
export interface SnowflakePoolOptions {
  /** Sessions that stay open when nobody asks. */
  readonly sizeMin: number;
  readonly sizeMax: number;
  /** Statements that may wait for a session; more are refused at once. */
  readonly waitingMax: number;
  /** Logins under way at the same time, apart from those that seem to hang. */
  readonly loginsMax: number;
  /** Milliseconds that a session may be idle. */
  readonly idleMs: number;
  /** Milliseconds that a session may live: less than Snowflake's master token, which lives four hours. */
  readonly ageMaxMs: number;
  /** Milliseconds for which statements wait while there is no session and logins fail. */
  readonly patienceMs: number;
}

/** Opens a session. @throws SnowflakeError */
export type OpenSession = (signal: AbortSignal) => Promise<SnowflakeSession>;

/** What somebody who wants a session brings. */
export interface SessionRequest {
  /** Fires when it is too late. */
  readonly signal: AbortSignal;
  /** By `performance.now()`, when it fires. */
  readonly deadlineAt: number;
  /** Only a session that Snowflake has answered since then, by `performance.now()`. */
  readonly provenSince: number;
}

interface Waiter extends SessionRequest {
  readonly resolve: (session: SnowflakeSession) => void;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
}

const SWEEP_MS = 15_000;
const LOGIN_BACKOFF = new ExponentialBackoff({ initialDelay: 50, maxDelay: 1000 });
/** Accounts are locked after some refused logins: ask seldom. */
const REFUSED_BACKOFF = new ExponentialBackoff({ initialDelay: 2000, maxDelay: 60_000 });

/**
 * The sessions of a client, each lent to one statement at a time.
 *
 * A login belongs to the pool, not to the statement that made it necessary: it takes seconds on some days, longer than a
 * statement waits, and its session serves whoever comes next. When one fails, the pool waits a little and logs in again
 * for those who wait; they are told, with the code of the login, when there has been no session for too long.
 */
export class SnowflakePool {
  readonly #options: SnowflakePoolOptions;
  readonly #openSession: OpenSession;
  /** The one that was used last is at the end and goes first. */
  readonly #idle: SnowflakeSession[] = [];
  readonly #busy = new Set<SnowflakeSession>();
  readonly #closings = new Set<Promise<void>>();
  readonly #openings = new SnowflakeOpenings();
  readonly #stop = new AbortController();
  readonly #sweeper: NodeJS.Timeout;
  /** Settled when the pool is closed and no session is lent any more. */
  readonly #allReturned = Promise.withResolvers<undefined>();
  #waiting: Waiter[] = [];
  #backoff: IBackoff<unknown> | null = null;
  #nextLoginAt = 0;
  #nextLoginTimer: NodeJS.Timeout | undefined;
  /** The last login, when it failed. */
  #lastLoginError: SnowflakeError | undefined;
  #failedAt = 0;
  /** Since when logins fail. */
  #failingSince = 0;

  constructor(options: SnowflakePoolOptions, openSession: OpenSession) {
    this.#options = options;
    this.#openSession = openSession;
    this.#sweeper = setInterval(() => {
      this.#sweep();
    }, SWEEP_MS).unref();
  }

  /** Sessions and those who wait for one. */
  get usage(): { readonly idle: number; readonly busy: number; readonly opening: number; readonly waiting: number } {
    const [idle, busy, opening] = [this.#idle.length, this.#busy.size, this.#openings.size];
    return { idle, busy, opening, waiting: this.#waiting.length };
  }

  /**
   * A session of one's own, until `release` or `discard`.
   * @throws SnowflakeError when no session can be had, with the code of the last login; UpstreamTimeoutError when it is
   * too late and nothing is known to be wrong.
   */
  acquire(request: SessionRequest): Promise<SnowflakeSession> {
    if (this.#stop.signal.aborted) return Promise.reject(new SnowflakeError('down', 'The client is closed.'));
    const session = this.#takeIdle(request);
    if (session) return Promise.resolve(session);
    const error = this.#lastLoginError;
    if (error && this.#isUnreachable() && performance.now() < this.#nextLoginAt) return Promise.reject(error);
    if (this.#waiting.length >= this.#options.waitingMax) {
      return Promise.reject(new SnowflakeError('down', 'Too many statements wait for a session.'));
    }
    return new Promise((resolve, reject) => {
      this.#enqueue(request, resolve, reject);
      this.#openMore();
    });
  }

  /** Gives a session back that may be used again. */
  release(session: SnowflakeSession): void {
    if (!this.#busy.delete(session)) return;
    if (this.#stop.signal.aborted || !session.isUp() || this.#isOld(session)) this.#close(session);
    else this.#lend(session);
    this.#afterReturn();
  }

  /** Gives a session back that is not to be used again; what runs on it is cancelled. */
  discard(session: SnowflakeSession): void {
    if (!this.#busy.delete(session)) return;
    this.#close(session);
    this.#afterReturn();
  }

  /** Waits for the sessions that are lent, and logs all of them out. Whoever waits for one is refused. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#sweeper);
    clearTimeout(this.#nextLoginTimer);
    for (const waiter of this.#waiting.splice(0)) settle(waiter, new SnowflakeError('down', 'The client was closed.'));
    for (const session of this.#idle.splice(0)) this.#close(session);
    await this.#openings.ended();
    if (this.#busy.size === 0) this.#allReturned.resolve(undefined);
    await this.#allReturned.promise;
    await Promise.all(this.#closings);
  }

  #takeIdle({ provenSince }: SessionRequest): SnowflakeSession | undefined {
    for (let index = this.#idle.length - 1; index >= 0; index -= 1) {
      const session = this.#idle[index];
      if (!session || session.provenAt < provenSince) continue;
      this.#idle.splice(index, 1);
      if (session.isUp() && !this.#isOld(session)) {
        this.#busy.add(session);
        return session;
      }
      this.#close(session);
    }
    return undefined;
  }

  #enqueue(
    request: SessionRequest,
    resolve: (session: SnowflakeSession) => void,
    reject: (error: unknown) => void,
  ): void {
    const onAbort = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      settle(waiter, this.#lastLoginError ?? new UpstreamTimeoutError());
    };
    const stopListening = (): void => {
      request.signal.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = { ...request, resolve, reject, stopListening };
    request.signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(waiter);
  }

  /** Hands a session to whoever has waited longest and may have it. */
  #lend(session: SnowflakeSession): void {
    const waiter = this.#waiting.find(({ provenSince }) => session.provenAt >= provenSince);
    if (!waiter) {
      this.#idle.push(session);
      return;
    }
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
    this.#busy.add(session);
    waiter.stopListening();
    waiter.resolve(session);
  }

  /** Starts as many logins as there are waiters, within the limits. */
  #openMore(): void {
    const { sizeMax, loginsMax } = this.#options;
    if (this.#stop.signal.aborted || this.#isBackingOff()) return;
    // After a failure one login finds out whether others are worth it.
    const wanted = Math.min(this.#waiting.length, this.#lastLoginError ? 1 : loginsMax) - this.#openings.promptCount;
    for (let count = 0; count < wanted; count += 1) {
      if (this.#idle.length + this.#busy.size + this.#openings.size >= sizeMax) {
        // Whoever waits although a session is idle does not trust it.
        const distrusted = this.#idle.shift();
        if (!distrusted) return;
        this.#close(distrusted);
      }
      this.#openings.add(this.#open(), () => {
        this.#openMore();
      });
    }
  }

  async #open(): Promise<void> {
    const startedAt = performance.now();
    try {
      const session = await this.#openSession(this.#stop.signal);
      this.#backoff = null;
      this.#nextLoginAt = 0;
      this.#lastLoginError = undefined;
      if (this.#stop.signal.aborted) this.#close(session);
      else this.#lend(session);
    } catch (error) {
      this.#onLoginFailed(toSnowflakeError(error), startedAt);
    }
  }

  #onLoginFailed(error: SnowflakeError, startedAt: number): void {
    if (!this.#lastLoginError) this.#failingSince = startedAt;
    this.#lastLoginError = error;
    // Logins that ran side by side fail together; that is one failure.
    if (startedAt >= this.#failedAt) {
      const backoff = error.failure === 'refused' ? REFUSED_BACKOFF : LOGIN_BACKOFF;
      this.#backoff = this.#backoff?.next(undefined) ?? backoff.next();
      this.#failedAt = performance.now();
      this.#nextLoginAt = this.#failedAt + this.#backoff.duration;
    }
    for (const waiter of this.#waiting.filter((one) => this.#isHopeless(one))) {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      settle(waiter, error);
    }
  }

  /** A working session may still come back in time. Without any, the next login must, and not be one too many. */
  #isHopeless(waiter: Waiter): boolean {
    if (this.#busy.size + this.#idle.length > 0) return false;
    return this.#isUnreachable() || waiter.deadlineAt < this.#nextLoginAt;
  }

  /** Whether logins have failed for too long, or will have before the next one. */
  #isUnreachable(): boolean {
    if (!this.#lastLoginError || this.#busy.size + this.#idle.length > 0) return false;
    return Math.max(performance.now(), this.#nextLoginAt) - this.#failingSince >= this.#options.patienceMs;
  }

  #isBackingOff(): boolean {
    const delay = this.#nextLoginAt - performance.now();
    if (delay <= 0) return false;
    if (this.#waiting.length > 0 && this.#nextLoginTimer === undefined) {
      this.#nextLoginTimer = setTimeout(() => {
        this.#nextLoginTimer = undefined;
        this.#openMore();
      }, delay);
    }
    return true;
  }

  #isOld(session: SnowflakeSession): boolean {
    return performance.now() - session.openedAt > this.#options.ageMaxMs;
  }

  #close(session: SnowflakeSession): void {
    const closing = session.close().finally(() => {
      this.#closings.delete(closing);
    });
    this.#closings.add(closing);
  }

  #afterReturn(): void {
    if (this.#stop.signal.aborted && this.#busy.size === 0) this.#allReturned.resolve(undefined);
    // Somebody may wait for the place of a session that was closed.
    this.#openMore();
  }

  #sweep(): void {
    const idleSince = performance.now() - this.#options.idleMs;
    for (const session of [...this.#idle]) {
      const mayGo = this.#idle.length + this.#busy.size > this.#options.sizeMin && session.provenAt < idleSince;
      if (!mayGo && session.isUp() && !this.#isOld(session)) continue;
      this.#idle.splice(this.#idle.indexOf(session), 1);
      this.#close(session);
    }
  }
}

function settle(waiter: Waiter, error: unknown): void {
  waiter.stopListening();
  waiter.reject(error);
}
