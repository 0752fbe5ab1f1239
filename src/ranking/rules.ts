/**
 * Walks an order and keeps at most `maxPerCategory` positions of each category, until `first` are found. The order of
 * what is kept does not change.
 */
export function capPerCategory(
  order: readonly number[],
  categoryOf: (position: number) => number,
  { first, maxPerCategory }: { readonly first: number; readonly maxPerCategory: number },
): number[] {
  const taken = new Map<number, number>();
  const kept: number[] = [];
  for (const position of order) {
    if (kept.length >= first) break;
    const category = categoryOf(position);
    const count = taken.get(category) ?? 0;
    if (count >= maxPerCategory) continue;
    taken.set(category, count + 1);
    kept.push(position);
  }
  return kept;
}
