import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Session, SessionStart } from '../engine/session.ts';
import { SnowflakeError } from '../errors.ts';

/** How long tokens live by the server's clock. */
export interface TokenLifetimes {
  readonly sessionSeconds: number;
  readonly masterSeconds: number;
}

/** A logged-in session with its tokens. */
export interface LoggedIn {
  readonly session: Session;
  sessionToken: string;
  masterToken: string;
  sessionExpiresAt: number;
  masterExpiresAt: number;
}

/** The sessions by token. */
export class Sessions {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly lifetimes: TokenLifetimes;
  readonly #open = new Set<LoggedIn>();
  /** Tokens of sessions that were ended by the server. */
  readonly #ended = new Set<string>();
  #count = 0;

  constructor(engine: Engine, clock: Clock, lifetimes: TokenLifetimes) {
    this.#engine = engine;
    this.#clock = clock;
    this.lifetimes = lifetimes;
  }

  /** Sessions that are logged in. */
  get size(): number {
    return this.#open.size;
  }

  async open(start: Omit<SessionStart, 'id'>): Promise<LoggedIn> {
    this.#count += 1;
    const session = await this.#engine.openSession({ ...start, id: String(1_000_000 + this.#count) });
    const loggedIn = { session, sessionToken: '', masterToken: '', sessionExpiresAt: 0, masterExpiresAt: 0 };
    this.#issueTokens(loggedIn);
    this.#open.add(loggedIn);
    return loggedIn;
  }

  /** The session of a session token. @throws SnowflakeError 390104, 390111 or 390112. */
  authorize(token: string | undefined): LoggedIn {
    const loggedIn = [...this.#open].find(({ sessionToken }) => sessionToken === token);
    if (!loggedIn) throw this.#ended.has(token ?? '') ? sessionGone() : invalidToken();
    if (loggedIn.sessionExpiresAt <= this.#clock.now()) {
      throw new SnowflakeError('390112', '08001', 'Your session has expired. Please login again.');
    }
    return loggedIn;
  }

  /** The id of the session of a token, also an expired one; null when there is none. */
  idOf(token: string | undefined): string | null {
    return [...this.#open].find(({ sessionToken }) => sessionToken === token)?.session.id ?? null;
  }

  /** New tokens for a master token. @throws SnowflakeError 390114 when that has expired, 390111 when the session is gone. */
  renew(masterToken: string | undefined): LoggedIn {
    const loggedIn = [...this.#open].find((candidate) => candidate.masterToken === masterToken);
    if (!loggedIn) throw this.#ended.has(masterToken ?? '') ? sessionGone() : invalidToken();
    if (loggedIn.masterExpiresAt <= this.#clock.now()) {
      throw new SnowflakeError(
        '390114',
        '08001',
        'Authentication token has expired. The user must authenticate again.',
      );
    }
    this.#issueTokens(loggedIn);
    return loggedIn;
  }

  async close(loggedIn: LoggedIn): Promise<void> {
    this.#open.delete(loggedIn);
    await this.#engine.closeSession(loggedIn.session);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((loggedIn) => this.close(loggedIn)));
  }

  /** Ends all sessions as the server does on its own: the next request of each gets 390111. */
  async endAll(): Promise<void> {
    for (const { sessionToken, masterToken } of this.#open) this.#ended.add(sessionToken).add(masterToken);
    await this.closeAll();
  }

  /** Lets all session tokens expire now: the next request of each gets 390112. */
  expireSessionTokens(): void {
    for (const loggedIn of this.#open) loggedIn.sessionExpiresAt = 0;
  }

  /** Lets all tokens expire now: the next request of each gets 390112, its renewal 390114. */
  expireMasterTokens(): void {
    this.expireSessionTokens();
    for (const loggedIn of this.#open) loggedIn.masterExpiresAt = 0;
  }

  #issueTokens(loggedIn: LoggedIn): void {
    const now = this.#clock.now();
    loggedIn.sessionToken = `session-${randomUUID()}`;
    loggedIn.masterToken = `master-${randomUUID()}`;
    loggedIn.sessionExpiresAt = now + this.lifetimes.sessionSeconds * 1000;
    loggedIn.masterExpiresAt = now + this.lifetimes.masterSeconds * 1000;
  }
}

const sessionGone = () =>
  new SnowflakeError('390111', '08001', 'Session no longer exists. New login required to access the service.');
const invalidToken = () => new SnowflakeError('390104', '08001', 'Session invalid token.');
