import { setImmediate } from 'node:timers/promises';
import { readRatingPages, type RatingCustomer } from '../rating-pages.ts';
import type { ListSource, MadeList } from './make-lists.ts';
import { NeighbourScores } from './neighbour-scores.ts';
import { RatingTableBuilder } from './rating-table.ts';

/** Lists handed on together: as long as they are made, the process hears no signal. */
const LISTS_PER_PAGE = 100;

/**
 * What the nearest neighbours of each customer with ratings rated, by customer id. All ratings are in memory, 16 bytes
 * each; lists are made as fast as they are taken.
 */
export async function* neighbourLists(
  source: ListSource,
  { neighbours }: { readonly neighbours: number },
): AsyncGenerator<readonly MadeList[]> {
  const { productIds, first, progress } = source;
  const builder = new RatingTableBuilder(productIds);
  const customers: RatingCustomer[] = [];
  progress.step('Ratings', source.customerCount);
  for await (const page of readRatingPages(source)) {
    customers.push(...builder.add(page));
    progress.advance(page.customers.length);
  }
  const scores = new NeighbourScores(builder.finish(), productIds.length);
  progress.step('Lists of customers', customers.length);
  for (let start = 0; start < customers.length; start += LISTS_PER_PAGE) {
    const page = customers.slice(start, start + LISTS_PER_PAGE);
    yield page.map((customer, index) => {
      const list = scores.listOf(start + index, { neighbours, first });
      const products = list.map(({ place, score }) => ({ productId: productIds[place] as string, score }));
      return { customer, products };
    });
    progress.advance(page.length);
    await setImmediate();
  }
}
