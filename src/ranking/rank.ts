import { blendScore } from './blend.ts';
import { selectCandidates, type CandidateFilter, type Candidates } from './candidates.ts';
import { scoreCollaboratively } from './collaborative.ts';
import { createFeatureContext, type FeatureContext } from './feature-context.ts';
import type { ForestEngine } from './forest/engine.ts';
import type { Forest } from './forest/forest.ts';
import type { PreparedSnapshot } from './forest/prepared-snapshot.ts';
import type { ModelQuestion, ModelRung, ModelScorer, ModelScores } from './model-scorer.ts';
import {
  createModelStrengths,
  createPropensityStrengths,
  reasonsFrom,
  type ExplainedModel,
  type Reason,
  type ReasonSubject,
  type ReasonViewer,
  type Strengths,
} from './reasons.ts';
import { capPerCategory } from './rules.ts';
import { popularitiesOf, scoreByPopularity, templatesOf, type Scoring } from './scoring.ts';
import type { CustomerSignals, ListedProductRow, NeighbourRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';
import { topK } from './top-k.ts';

/** How to rank, named as in the schema. */
export type Strategy = 'RANKED' | 'COLLABORATIVE' | 'PROPENSITY' | 'POPULAR';

/** What ranked, named as in the schema, best first. */
export type Rung = ModelRung | 'COLLABORATIVE' | 'PROPENSITY' | 'POPULAR';

/** Neighbours by the product that they are near to. */
export type NeighboursByProduct = ReadonlyMap<string, readonly NeighbourRow[]>;

/** A model: the functions that compute its columns, and who may score them. */
export interface Ranker extends ExplainedModel {
  readonly name: string;
  readonly version: string;
  /** The column of a model service's answer that holds the probability. */
  readonly outputColumn: string;
  /** Gives probabilities. */
  readonly forest: Forest;
  /** Lays snapshots out for the forest; null for a model beyond its limits, whose trees are walked row by row. */
  readonly engine: ForestEngine | null;
  /** Why there is no engine; null when there is one. */
  readonly engineRefusal: string | null;
  /** Who scores, best first, at least one; the next scores when one cannot. */
  readonly scorers: readonly ModelScorer[];
}

/** Everything that a ranking depends on. */
export interface RankRequest {
  readonly snapshot: RegionSnapshot;
  /** The snapshot laid out by the ranker's engine; null where there is none. */
  readonly prepared: PreparedSnapshot | null;
  readonly signals: CustomerSignals;
  /** Null when there is no model. */
  readonly ranker: Ranker | null;
  /** Neighbours of the customer's recent products; only COLLABORATIVE reads them. */
  readonly neighbours: NeighboursByProduct;
  /** The customer's list that was made ahead of time, best first; only COLLABORATIVE reads it. */
  readonly list: readonly ListedProductRow[];
  readonly options: RankOptions;
}

/** What the caller chooses. */
export interface RankOptions {
  readonly strategy: Strategy;
  /** Length of the list. */
  readonly first: number;
  /** Weight of the category's propensity in a model's score, 0 to 1. */
  readonly propensityWeight: number;
  /** Products bought within so many days are left out; 0 keeps them. */
  readonly repeatDays: number;
  readonly filter: CandidateFilter & { readonly maxPerCategory?: number | undefined };
}

/** One product of the list. */
export interface RankedItem {
  readonly productId: string;
  readonly categoryId: string;
  /** What the list is ordered by. */
  readonly score: number;
  /** Probability by the model; null when it did not score. */
  readonly modelScore: number | null;
  /** Propensity of the category; null when it is not known. */
  readonly propensity: number | null;
  /** Why it is here, strongest first, at most three: computed when asked for, with what the viewer may know. */
  readonly reasonsFor: (viewer: ReasonViewer) => readonly Reason[];
}

/** The list and how it came about. */
export interface RankedList {
  readonly rung: Rung;
  /** True when a lower rung than the strategy's own ranked. */
  readonly degraded: boolean;
  /** The model that scored; null when none did. */
  readonly model: { readonly name: string; readonly version: string } | null;
  /** Products in stock. */
  readonly candidateCount: number;
  /** Products left after filters and exclusions. */
  readonly filteredCandidateCount: number;
  /** Best first. */
  readonly items: readonly RankedItem[];
}

/** A ranking that waits for its model's scores. */
export interface PreparedRanking {
  readonly request: RankRequest;
  readonly candidates: Candidates;
  /** The candidates for the model; null when the strategy wants none, or there is no model or too little known. */
  readonly question: ModelQuestion | null;
}

/** Selects the candidates and says what to ask a model about them. Does not wait and does not fail. */
export function prepareRanking(request: RankRequest): PreparedRanking {
  const { snapshot, prepared, signals, ranker, options } = request;
  const candidates = selectCandidates(snapshot, signals.tastes, options);
  const context = options.strategy === 'RANKED' && ranker ? contextOf(snapshot, signals) : null;
  return { request, candidates, question: context && { context, rows: candidates.rows, prepared } };
}

/**
 * Ranks the region's stock for one customer. The same request and scores give the same list: higher scores first, equal
 * scores by product id, where PROPENSITY and COLLABORATIVE order equal scores by popularity first. When what a strategy
 * needs is not there, the next rung below ranks: propensities, then popularity. Does not wait and does not fail.
 * @param modelScores The answer to `prepared.question`, or null when no model could give any.
 */
export function finishRanking(prepared: PreparedRanking, modelScores: ModelScores | null): RankedList {
  const { request, candidates, question } = prepared;
  const { snapshot, signals } = request;
  const context = modelScores && question ? question.context : null;
  const scoring =
    modelScores && context
      ? scoreByModel(request, context, modelScores, candidates.rows)
      : scoreWithoutModel(request, candidates.rows);
  return {
    rung: scoring.rung,
    degraded: scoring.rung !== bestRung(request),
    model: scoring.model ?? null,
    candidateCount: candidates.inStockCount,
    filteredCandidateCount: candidates.rows.length,
    items: winners(scoring, candidates.rows, request).map((position) =>
      toItem(scoring, position, { row: candidates.rows[position] as number, snapshot, signals, context }),
    ),
  };
}

/** Who is asked about, and by what. */
type AffinitySubject = Pick<RankRequest, 'snapshot' | 'prepared' | 'signals' | 'ranker'>;

/** What to ask a model about rows of the snapshot, in stock or not. Null without a model, features or tastes. */
export function prepareAffinities(
  { snapshot, prepared, signals, ranker }: AffinitySubject,
  rows: Int32Array,
): ModelQuestion | null {
  const context = ranker ? contextOf(snapshot, signals) : null;
  return context && { context, rows, prepared };
}

/** What ranks a strategy's lists when everything works. */
function bestRung({ ranker, options: { strategy } }: RankRequest): Rung {
  return strategy === 'RANKED' ? (ranker?.scorers[0]?.rung ?? 'EMBEDDED_MODEL') : strategy;
}

function scoreByModel(
  { signals, ranker, options }: RankRequest,
  context: FeatureContext,
  { rung, probabilities }: ModelScores,
  rows: Int32Array,
): Scoring {
  const weight = options.propensityWeight;
  const scores = weight === 0 ? probabilities : blend(context.snapshot, signals, { rows, probabilities, weight });
  let strengthsOf: ((row: number) => Strengths) | undefined;
  return {
    rung,
    scores,
    model: ranker && { name: ranker.name, version: ranker.version },
    modelScores: probabilities,
    strengthsOf: (row) => {
      strengthsOf ??= ranker ? createModelStrengths(ranker, context, rows) : () => new Map();
      return strengthsOf(row);
    },
  };
}

function blend(
  { categoryIds, categoryCodes }: RegionSnapshot,
  { propensities }: CustomerSignals,
  { rows, probabilities, weight }: { rows: Int32Array; probabilities: Float32Array; weight: number },
): Float64Array {
  const propensityByCode = categoryIds.map((categoryId) => propensities.get(categoryId));
  const scores = new Float64Array(rows.length);
  for (let position = 0; position < rows.length; position += 1) {
    const propensity = propensityByCode[categoryCodes[rows[position] as number] as number];
    scores[position] = blendScore(probabilities[position] as number, propensity, weight);
  }
  return scores;
}

function scoreWithoutModel(request: RankRequest, rows: Int32Array): Scoring {
  const { signals, options } = request;
  if (options.strategy === 'COLLABORATIVE') {
    const scoring = scoreCollaboratively(request, rows);
    if (scoring) return scoring;
  }
  if (options.strategy !== 'POPULAR' && signals.propensities.size > 0) return scoreByPropensity(request, rows);
  return scoreByPopularity(request, rows);
}

function scoreByPropensity({ snapshot, signals, ranker }: RankRequest, rows: Int32Array): Scoring {
  const { categoryIds, categoryCodes } = snapshot;
  const byCode = categoryIds.map((categoryId) => blendScore(0, signals.propensities.get(categoryId), 1));
  return {
    rung: 'PROPENSITY',
    scores: Float64Array.from(rows, (row) => byCode[categoryCodes[row] as number] as number),
    tiebreaks: popularitiesOf(snapshot, rows),
    strengthsOf: createPropensityStrengths(templatesOf(ranker), snapshot, signals.propensities),
  };
}

function contextOf(snapshot: RegionSnapshot, { features, tastes }: CustomerSignals): FeatureContext | null {
  return features && tastes ? createFeatureContext(snapshot, features, tastes) : null;
}

function winners({ scores, tiebreaks }: Scoring, rows: Int32Array, { snapshot, options }: RankRequest): number[] {
  const { maxPerCategory } = options.filter;
  if (maxPerCategory === undefined) return topK(scores, options.first, tiebreaks);
  const order = topK(scores, scores.length, tiebreaks);
  const categoryOf = (position: number) => snapshot.categoryCodes[rows[position] as number] as number;
  return capPerCategory(order, categoryOf, { first: options.first, maxPerCategory });
}

function toItem({ scores, modelScores, strengthsOf }: Scoring, position: number, subject: ReasonSubject): RankedItem {
  const { snapshot, row, signals } = subject;
  const categoryId = snapshot.categoryIds[snapshot.categoryCodes[row] as number] as string;
  return {
    productId: snapshot.productIds[row] as string,
    categoryId,
    score: scores[position] as number,
    modelScore: modelScores?.[position] ?? null,
    propensity: signals.propensities.get(categoryId) ?? null,
    reasonsFor: (viewer) => reasonsFrom(strengthsOf(row, position), subject, viewer),
  };
}
