import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireBinding } from '../engine/bindings.ts';
import type { Engine } from '../engine/engine.ts';
import { SnowflakeError } from '../errors.ts';
import { type Envelope, statementFailure, success } from './answer.ts';
import { type JsonObject, objectIn, textIn } from './request-body.ts';
import { type ChunkSizes, chunkText, rowSetData, withBrokenCells } from './row-set.ts';
import { type RunningStatement, RunningStatements } from './running-statements.ts';
import type { LoggedIn } from './sessions.ts';

/** What the statement routes need. */
export interface StatementDependencies {
  readonly engine: Engine;
  readonly sizes: ChunkSizes;
  /** A statement that takes longer is answered with 333333 and asked for again. */
  readonly longPollMs: number;
  readonly baseUrl: () => string;
}

/** What a statement request says besides its text. */
export interface StatementRequest {
  readonly sql: string;
  readonly bindings: Readonly<Record<string, WireBinding>>;
  readonly queryTag: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly isAsync: boolean;
  readonly isDescribe: boolean;
}

/** Reads the body of a query-request. @throws SnowflakeError when there is no text. */
export function statementRequest(body: JsonObject): StatementRequest {
  const sql = textIn(body, 'sqlText');
  if (sql === undefined) throw new SnowflakeError('391902', '42000', 'The request has no sqlText.');
  if (textIn(body, 'bindStage') !== undefined)
    throw new SnowflakeError('000002', '0A000', `Unsupported feature 'binds on a stage'.`);
  const parameters = objectIn(body, 'parameters');
  const seconds = parameters['STATEMENT_TIMEOUT_IN_SECONDS'];
  return {
    sql,
    bindings: objectIn(body, 'bindings') as Readonly<Record<string, WireBinding>>,
    queryTag: textIn(parameters, 'QUERY_TAG'),
    timeoutSeconds: seconds === undefined ? undefined : Number(seconds),
    isAsync: body['asyncExec'] === true,
    isDescribe: body['describeOnly'] === true,
  };
}

/** Executes statements and answers what they gave, at once or when it is asked for. */
export class StatementRoutes {
  readonly statements = new RunningStatements();
  readonly #dependencies: StatementDependencies;

  constructor(dependencies: StatementDependencies) {
    this.#dependencies = dependencies;
  }

  /** POST /queries/v1/query-request. A request id that came before is not executed again. */
  async query(
    { session }: LoggedIn,
    requestId: string | null,
    request: StatementRequest,
    isBroken: boolean,
  ): Promise<Envelope> {
    const statement = this.statements.byRequestId(requestId) ?? this.#start(session, requestId, request);
    if (request.isAsync) return inProgress(statement, '333334');
    return this.#answer(statement, isBroken);
  }

  /** GET /queries/<id>/result. */
  async result(queryId: string): Promise<Envelope> {
    const statement = this.statements.byQueryId(queryId);
    if (!statement) throw new SnowflakeError('000709', '02000', `Statement ${queryId} not found`);
    return this.#answer(statement, false);
  }

  /** GET /monitoring/queries/<id>. */
  monitoring(queryId: string): Envelope {
    const statement = this.statements.byQueryId(queryId);
    const queries = statement ? [{ id: queryId, status: statement.status, sqlText: statement.sql }] : [];
    return success({ queries });
  }

  /** The body of a chunk; undefined when the result is gone. */
  async chunk(queryId: string, place: number): Promise<string | undefined> {
    const outcome = await this.statements.byQueryId(queryId)?.outcome;
    return outcome && 'result' in outcome ? chunkText(outcome.result, this.#dependencies.sizes, place) : undefined;
  }

  #start(session: LoggedIn['session'], requestId: string | null, request: StatementRequest): RunningStatement {
    const { sql, bindings, isDescribe, timeoutSeconds } = request;
    const queryId = randomUUID();
    const timeout = timeoutSeconds ?? Number(session.parameters.get('STATEMENT_TIMEOUT_IN_SECONDS') ?? 0);
    const run = (signal: AbortSignal) =>
      this.#dependencies.engine.execute(session, { sql, queryId, bindings, isDescribe, signal });
    return this.statements.start({ queryId, requestId, session, sql, timeoutSeconds: timeout, run });
  }

  async #answer(statement: RunningStatement, isBroken: boolean): Promise<Envelope> {
    const poll = new AbortController();
    const waited = sleep(this.#dependencies.longPollMs, undefined, { signal: poll.signal, ref: false }).catch(
      () => undefined,
    );
    const outcome = await Promise.race([statement.outcome, waited]);
    poll.abort();
    if (!outcome) return inProgress(statement, '333333');
    if ('error' in outcome) return statementFailure(outcome.error, statement.queryId);
    const result = isBroken ? withBrokenCells(outcome.result) : outcome.result;
    return success(rowSetData(statement, result, this.#dependencies.sizes, this.#dependencies.baseUrl()));
  }
}

function inProgress({ queryId }: RunningStatement, code: string): Envelope {
  const data = { queryId, getResultUrl: `/queries/${queryId}/result`, queryAbortsAfterSecs: 300, progressDesc: null };
  return { data, code, message: 'Query execution in progress.', success: true };
}
