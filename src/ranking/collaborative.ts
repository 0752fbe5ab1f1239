import { createFeatureContext } from './feature-context.ts';
import type { RankRequest } from './rank.ts';
import { strengthsByCode } from './reasons.ts';
import { popularitiesOf, templatesOf, type Scoring } from './scoring.ts';
import { coldFeatures, type CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

type Collaborative = Omit<Scoring, 'rung'>;

/**
 * What those chose who choose alike, by the first of these that knows the customer: the list that was made ahead of time,
 * the styles of customer and products, the neighbours of the products that the customer met lately. Null when none does.
 */
export function scoreCollaboratively(request: RankRequest, rows: Int32Array): Scoring | null {
  const { tastes } = request.signals;
  const scoring =
    scoreByList(request, rows) ??
    (tastes && (knowsStyle(request.snapshot, tastes) ? scoreByStyles : scoreByNeighbours)(request, tastes, rows));
  return scoring && { rung: 'COLLABORATIVE', ...scoring };
}

/** Whether the customer has a style that compares with those of the products. */
export function knowsStyle(
  { statisticsAsOf }: RegionSnapshot,
  { total_weight, style, as_of }: CustomerTastesRow,
): boolean {
  return total_weight > 0 && Object.keys(style).length > 0 && as_of.getTime() === statisticsAsOf;
}

/** The list in its order, then what is popular, with the score 0. */
function scoreByList({ snapshot, list, ranker }: RankRequest, rows: Int32Array): Collaborative | null {
  const placeByRow = new Map<number, number>();
  list.forEach(({ product_id: id }, place) => {
    const row = snapshot.rowOf(id);
    if (row !== undefined) placeByRow.set(row, place);
  });
  if (!rows.some((row) => placeByRow.has(row))) return null;
  const places = Array.from(rows, (row) => placeByRow.get(row));
  const popularities = popularitiesOf(snapshot, rows);
  const [name = '', version = ''] = list[0]?.model.split(' ') ?? [];
  return {
    scores: Float64Array.from(places, (place) => (place === undefined ? 0 : (list[place]?.score ?? 0))),
    tiebreaks: popularities.map((popularity, position) => {
      const place = places[position];
      return place === undefined ? popularity : Number.MAX_SAFE_INTEGER - place;
    }),
    model: { name, version },
    strengthsOf: (row, position) =>
      strengthsByCode(templatesOf(ranker), {
        ...(places[position] !== undefined && { SIMILAR_CUSTOMERS: Infinity }),
        POPULAR_IN_REGION: snapshot.popularities[row] as number,
      }),
  };
}

/**
 * How many times more a product is wanted than an average one: its popularity, the customer's share of its category and
 * the match of both styles, multiplied (ADR 17).
 */
function scoreByStyles(
  { snapshot, signals, ranker }: RankRequest,
  tastes: CustomerTastesRow,
  rows: Int32Array,
): Collaborative {
  const features = signals.features ?? coldFeatures(tastes.customer_id, tastes.as_of);
  const { categoryShares, categoryLifts, styleMatches } = createFeatureContext(snapshot, features, tastes);
  const { popularities, categoryCodes } = snapshot;
  return {
    scores: Float64Array.from(rows, (row) => {
      const share = categoryShares[categoryCodes[row] as number] as number;
      return share * Math.exp((popularities[row] as number) + (styleMatches[row] as number));
    }),
    strengthsOf: (row) =>
      strengthsByCode(templatesOf(ranker), {
        SIMILAR_CUSTOMERS: styleMatches[row] as number,
        FAVOURITE_CATEGORY: categoryLifts[categoryCodes[row] as number] as number,
        POPULAR_IN_REGION: popularities[row] as number,
      }),
  };
}

function scoreByNeighbours(
  { snapshot, neighbours, ranker }: RankRequest,
  tastes: CustomerTastesRow,
  rows: Int32Array,
): Collaborative | null {
  const scoreByRow = new Float64Array(snapshot.productCount);
  let found = false;
  for (const [productId, weight] of Object.entries(tastes.recent_products)) {
    for (const { neighbour_id, similarity } of neighbours.get(productId) ?? []) {
      const row = snapshot.rowOf(neighbour_id);
      if (row === undefined) continue;
      scoreByRow[row] = (scoreByRow[row] as number) + weight * similarity;
      found = true;
    }
  }
  if (!found) return null;
  const scores = Float64Array.from(rows, (row) => scoreByRow[row] as number);
  return {
    scores,
    tiebreaks: popularitiesOf(snapshot, rows),
    strengthsOf: (row, position) =>
      strengthsByCode(templatesOf(ranker), {
        ...((scores[position] as number) > 0 && { SIMILAR_CUSTOMERS: Infinity }),
        POPULAR_IN_REGION: snapshot.popularities[row] as number,
      }),
  };
}
