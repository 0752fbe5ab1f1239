import type { CustomerTastesRow } from './signals.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** Which products may be recommended; an absent field allows all. */
export interface CandidateFilter {
  readonly categoryIds?: ReadonlySet<string> | undefined;
  /** In the currency of the prices, inclusive. */
  readonly priceMax?: number | undefined;
  readonly excludedProductIds?: ReadonlySet<string> | undefined;
}

/** The rows that may be ranked. */
export interface Candidates {
  /** Products in stock in the region, before any filter. */
  readonly inStockCount: number;
  /** Rows of the snapshot, ascending: by product id. */
  readonly rows: Int32Array;
}

/**
 * Products in stock that pass the filter, were not bought within `repeatDays` days and not rated without being bought;
 * 0 days keeps what was bought or rated. Without tastes nothing is known of either.
 */
export function selectCandidates(
  snapshot: RegionSnapshot,
  tastes: CustomerTastesRow | null,
  { repeatDays, filter }: { readonly repeatDays: number; readonly filter: CandidateFilter },
): Candidates {
  const { productCount, quantitiesOnHand, prices, categoryCodes } = snapshot;
  const { categoryIds, priceMax = Infinity } = filter;
  const isCategoryAllowed = snapshot.categoryIds.map((categoryId) => categoryIds?.has(categoryId) ?? true);
  const excludedRows = excluded(snapshot, filter.excludedProductIds, knownAlready(tastes, repeatDays));
  const rows = new Int32Array(productCount);
  let inStockCount = 0;
  let count = 0;
  for (let row = 0; row < productCount; row += 1) {
    if (quantitiesOnHand[row] === 0) continue;
    inStockCount += 1;
    if ((prices[row] as number) > priceMax || !isCategoryAllowed[categoryCodes[row] as number]) continue;
    if (excludedRows.has(row)) continue;
    rows[count] = row;
    count += 1;
  }
  return { inStockCount, rows: rows.subarray(0, count) };
}

function knownAlready(tastes: CustomerTastesRow | null, repeatDays: number): string[] {
  if (tastes === null || repeatDays === 0) return [];
  const bought = Object.entries(tastes.bought_products).filter(([, days]) => days <= repeatDays);
  return [...bought.map(([productId]) => productId), ...Object.keys(tastes.rated_products)];
}

function excluded(snapshot: RegionSnapshot, ...lists: (Iterable<string> | undefined)[]): ReadonlySet<number> {
  const rows = new Set<number>();
  for (const list of lists) {
    for (const productId of list ?? []) {
      const row = snapshot.rowOf(productId);
      if (row !== undefined) rows.add(row);
    }
  }
  return rows;
}
