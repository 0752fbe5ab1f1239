import { startDeadline } from '../clients/deadline-timer.ts';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { isUpstreamError, RungGuard } from './rung-guard.ts';
import type { ServingStore } from './serving-store.ts';

/** A store with its place in the ladder. */
export interface Rung {
  /** Name of the store: metric label and log field. */
  readonly name: string;
  readonly store: ServingStore;
}

/** What a ladder needs. */
export interface StoreLadderDependencies {
  /** Best first, at least one. */
  readonly rungs: readonly Rung[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Deadline of a statement that names none, all rungs together. */
  readonly deadlineMs: number;
}

/** A rung that has not answered after this share of the time that is left gets company by the next. */
const SHARE = 0.5;
/** How long a try may take, whatever the statement is given: until it ends nobody tries again. */
const TRY_MS_MAX = 2000;

type Ask<Result> = (store: ServingStore, deadlineMs: number) => Promise<Result>;

interface GuardedRung extends Rung {
  readonly isLower: boolean;
  readonly guard: RungGuard;
}

/** One way to an answer; fails when somebody else has overtaken it. */
interface Step<Result> {
  readonly rung: GuardedRung;
  readonly ask: (deadlineMs: number, overtaken: Promise<never>) => Promise<Result>;
}

/**
 * Several stores that hold the same data, tried from the best down within one deadline. The next is asked as soon as one
 * fails, and beside one that is slow; whoever answers first is taken. A statement fails only when every rung failed.
 *
 * A rung that keeps being away or late is left alone until it works again, and nobody waits to find that out; only when
 * no other could answer is it asked all the same. An error in the statement goes one rung down, too, because a missing
 * grant or an older table is the error of one backend; it says nothing against the rung.
 */
export function createStoreLadder({ rungs, metrics, logger, deadlineMs }: StoreLadderDependencies): ServingStore {
  const guarded = rungs.map((rung, place): GuardedRung => {
    return { ...rung, isLower: place > 0, guard: new RungGuard(rung.name, logger) };
  });

  async function climb<Result>(
    budgetMs: number,
    ask: Ask<Result>,
    onServed?: (store: string) => void,
  ): Promise<Result> {
    const { rung, result } = await firstAnswer(stepsOf(guarded, budgetMs, ask), budgetMs);
    metrics.servedStatements.inc({ store: rung.name, degraded: String(rung.isLower) });
    onServed?.(rung.name);
    return result;
  }

  return {
    query: (statement, parameters, options) =>
      climb(
        options?.deadlineMs ?? deadlineMs,
        (store, leftMs) => store.query(statement, parameters, { ...options, deadlineMs: leftMs }),
        options?.onServed,
      ),
    ping: () => climb(deadlineMs, (store) => store.ping()),
  };
}

/** The rungs that are trusted, best first, then those that are left alone; one that is due for a try gets it at once. */
function stepsOf<Result>(rungs: readonly GuardedRung[], budgetMs: number, ask: Ask<Result>): Step<Result>[] {
  const trusted: Step<Result>[] = [];
  const untrusted: Step<Result>[] = [];
  for (const rung of rungs) {
    const { guard, store } = rung;
    if (guard.isTrusted) {
      const run = (leftMs: number, overtaken: Promise<never>): Promise<Result> =>
        guard.run(() => Promise.race([ask(store, leftMs), overtaken]));
      trusted.push({ rung, ask: run });
      continue;
    }
    const tried = guard.isDue ? guard.run(() => ask(store, Math.min(budgetMs, TRY_MS_MAX))) : undefined;
    tried?.catch(() => undefined);
    untrusted.push({ rung, ask: (leftMs) => tried ?? ask(store, leftMs) });
  }
  return [...trusted, ...untrusted];
}

interface Answer<Result> {
  readonly rung: GuardedRung;
  readonly result: Result;
}

/** @throws when every step failed: the first error in the statement, or how the last backend failed. */
async function firstAnswer<Result>(steps: readonly Step<Result>[], budgetMs: number): Promise<Answer<Result>> {
  const endsAt = performance.now() + budgetMs;
  const { promise, resolve, reject } = Promise.withResolvers<Answer<Result>>();
  const overtakings: (() => void)[] = [];
  let failure: unknown = new UpstreamUnavailableError();
  let ended = 0;
  let clearWait = (): void => undefined;

  const fail = (error: unknown): void => {
    ended += 1;
    if (isUpstreamError(failure)) failure = error;
    if (ended === steps.length) reject(failure);
    else if (ended === overtakings.length) startNext();
  };
  const startNext = (): void => {
    clearWait();
    const place = overtakings.length;
    const step = steps[place];
    if (!step) return;
    const overtaken = Promise.withResolvers<never>();
    overtaken.promise.catch(() => undefined);
    overtakings.push(() => {
      overtaken.reject(new UpstreamTimeoutError());
    });
    // At least a share: a busy process may have used up all the time before the next rung has its turn.
    const leftMs = Math.max(endsAt - performance.now(), budgetMs * SHARE);
    if (place + 1 < steps.length) clearWait = startDeadline(leftMs * SHARE, startNext);
    step.ask(leftMs, overtaken.promise).then((result) => {
      // Those above were too slow; those below were not given the time to show.
      for (const overtake of overtakings.slice(0, place)) overtake();
      resolve({ rung: step.rung, result });
    }, fail);
  };
  startNext();
  try {
    return await promise;
  } finally {
    clearWait();
  }
}
