import type { Forest } from './forest/forest.ts';

/** Who runs the model, named as in the schema, best first. */
export type ModelRung = 'MODEL_SERVICE' | 'EMBEDDED_MODEL';

/** Rows for a model, row-major, a column per feature; NaN is a missing value. */
export interface FeatureMatrix {
  readonly values: Float32Array;
  readonly rowCount: number;
}

/** Runs the model on a matrix, in the process or elsewhere. */
export interface ModelScorer {
  readonly rung: ModelRung;
  /** A probability per row. @throws UpstreamTimeoutError, UpstreamUnavailableError when it cannot tell now. */
  readonly score: (matrix: FeatureMatrix) => Float32Array | Promise<Float32Array>;
}

/** Probabilities by row of a matrix, and who gave them. */
export interface ModelScores {
  readonly rung: ModelRung;
  readonly probabilities: Float32Array;
}

/** Runs the forest in this process. */
export function createEmbeddedScorer(forest: Forest): ModelScorer {
  return {
    rung: 'EMBEDDED_MODEL',
    score({ values, rowCount }) {
      const probabilities = new Float32Array(rowCount);
      forest.predictRows(values, rowCount, probabilities);
      return probabilities;
    },
  };
}
