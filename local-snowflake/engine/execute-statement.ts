import { compilationError, unsupported } from '../errors.ts';
import type { Delete, Insert, Merge, Statement, Update } from '../sql/statement-syntax.ts';
import { alterTable, createIndex } from './alter-tables.ts';
import type { BoundRows } from './bindings.ts';
import { keepingChanges } from './changes.ts';
import type { Account } from './context.ts';
import { executeDml, executeTruncate } from './execute-dml.ts';
import { alterObject, createObject, drop, grant, recordedObject } from './execute-objects.ts';
import { executeQuery } from './execute-query.ts';
import { alterSession, setVariables, unsetVariables, use } from './execute-session.ts';
import { createTable, createView } from './execute-tables.ts';
import { type ResultSet, STATEMENT_TYPES, statusResult } from './result-set.ts';
import type { Scheduler } from './scheduler.ts';
import type { Session } from './session.ts';
import { describe, show } from './show.ts';
import { createStream } from './streams.ts';
import { begin, commit, rollback } from './transactions.ts';
import type { TranslationCache } from './translation-cache.ts';

/** What the execution of a statement needs. */
export interface Work {
  readonly account: Account;
  readonly session: Session;
  readonly sql: string;
  readonly bound: BoundRows;
  readonly cache: TranslationCache;
  readonly scheduler: Scheduler;
}

type Handler<Kind extends Statement['kind']> = (
  statement: Extract<Statement, { kind: Kind }>,
  work: Work,
) => ResultSet | Promise<ResultSet>;

const TRANSACTION_DONE = statusResult('Statement executed successfully.', STATEMENT_TYPES.transaction);

const HANDLERS: { readonly [Kind in Statement['kind']]: Handler<Kind> } = {
  query: ({ query }, { account, session, sql, bound, cache }) => {
    if (bound.isArray) throw unsupported('array binding of a query');
    return executeQuery(account, session, { sql, query, values: bound.rows[0] ?? [], cache });
  },
  insert: dml,
  update: dml,
  delete: dml,
  merge: dml,
  begin: (_, { session }) => begin(session).then(() => TRANSACTION_DONE),
  commit: (_, { session }) => commit(session).then(() => TRANSACTION_DONE),
  rollback: (_, { session }) => rollback(session).then(() => TRANSACTION_DONE),
  show: (statement, { account, session }) => show(account, session, statement),
  describe: (statement, { account, session }) => describe(account, session, statement),
  use: ({ objectKind, name }, { account, session }) => use(account, session, objectKind, name),
  'alter session': ({ set, unset }, { session }) => alterSession(session, set, unset),
  'set variables': (statement, { account, session }) => setVariables(account, session, statement),
  'unset variables': ({ names }, { session }) => unsetVariables(session, names),
  truncate: ddl(({ table, ifExists }, { account, session }) =>
    keepingChanges(account, session, table, () => executeTruncate(account, session, table, ifExists)),
  ),
  'create table': ddl((statement, { account, session }) => createTable(account, session, statement)),
  'create view': ddl((statement, { account, session }) => createView(account, session, statement)),
  'create index': ddl((statement, { account, session }) => createIndex(account, session, statement)),
  'create stream': ddl((statement, { account, session }) => createStream(account, session, statement)),
  'create object': ddl((statement, { account, session }) => createObject(account, session, statement)),
  drop: ddl((statement, { account, session }) => drop(account, session, statement)),
  'alter table': ddl((statement, { account, session }) => alterTable(account, session, statement)),
  'alter object': ddl((statement, { account, session }) => alterObject(account, session, statement)),
  grant: ddl((statement, { account, session }) => grant(account, session, statement)),
  'execute task': executeTask,
};

/** Executes a statement that was read. @throws SnowflakeError as Snowflake would report it. */
export async function executeStatement(work: Work, statement: Statement): Promise<ResultSet> {
  // The table has a handler per kind; that they belong together is lost on the type checker.
  const handler = HANDLERS[statement.kind] as Handler<Statement['kind']>;
  return handler(statement, work);
}

function dml(statement: Insert | Update | Delete | Merge, { account, session, bound }: Work): Promise<ResultSet> {
  return keepingChanges(account, session, statement.table, () => executeDml(account, session, statement, bound));
}

/** DDL ends the transaction that it meets. */
function ddl<Kind extends Statement['kind']>(handler: Handler<Kind>): Handler<Kind> {
  return async (statement, work) => {
    await commit(work.session);
    return handler(statement, work);
  };
}

/** The task runs at once, in a session of its own; whether it failed stands in TASK_HISTORY. */
async function executeTask({ object }: Extract<Statement, { kind: 'execute task' }>, work: Work): Promise<ResultSet> {
  const task = recordedObject(work.account, work.session, 'TASK', object);
  if (task.task && task.task.after.length > 0)
    throw compilationError(`Only root tasks can be executed: '${object.parts.join('.')}' has predecessors.`);
  await work.scheduler.runTask(task);
  return statusResult('Task has been scheduled to run immediately.');
}
