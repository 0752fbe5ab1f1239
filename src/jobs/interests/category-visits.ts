import { BOUGHT_IN_STORE, ORDERED, type ShoppingDays } from '../shopping-days.ts';

/** One customer's day, by category. */
export interface CategoryVisit {
  readonly day: number;
  /** Categories looked at, by code, each once; `looks` runs in parallel: products looked at or rated, in a store not. */
  readonly looked: readonly number[];
  readonly looks: readonly number[];
  /** Categories of what was ordered, and of what was bought in a store, one entry a product. */
  readonly ordered: readonly number[];
  readonly boughtInStore: readonly number[];
  /** Categories that were browsed as such. */
  readonly browsed: readonly number[];
}

interface VisitDraft {
  readonly looks: Map<number, number>;
  readonly ordered: number[];
  readonly boughtInStore: number[];
  readonly browsed: number[];
}

/**
 * The days of a customer on which anything of a category was met, ascending.
 * @param categoryOf Per product of the catalog its category's code.
 * @param categoryCode Undefined for a category that does not count.
 */
export function categoryVisits(
  shopping: ShoppingDays,
  categoryOf: ArrayLike<number>,
  categoryCode: (categoryId: string) => number | undefined,
): CategoryVisit[] {
  const drafts = new Map<number, VisitDraft>();
  const draftOf = (day: number): VisitDraft => {
    const draft = drafts.get(day) ?? { looks: new Map(), ordered: [], boughtInStore: [], browsed: [] };
    drafts.set(day, draft);
    return draft;
  };
  shopping.places.forEach((place, index) => {
    const category = categoryOf[place] as number;
    const kind = shopping.kinds[index] as number;
    const draft = draftOf(shopping.days[index] as number);
    if (kind & BOUGHT_IN_STORE) draft.boughtInStore.push(category);
    if (kind !== BOUGHT_IN_STORE || (shopping.stars[index] as number) > 0)
      draft.looks.set(category, (draft.looks.get(category) ?? 0) + 1);
    if (kind & ORDERED) draft.ordered.push(category);
  });
  shopping.browsed.forEach((categoryId, index) => {
    const category = categoryCode(categoryId);
    if (category !== undefined) draftOf(shopping.browsedDays[index] as number).browsed.push(category);
  });
  return [...drafts]
    .sort(([one], [other]) => one - other)
    .map(([day, { looks, ...rest }]) => ({ day, looked: [...looks.keys()], looks: [...looks.values()], ...rest }));
}
