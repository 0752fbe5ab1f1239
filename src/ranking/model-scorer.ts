import { fillFeatures, requestColumnsOf } from './feature-columns.ts';
import type { FeatureContext } from './feature-context.ts';
import type { Feature } from './features.ts';
import type { Forest } from './forest/forest.ts';
import type { PreparedSnapshot } from './forest/prepared-snapshot.ts';

/** Who runs the model, named as in the schema, best first. */
export type ModelRung = 'MODEL_SERVICE' | 'EMBEDDED_MODEL';

/** What a model is asked: how likely the customer of the context buys each of the rows. */
export interface ModelQuestion {
  readonly context: FeatureContext;
  /** Rows of the context's snapshot. */
  readonly rows: Int32Array;
  /** The snapshot laid out for the forest; null where it is not. */
  readonly prepared: PreparedSnapshot | null;
}

/** Runs the model, in the process or elsewhere. */
export interface ModelScorer {
  readonly rung: ModelRung;
  /** A probability per row. @throws UpstreamTimeoutError, UpstreamUnavailableError when it cannot tell now. */
  readonly score: (question: ModelQuestion) => Float32Array | Promise<Float32Array>;
}

/** Probabilities by row of a question, and who gave them. */
export interface ModelScores {
  readonly rung: ModelRung;
  readonly probabilities: Float32Array;
}

/** Runs the forest in this process: on the laid out snapshot, or walking the trees row by row where there is none. */
export function createEmbeddedScorer(features: readonly Feature[], forest: Forest): ModelScorer {
  return {
    rung: 'EMBEDDED_MODEL',
    score({ context, rows, prepared }) {
      const probabilities = new Float32Array(rows.length);
      if (prepared) prepared.score(requestColumnsOf(features, context), rows, probabilities);
      else forest.predictRows(fillFeatures(features, context, rows).values, rows.length, probabilities);
      return probabilities;
    },
  };
}
