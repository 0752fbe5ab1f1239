import type { ResultSet } from '../engine/result-set.ts';
import type { Session } from '../engine/session.ts';
import { SnowflakeError } from '../errors.ts';
import { asSnowflakeError } from './answer.ts';

export type Outcome = { readonly result: ResultSet } | { readonly error: SnowflakeError };

/** A statement from its request on; its outcome is kept for those who ask later. */
export interface RunningStatement {
  readonly queryId: string;
  readonly requestId: string | null;
  readonly session: Session;
  readonly sql: string;
  readonly abort: AbortController;
  readonly outcome: Promise<Outcome>;
  status: 'RUNNING' | 'SUCCESS' | 'FAILED_WITH_ERROR' | 'ABORTED';
}

/** What a statement is started with. */
export interface StatementStart {
  readonly queryId: string;
  readonly requestId: string | null;
  readonly session: Session;
  readonly sql: string;
  readonly timeoutSeconds: number;
  readonly run: (signal: AbortSignal) => Promise<ResultSet>;
}

/** Finished statements that can still be asked for. */
const STATEMENTS_MAX = 200;
/** Of those with more rows than this only the last few, for their chunks. */
const BIG_ROWS = 10_000;
const BIG_MAX = 5;

/** The statements that run or ran lately, by query id and by request id. */
export class RunningStatements {
  readonly #byQueryId = new Map<string, RunningStatement>();
  #big: readonly string[] = [];

  start({ queryId, requestId, session, sql, timeoutSeconds, run }: StatementStart): RunningStatement {
    const abort = new AbortController();
    const timer =
      timeoutSeconds > 0 ? setTimeout(() => abort.abort(timedOut(timeoutSeconds)), timeoutSeconds * 1000) : undefined;
    timer?.unref();
    const outcome = run(abort.signal)
      .then((result): Outcome => {
        statement.status = 'SUCCESS';
        if (result.rows.length > BIG_ROWS) this.#rememberBig(queryId);
        return { result };
      })
      .catch((cause: unknown): Outcome => {
        const error = abort.signal.aborted ? asSnowflakeError(abort.signal.reason) : asSnowflakeError(cause);
        statement.status = error.code === '000604' ? 'ABORTED' : 'FAILED_WITH_ERROR';
        return { error };
      })
      .finally(() => clearTimeout(timer));
    const statement: RunningStatement = { queryId, requestId, session, sql, abort, outcome, status: 'RUNNING' };
    this.#remember(statement);
    return statement;
  }

  byQueryId(queryId: string): RunningStatement | undefined {
    return this.#byQueryId.get(queryId);
  }

  /** The statement of a request that the driver sends again: it must not be executed twice. */
  byRequestId(requestId: string | null): RunningStatement | undefined {
    return requestId === null
      ? undefined
      : [...this.#byQueryId.values()].findLast((statement) => statement.requestId === requestId);
  }

  /** Makes a statement fail as cancelled; one that has ended stays as it is. */
  cancel(statement: RunningStatement | undefined): void {
    statement?.abort.abort(new SnowflakeError('000604', '57014', 'SQL execution canceled'));
  }

  cancelAll(): void {
    for (const statement of this.#byQueryId.values()) if (statement.status === 'RUNNING') this.cancel(statement);
  }

  #rememberBig(queryId: string): void {
    const kept = [...this.#big, queryId];
    for (const forgotten of kept.slice(0, -BIG_MAX)) this.#byQueryId.delete(forgotten);
    this.#big = kept.slice(-BIG_MAX);
  }

  #remember(statement: RunningStatement): void {
    this.#byQueryId.set(statement.queryId, statement);
    for (const [queryId, { status }] of this.#byQueryId) {
      if (this.#byQueryId.size <= STATEMENTS_MAX) return;
      if (status !== 'RUNNING') this.#byQueryId.delete(queryId);
    }
  }
}

const timedOut = (seconds: number) =>
  new SnowflakeError(
    '000630',
    '57014',
    `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
  );
