import { setImmediate } from 'node:timers/promises';
import type { Factorization } from '../../ranking/factorization.ts';
import { topK } from '../../ranking/top-k.ts';
import { readRatingPages, type RatingCustomer } from '../rating-pages.ts';
import type { ListSource, MadeList } from './make-lists.ts';

/** Customers between whom the process hears signals. */
const LISTS_PER_TURN = 50;

/**
 * For each customer whom the model knows the products of the best ratings by it, those that they rated left out, by
 * customer id: one page of customers at a time is in memory, and one row of ratings. Ratings beyond the end of the scale
 * still differ in the order; equal ones come by lower product id.
 */
export async function* ratingLists(source: ListSource, model: Factorization): AsyncGenerator<readonly MadeList[]> {
  const { productIds, progress } = source;
  const placeOf = new Map(productIds.map((id, place) => [id, place]));
  // Where the product of an item is in the catalog, and which items are in it at all.
  const places = model.itemIds.map((id) => placeOf.get(id));
  const items = places.flatMap((place, item) => (place === undefined ? [] : [{ place, item }]));
  items.sort((a, b) => a.place - b.place);
  progress.step('Lists of customers', source.customerCount);
  for await (const { customers, ratings } of readRatingPages(source)) {
    const ratedBy = Map.groupBy(ratings, (row) => row.customer_id);
    const lists: MadeList[] = [];
    for (const [index, customer] of customers.entries()) {
      const rated = new Set(ratedBy.get(customer.customer_id)?.map((row) => row.product_id));
      lists.push({ customer, products: bestOf(customer, rated) });
      if (index % LISTS_PER_TURN === LISTS_PER_TURN - 1) await setImmediate();
    }
    yield lists;
    progress.advance(customers.length);
  }

  function bestOf({ customer_id: id }: RatingCustomer, rated: ReadonlySet<string>): MadeList['products'] {
    const all = model.rateAll(id);
    if (!all) return [];
    const candidates = items.filter(({ item }) => !rated.has(model.itemIds[item] as string));
    const scores = candidates.map(({ item }) => all[item] as number);
    return topK(scores, source.first).map((position) => {
      const productId = model.itemIds[candidates[position]?.item as number] as string;
      return { productId, score: model.predict(id, productId) };
    });
  }
}
