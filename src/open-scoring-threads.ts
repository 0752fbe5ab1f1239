import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Logger } from './logger.ts';
import type { ModelQuestion, ModelScorer, ScoringThreads } from './ranking/model-scorer.ts';
import type { RegionSnapshot } from './ranking/snapshot.ts';
import type { ScoringThreadAnswer, ScoringThreadData, ScoringThreadMessage } from './scoring-thread.ts';

/** How threads are made. */
export interface ScoringThreadsOptions {
  /** Folder of the model that they score by. */
  readonly modelFolder: string;
  readonly count: number;
  readonly logger: Logger;
}

/** Threads that are running or will be, and how to end them. */
export interface OpenScoringThreads extends ScoringThreads {
  readonly close: () => Promise<void>;
}

/** Questions with a thread at once: it always has a next one, and none waits long. */
const QUESTIONS_PER_THREAD_MAX = 6;
/** The current one of each of the five regions, and those that requests which have begun still rank from. */
const SNAPSHOTS_MAX = 10;
/** A thread that has not ended by itself by then is stopped. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Threads that score while the main one has other work. They start when they are offered something for the first time and
 * take questions once they have read the model. One that fails is not started again; what it was asked is asked
 * `otherwise`.
 * @param otherwise Scores in this thread.
 */
export function openScoringThreads(
  { modelFolder, count, logger }: ScoringThreadsOptions,
  otherwise: ModelScorer,
): OpenScoringThreads {
  let threads: ScoringThread[] | undefined;
  let isClosed = false;
  return {
    offer(question) {
      if (isClosed) return null;
      threads ??= Array.from({ length: count }, () => new ScoringThread(modelFolder, logger));
      const thread = threads.find((one) => one.hasRoom);
      return thread ? thread.ask(question).catch(() => otherwise.score(question)) : null;
    },
    async close() {
      isClosed = true;
      await Promise.all((threads ?? []).map((thread) => thread.close()));
    },
  };
}

class ScoringThread {
  readonly #worker: Worker;
  readonly #asked = new Map<number, PromiseWithResolvers<Float32Array>>();
  /** What the thread has, the least recently used first. */
  readonly #snapshotIds = new Map<RegionSnapshot, number>();
  readonly #ended = Promise.withResolvers<undefined>();
  #isReady = false;
  #lastId = 0;

  constructor(modelFolder: string, logger: Logger) {
    const workerData: ScoringThreadData = { modelFolder };
    this.#worker = new Worker(new URL('scoring-thread.ts', import.meta.url), { workerData });
    this.#worker.unref();
    this.#worker.on('message', (answer: ScoringThreadAnswer) => {
      this.#hear(answer);
    });
    this.#worker.on('error', (error) => {
      logger.warn({ err: error }, 'scoring_thread_failed');
    });
    this.#worker.on('exit', () => {
      this.#isReady = false;
      this.#ended.resolve(undefined);
      for (const { reject } of this.#asked.values()) reject(new Error('The scoring thread has ended'));
      this.#asked.clear();
    });
  }

  get hasRoom(): boolean {
    return this.#isReady && this.#asked.size < QUESTIONS_PER_THREAD_MAX;
  }

  ask({ context, rows }: ModelQuestion): Promise<Float32Array> {
    const { snapshot, features, tastes } = context;
    const snapshotId = this.#give(snapshot);
    const id = this.#nextId();
    const answer = Promise.withResolvers<Float32Array>();
    this.#asked.set(id, answer);
    this.#tell({ kind: 'question', id, snapshotId, features, tastes, rows: Int32Array.from(rows) });
    return answer.promise;
  }

  /** Lets the thread answer what it was asked, then ends it. */
  async close(): Promise<void> {
    this.#isReady = false;
    this.#worker.ref();
    this.#tell({ kind: 'close' });
    await Promise.race([this.#ended.promise, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await this.#worker.terminate();
  }

  #hear(answer: ScoringThreadAnswer): void {
    if (answer === 'ready') {
      this.#isReady = true;
      return;
    }
    this.#asked.get(answer.id)?.resolve(answer.probabilities);
    this.#asked.delete(answer.id);
  }

  /** Makes sure that the thread has a snapshot. Messages arrive in order, so a question may follow at once. */
  #give(snapshot: RegionSnapshot): number {
    const known = this.#snapshotIds.get(snapshot);
    const id = known ?? this.#nextId();
    this.#snapshotIds.delete(snapshot);
    this.#snapshotIds.set(snapshot, id);
    if (known !== undefined) return id;
    // Functions cannot be sent.
    const columns = { ...snapshot, rowOf: undefined };
    this.#tell({ kind: 'snapshot', id, columns });
    for (const [oldest, oldestId] of this.#snapshotIds) {
      if (this.#snapshotIds.size <= SNAPSHOTS_MAX) break;
      this.#snapshotIds.delete(oldest);
      this.#tell({ kind: 'forget', id: oldestId });
    }
    return id;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #tell(message: ScoringThreadMessage): void {
    this.#worker.postMessage(message);
  }
}
