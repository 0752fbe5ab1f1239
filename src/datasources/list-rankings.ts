import type { WorkSlices } from '../batching/work-slices.ts';
import type { Metrics } from '../metrics.ts';
import type { ModelQuestion, ModelScorer, ModelScores } from '../ranking/model-scorer.ts';
import { finishRanking, prepareRanking, type RankedList, type Ranker, type RankRequest } from '../ranking/rank.ts';
import { orNullWhenUpstreamFails } from './sources.ts';

/** A list, and the milliseconds that ranking it took, without those that it waited for its turn. */
export interface TimedList {
  readonly list: RankedList;
  readonly rankingMs: number;
}

/** What ranking needs besides the request. */
export interface ListRankingsDependencies {
  readonly ranker: Ranker | null;
  readonly slices: WorkSlices;
  readonly metrics: Metrics;
}

/** The rankings of one request: each takes its turn among those of all requests, and their lists become ready together. */
export class ListRankings {
  readonly #dependencies: ListRankingsDependencies;
  #unfinished = 0;
  #finished = Promise.withResolvers<undefined>();

  constructor(dependencies: ListRankingsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Ranks a list. Resolves when every list that this request began to rank meanwhile is ranked too: what all of them need
   * next is then asked for in one statement.
   */
  async rank(request: RankRequest): Promise<TimedList> {
    this.#unfinished += 1;
    try {
      return await this.#dependencies.slices.run(() => this.#rank(request));
    } finally {
      this.#unfinished -= 1;
      if (this.#unfinished > 0) {
        await this.#finished.promise;
      } else {
        this.#finished.resolve(undefined);
        this.#finished = Promise.withResolvers();
      }
    }
  }

  /** Scores in its turn by the first scorer that can; null when none can or there is nothing to score. */
  async score(question: ModelQuestion | null): Promise<ModelScores | null> {
    return this.#dependencies.slices.run(() => this.#score(question));
  }

  #rank(request: RankRequest): TimedList | Promise<TimedList> {
    const startedAt = performance.now();
    const stopTimer = this.#dependencies.metrics.rankingDuration.startTimer();
    const prepared = prepareRanking(request);
    const finish = (scores: ModelScores | null): TimedList => {
      const list = finishRanking(prepared, scores);
      stopTimer();
      return { list, rankingMs: performance.now() - startedAt };
    };
    const scores = this.#score(prepared.question);
    return scores instanceof Promise ? scores.then(finish) : finish(scores);
  }

  #score(
    question: ModelQuestion | null,
    [scorer, ...others]: readonly ModelScorer[] = this.#dependencies.ranker?.scorers ?? [],
  ): ModelScores | null | Promise<ModelScores | null> {
    if (!question || !scorer) return null;
    const { rung } = scorer;
    const scored = scorer.score(question);
    if (!(scored instanceof Promise)) return { rung, probabilities: scored };
    return orNullWhenUpstreamFails(scored).then((probabilities) =>
      probabilities ? { rung, probabilities } : this.#score(question, others),
    );
  }
}
