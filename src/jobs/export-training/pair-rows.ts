import {
  ageOfDay,
  BOUGHT_IN_STORE,
  CARTED,
  ORDERED,
  shoppingDaysPages,
  type ShoppingDays,
  type ShoppingDaysRow,
} from '../shopping-days.ts';
import type { TrainingExport } from './export-training.ts';
import type { MomentReader } from './moment-reader.ts';

/**
 * Columns of pairs.f32. customer: as in ranking.f32, those who are not in it counted on. product: place in the catalog by
 * product id. weight: ln(1 + sum), the sum of look 1, cart 2, order and purchase in a store 4 and
 * rating 0.8 a star, each halved every 90 days.
 */
export const PAIR_COLUMNS = ['customer', 'product', 'weight'];

const HALF_LIFE_DAYS = 90;

/**
 * Appends how much everybody had to do with products before a moment, for baselines that learn from nothing else.
 * @param customerIds The customers of ranking.f32 at that moment, in their order.
 */
export async function exportPairs(
  { pairs }: TrainingExport,
  moment: Date,
  customerIds: readonly string[],
  reader: MomentReader,
): Promise<void> {
  const numberOf = new Map(customerIds.map((id, number) => [id, number]));
  const read = (after: string, limit: number): Promise<ShoppingDaysRow[]> =>
    reader.read('shopping_days', [moment, after, limit]);
  for await (const page of shoppingDaysPages(read)) {
    for (const customer of page) {
      const number = numberOf.get(customer.customerId) ?? numberOf.size;
      numberOf.set(customer.customerId, number);
      const weights = weightsOf(customer);
      const places = [...weights.keys()];
      await pairs.write([places.map(() => number), places, [...weights.values()]], new Float32Array());
    }
  }
}

/** By place of the product. */
function weightsOf({ places, days, kinds, stars }: ShoppingDays): Map<number, number> {
  const sums = new Map<number, number>();
  places.forEach((place, index) => {
    const kind = kinds[index] as number;
    const rating = stars[index] as number;
    const isLook = Number(kind !== BOUGHT_IN_STORE && rating === 0);
    const bought = Number((kind & ORDERED) > 0) + Number((kind & BOUGHT_IN_STORE) > 0);
    const weight = isLook + 2 * Number((kind & CARTED) > 0) + 4 * bought + 0.8 * rating;
    const recency = 2 ** (-ageOfDay(days[index] as number) / HALF_LIFE_DAYS);
    sums.set(place, (sums.get(place) ?? 0) + weight * recency);
  });
  return new Map([...sums].map(([place, sum]) => [place, Math.log1p(sum)]));
}
