import { createTranslation } from '../duckdb/queries.ts';
import type { FullName, RecordedObject, Task } from './catalog.ts';
import { nameText } from './catalog.ts';
import type { Account } from './context.ts';
import type { Session } from './session.ts';
import { statementContext } from './statement-context.ts';

/** Opens a session in the schema and with the warehouse of a task, and runs a statement of it. */
export interface TaskSessions {
  open(place: { database: string; schema: string; warehouse: string }): Promise<Session>;
  run(session: Session, sql: string, statement: Task['statement']): Promise<unknown>;
  close(session: Session): Promise<void>;
}

/**
 * Runs a root task and, one after the other, the started tasks behind it whose predecessors have all succeeded. What
 * fails, or is skipped because its WHEN is not true, stands in the history, and nothing behind it runs. A suspended
 * task is passed over as if it had succeeded.
 */
export async function runTaskGraph(
  account: Account,
  sessions: TaskSessions,
  root: RecordedObject,
  scheduledOn: number,
): Promise<void> {
  const succeeded = new Set<string>();
  const tasks = account.catalog.objectsOf('TASK');
  const waiting = new Set(tasks.filter((task) => task !== root && reaches(tasks, root, task)));
  let ready: RecordedObject[] = [root];
  while (ready.length > 0) {
    for (const task of ready) {
      waiting.delete(task);
      const isPassedOver = task !== root && task.state !== 'started';
      if (isPassedOver || (await runTask(account, sessions, task, scheduledOn)))
        succeeded.add(nameText(fullName(task)));
    }
    ready = [...waiting].filter(({ task }) => task?.after.every((name) => succeeded.has(nameText(name))));
  }
}

/** True when a task comes somewhere behind the root. */
function reaches(tasks: readonly RecordedObject[], root: RecordedObject, task: RecordedObject, seen = 0): boolean {
  if (seen > tasks.length) return false;
  return (task.task?.after ?? []).some((name) => {
    if (nameText(name) === nameText(fullName(root))) return true;
    const before = tasks.find((each) => nameText(fullName(each)) === nameText(name));
    return before !== undefined && reaches(tasks, root, before, seen + 1);
  });
}

/** True when the task has run and succeeded. */
async function runTask(
  account: Account,
  sessions: TaskSessions,
  object: RecordedObject,
  scheduledOn: number,
): Promise<boolean> {
  const { task } = object;
  if (!task) return false;
  const of = fullName(object);
  const end = (state: 'SUCCEEDED' | 'FAILED' | 'SKIPPED', error?: unknown) => {
    account.history.add({ kind: 'TASK', of, state, scheduledOn, completedOn: account.clock.now(), error });
    return state === 'SUCCEEDED';
  };
  const session = await sessions.open({ ...of, warehouse: object.properties.get('WAREHOUSE') ?? '' });
  try {
    if (task.when && !(await isTrue(account, session, task.when))) return end('SKIPPED');
    await sessions.run(session, object.body ?? '', task.statement);
    return end('SUCCEEDED');
  } catch (error) {
    return end('FAILED', error);
  } finally {
    await sessions.close(session);
  }
}

async function isTrue(account: Account, session: Session, when: NonNullable<Task['when']>): Promise<boolean> {
  const { printing } = createTranslation(statementContext(account, session));
  const reader = await session.connection.run(`SELECT ${printing.expression(when)}`);
  return reader.getRowsJS()[0]?.[0] === true;
}

const fullName = ({ database, schema, name }: RecordedObject): FullName => ({
  database: database ?? '',
  schema: schema ?? '',
  name,
});
