import type { FullName, RecordedObject, Table } from './catalog.ts';
import type { Account } from './context.ts';
import { refreshDynamicTable, type RefreshRound } from './dynamic-tables.ts';
import { scheduleMs, targetLagMs } from './lag.ts';
import { runTaskGraph, type TaskSessions } from './tasks.ts';

interface Due {
  readonly dueOn: number;
  readonly run: (round: RefreshRound) => Promise<void>;
}

/**
 * Does what is due by the server's clock: refreshes dynamic tables by their TARGET_LAG, runs tasks by their SCHEDULE.
 * It has no timer: it is asked before each statement, so that whoever looks finds what should have happened by then.
 * However far the clock was moved, each table and each task comes once.
 */
export class Scheduler {
  readonly #account: Account;
  readonly #sessions: TaskSessions;
  #running: Promise<void> | undefined;

  constructor(account: Account, sessions: TaskSessions) {
    this.#account = account;
    this.#sessions = sessions;
  }

  /** Never fails: what does is in the history. */
  async runDue(): Promise<void> {
    await this.#running;
    if (this.#due(this.#account.clock.now()).length === 0) return;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** EXECUTE TASK: a task of its own or the root of a graph, at once; returns when all of it has run. */
  async runTask(root: RecordedObject): Promise<void> {
    await runTaskGraph(this.#account, this.#sessions, root, this.#account.clock.now());
  }

  async #runAll(): Promise<void> {
    const round: RefreshRound = new Set();
    for (const { run } of this.#due(this.#account.clock.now())) await run(round);
  }

  #due(now: number): Due[] {
    const { catalog } = this.#account;
    const tables = catalog.allTables().flatMap(([of, table]) => this.#dueTable(of, table, now));
    const tasks = catalog.objectsOf('TASK').flatMap((object) => this.#dueTask(object, now));
    return [...tables, ...tasks].sort((one, other) => one.dueOn - other.dueOn);
  }

  #dueTable(of: FullName, table: Table, now: number): Due[] {
    if (table.kind !== 'DYNAMIC' || table.state !== 'ACTIVE') return [];
    const lag = targetLagMs(table.properties.get('TARGET_LAG') ?? '');
    if (lag === undefined) return [];
    const last = Math.max(table.refreshedOn ?? 0, table.failedOn ?? 0);
    const dueOn = last === 0 ? table.createdOn : last + lag;
    return dueOn <= now ? [{ dueOn, run: (round) => this.#refresh(of, table, dueOn, round) }] : [];
  }

  async #refresh(of: FullName, table: Table, scheduledOn: number, round: RefreshRound): Promise<void> {
    const { clock, history } = this.#account;
    const warehouse = table.properties.get('WAREHOUSE') ?? '';
    const session = await this.#sessions.open({ ...of, warehouse });
    try {
      await refreshDynamicTable(this.#account, session, table, round);
      const completedOn = clock.now();
      history.add({ kind: 'DYNAMIC TABLE', of, state: 'SUCCEEDED', scheduledOn, completedOn });
    } catch (error) {
      // It is tried again after another lag.
      table.failedOn = clock.now();
      history.add({ kind: 'DYNAMIC TABLE', of, state: 'FAILED', scheduledOn, completedOn: table.failedOn, error });
    } finally {
      await this.#sessions.close(session);
    }
  }

  #dueTask(object: RecordedObject, now: number): Due[] {
    const { task, state, properties } = object;
    const schedule = properties.get('SCHEDULE');
    if (!task || state !== 'started' || schedule === undefined) return [];
    const every = scheduleMs(schedule);
    const missed = Math.floor((now - task.scheduledFrom) / every);
    if (missed < 1) return [];
    const dueOn = task.scheduledFrom + every;
    const run = async () => {
      task.scheduledFrom += missed * every;
      await runTaskGraph(this.#account, this.#sessions, object, dueOn);
    };
    return [{ dueOn, run }];
  }
}
