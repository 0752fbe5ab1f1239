import { PythonFloat, type PythonValue } from './python-json.ts';
import type { RecommendCall } from './recommend-call.ts';

/** A list of the operation `recommend`. */
export interface RecommendedList {
  readonly region: string;
  readonly items: readonly RecommendedItem[];
  readonly rung: string;
  readonly candidateCount: number;
  readonly filteredCandidateCount: number;
  readonly timings: {
    readonly totalMs: number;
    readonly featuresMs: number;
    readonly rankingMs: number;
    readonly stockMs: number;
  };
}

interface RecommendedItem {
  readonly rank: number;
  readonly productId: string;
  readonly score: number;
  readonly product: {
    readonly name: string;
    readonly category: { readonly name: string; readonly department: string };
    readonly price: { readonly amount: string };
  } | null;
  readonly inventory: { readonly quantityOnHand: number; readonly estimatedDeliveryDays: number } | null;
}

/** Name of the store that answers first, in the replaced service's words. */
export type Backend = 'postgres' | 'warehouse';

const MODEL_RUNGS: ReadonlySet<string> = new Set(['MODEL_SERVICE', 'EMBEDDED_MODEL']);
const SCORE_DECIMALS = 4;

/** The answer for a customer who is not known; status 200, as in the replaced service. */
export function unknownCustomer({ customerId }: RecommendCall): PythonValue {
  return { error: 'customer_not_found', customer_id: BigInt(customerId) };
}

/** The answer of `/recommend`, fields and order as in the replaced service (docs/compat.md). */
export function toRecommendAnswer(call: RecommendCall, list: RecommendedList, backend: Backend): PythonValue {
  const whom = { customer_id: BigInt(call.customerId), zip_code: call.zipCode };
  const timings = toTimings(list, backend);
  if (list.candidateCount === 0) {
    return { ...whom, recommendations: [], timings, message: 'No inventory available for region' };
  }
  return { ...whom, region: titleCase(list.region), recommendations: list.items.map(toRecommendation), timings };
}

function toRecommendation({ rank, productId, score, product, inventory }: RecommendedItem): PythonValue {
  return {
    rank,
    product_id: BigInt(productId),
    product_name: product?.name ?? null,
    category: product?.category.name ?? null,
    department: product?.category.department ?? null,
    price: product && new PythonFloat(Number(product.price.amount)),
    score: PythonFloat.rounded(score, SCORE_DECIMALS),
    in_stock_qty: inventory?.quantityOnHand ?? null,
    est_delivery_days: inventory?.estimatedDeliveryDays ?? null,
  };
}

/** Features, propensities and tastes are loaded together: the first two show the same time. */
function toTimings(list: RecommendedList, backend: Backend): PythonValue {
  const { featuresMs, rankingMs, stockMs, totalMs } = list.timings;
  return {
    features_ms: milliseconds(featuresMs),
    propensity_ms: milliseconds(featuresMs),
    inventory_ms: milliseconds(stockMs),
    candidates: list.candidateCount,
    filtered_candidates: list.filteredCandidateCount,
    pair_features_ms: milliseconds(0),
    model_ms: milliseconds(rankingMs),
    model_ok: MODEL_RUNGS.has(list.rung),
    total_ms: milliseconds(totalMs),
    backend,
  };
}

function milliseconds(value: number): PythonFloat {
  return PythonFloat.rounded(value, 1);
}

/** `NORTHEAST` -> `Northeast`. */
function titleCase(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}
