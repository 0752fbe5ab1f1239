import { Worker } from 'node:worker_threads';
import type { PostgresClient, PostgresSession } from '../../clients/postgres.ts';
import { OperatorError } from '../../errors.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { loadModel } from '../../registry/load-model.ts';
import { whileLoadingAlone } from '../dataset.ts';
import type { Progress } from '../progress.ts';
import type { CustomerToScore, ScoredPage, ScorePage, ScoreRules, ScoreWorkerData } from './score-messages.ts';

/** What to score, with what. */
export interface ScoreCustomersOptions {
  readonly database: PostgresClient;
  /** Connection string for the workers. */
  readonly databaseUrl: string;
  readonly statements: Statements;
  readonly statementsFolder: string;
  /** Folder of the ranking model. */
  readonly modelFolder: string;
  readonly rules: ScoreRules;
  /** Threads that read and score. */
  readonly workers: number;
  readonly progress: Progress;
}

/** What a run wrote. */
export interface ScoreSummary {
  readonly customers: number;
  readonly rows: number;
}

const PAGE_SIZE = 200;
const STATEMENT_DEADLINE_MS = 60_000;
const COPY = 'COPY recommendation_lists (customer_id, rank, product_id, score, region, model, as_of) FROM STDIN';

/**
 * Ranks the stock of their home region for all customers and replaces the RANKED lists by the result in one
 * transaction: readers see the lists of one run, whole, and a run that fails leaves those that were there. Memory does
 * not grow with customers: every worker holds one page, and waits when Postgres takes lists more slowly than they are made.
 * Waits for a load that is under way.
 * @throws OperatorError when there is nobody to score or the model cannot be used.
 */
export async function scoreCustomers(options: ScoreCustomersOptions): Promise<ScoreSummary> {
  const { database, modelFolder, progress } = options;
  loadModel(modelFolder);
  try {
    return await whileLoadingAlone(database, progress, (session) => replaceLists(session, options));
  } finally {
    progress.finish();
  }
}

async function replaceLists(session: PostgresSession, options: ScoreCustomersOptions): Promise<ScoreSummary> {
  const { progress } = options;
  const [counted] = await session.execute<{ count: string }>('SELECT count(*) AS count FROM customers');
  const total = Number(counted?.count ?? 0);
  if (total === 0) throw new OperatorError('There are no customers to score. Run `npm run seed` or `sync` first.');
  const workers = Array.from({ length: options.workers }, () => startWorker(options));
  const summary = { customers: 0, rows: 0 };
  try {
    await session.execute(`DELETE FROM recommendation_lists WHERE strategy = 'RANKED'`);
    progress.step('Lists of customers', total);
    const copied = await session.copyIn(
      COPY,
      scoredLines(workers, options, (page) => {
        summary.customers += page.customers;
        summary.rows += page.rows;
        progress.advance(page.customers);
      }),
    );
    if (copied !== summary.rows) throw new Error(`Postgres took ${copied} of ${summary.rows} rows`);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return summary;
}

function startWorker({ databaseUrl, statementsFolder, modelFolder, rules }: ScoreCustomersOptions): Worker {
  const workerData: ScoreWorkerData = {
    databaseUrl,
    statementsFolder,
    modelFolder,
    rules,
    asOf: new Date().toISOString(),
  };
  return new Worker(new URL('score-worker.ts', import.meta.url), { workerData });
}

/** Keeps every worker at work; a page is handed on when Postgres wants more. */
async function* scoredLines(
  workers: readonly Worker[],
  options: ScoreCustomersOptions,
  onPage: (page: ScoredPage) => void,
): AsyncGenerator<string> {
  const pages = readPages(options);
  const running = new Map<Worker, Promise<{ readonly worker: Worker; readonly page: ScoredPage }>>();
  const startNext = async (worker: Worker): Promise<void> => {
    const next = await pages.next();
    if (next.done === true) return;
    const answer = askWorker(worker, next.value).then((page) => ({ worker, page }));
    // When another worker or Postgres fails first, nobody waits for this one any more.
    answer.catch(() => undefined);
    running.set(worker, answer);
  };
  for (const worker of workers) await startNext(worker);
  while (running.size > 0) {
    const { worker, page } = await Promise.race(running.values());
    running.delete(worker);
    await startNext(worker);
    onPage(page);
    yield page.lines;
  }
}

async function* readPages({ database, statements }: ScoreCustomersOptions): AsyncGenerator<ScorePage, undefined> {
  const statement = statementNamed(statements, 'customers_to_score');
  for (let after = '0'; ;) {
    const values = [after, PAGE_SIZE];
    const customers = await database.query<CustomerToScore>({ ...statement, values }, STATEMENT_DEADLINE_MS);
    const last = customers.at(-1);
    if (!last) return undefined;
    yield { customers };
    after = last.customer_id;
  }
}

/** The answer to a page. @throws what the worker failed with. */
function askWorker(worker: Worker, page: ScorePage): Promise<ScoredPage> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onMessage = (scored: ScoredPage): void => {
      settle(() => {
        resolve(scored);
      });
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onExit = (): void => {
      onError(new Error('A worker stopped before its page was scored'));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(page);
  });
}
