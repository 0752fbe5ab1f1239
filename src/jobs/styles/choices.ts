import { ageOfDay, BOUGHT_IN_STORE, CARTED, ORDERED, type ShoppingDays } from '../shopping-days.ts';

/** How often one customer chose products; all lists run in parallel. */
export interface Choices {
  /** Places of the products in the catalog, each once. */
  readonly products: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  /** How likely the choice followed the customer's interests, 0 to 1. */
  readonly followed: ArrayLike<number>;
}

/** How much one customer had to do with products; both lists run in parallel. */
export interface StyleHistory {
  /** Region of the customer, from 0 on. */
  readonly region: number;
  /** Places of the products in the catalog. */
  readonly products: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** A weight counts half after so many days. */
const HALF_LIFE_DAYS = 365;

/**
 * What a customer chose: a look 1, a cart and an order 0.6 each on top of it, a purchase in a store 1.5, a rating 0.3 a
 * star. A weight is ln(1 + sum), the sum of look and cart 1, order 2 and rating 0.8 a star, as far as they followed the
 * customer's interests, and purchase in a store 3, each halved every 365 days.
 * @param followedOf How likely the looks at a product's category on a day followed the interests.
 */
export function choicesOf(
  shopping: ShoppingDays,
  followedOf: (place: number, day: number) => number,
): Choices & Pick<StyleHistory, 'weights'> {
  const products: number[] = [];
  const counts: number[] = [];
  const followed: number[] = [];
  const weights: number[] = [];
  shopping.places.forEach((place, index) => {
    if (products.at(-1) !== place) {
      products.push(place);
      for (const list of [counts, followed, weights]) list.push(0);
    }
    const last = products.length - 1;
    const day = shopping.days[index] as number;
    const { seen, sure, weightSeen, weightSure } = measuresOf(shopping, index);
    const chance = seen > 0 ? followedOf(place, day) : 1;
    counts[last] = (counts[last] as number) + seen + sure;
    followed[last] = (followed[last] as number) + seen * chance + sure;
    const recency = 2 ** (-ageOfDay(day) / HALF_LIFE_DAYS);
    weights[last] = (weights[last] as number) + recency * (weightSeen * chance + weightSure);
  });
  return {
    products: Int32Array.from(products),
    counts: Float64Array.from(counts),
    followed: Float64Array.from(followed, (sum, index) => sum / (counts[index] as number)),
    weights: Float64Array.from(weights, Math.log1p),
  };
}

interface Measures {
  /** Of what may have been looked at without interest, and of what was wanted for certain. */
  readonly seen: number;
  readonly sure: number;
  readonly weightSeen: number;
  readonly weightSure: number;
}

function measuresOf({ kinds, stars }: ShoppingDays, index: number): Measures {
  const kind = kinds[index] as number;
  const rating = stars[index] as number;
  const isLook = Number(kind !== BOUGHT_IN_STORE && rating === 0);
  const [carts, orders, inStore] = [CARTED, ORDERED, BOUGHT_IN_STORE].map((bit) => Number((kind & bit) > 0)) as [
    number,
    number,
    number,
  ];
  return {
    seen: isLook + 0.3 * rating,
    sure: 0.6 * (carts + orders) + 1.5 * inStore,
    weightSeen: isLook + carts + 2 * orders + 0.8 * rating,
    weightSure: 3 * inStore,
  };
}
