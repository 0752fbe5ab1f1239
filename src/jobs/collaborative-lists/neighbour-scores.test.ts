import { describe, expect, it } from 'vitest';
import { neighbourListOf, type RatingMatrix } from '../../../test/support/neighbour-lists.ts';
import { Random } from '../demo-data/random.ts';
import { NeighbourScores } from './neighbour-scores.ts';
import { RatingTableBuilder, type RatingTable } from './rating-table.ts';

const PRODUCTS = 30;
const PRODUCT_IDS = Array.from({ length: PRODUCTS }, (_, place) => String(place + 100));

/** Customers by products; 0 is no rating. Few different ratings, so that there are many ties. */
function randomRatings(customers: number, seed: number): RatingMatrix {
  const random = new Random(seed, 'neighbours');
  return Array.from({ length: customers }, () =>
    Array.from({ length: PRODUCTS }, () => (random.uniform() < 0.25 ? Math.ceil(random.uniform() * 4) / 2 : 0)),
  );
}

function tableOf(matrix: RatingMatrix): RatingTable {
  const builder = new RatingTableBuilder(PRODUCT_IDS);
  builder.add({
    customers: matrix.map((_, row) => ({ customer_id: String(row), home_region: 'West' })),
    ratings: matrix.flatMap((row, customer) =>
      row.flatMap((rating, place) =>
        rating > 0 ? [{ customer_id: String(customer), product_id: PRODUCT_IDS[place] ?? '', rating }] : [],
      ),
    ),
  });
  return builder.finish();
}

describe('NeighbourScores', () => {
  it.each([
    [10, 3],
    [1, 3],
    [2, 10],
    [60, 30],
  ])('gives the lists of the published method, %i neighbours and %i products', (neighbours, first) => {
    for (const seed of [1, 2, 3]) {
      const matrix = randomRatings(40, seed).filter((row) => row.some((rating) => rating > 0));
      const scores = new NeighbourScores(tableOf(matrix), PRODUCTS);
      for (const customer of matrix.keys()) {
        const options = { neighbours, first };
        expect(scores.listOf(customer, options)).toEqual(neighbourListOf(matrix, customer, options));
      }
    }
  });

  it('asks nobody who shares no product, and nobody twice', () => {
    const row = (...places: number[]): number[] => PRODUCT_IDS.map((_, place) => (places.includes(place) ? 5 : 0));
    const scores = new NeighbourScores(tableOf([row(0, 1), row(1, 2), row(8, 9)]), PRODUCTS);
    const options = { neighbours: 10, first: 3 };
    expect(scores.listOf(0, options)).toEqual([{ place: 2, score: 5 }]);
    expect(scores.listOf(2, options)).toEqual([]);
    expect(scores.listOf(0, options)).toEqual([{ place: 2, score: 5 }]);
  });
});

describe('RatingTableBuilder', () => {
  it('leaves out products that are not in the catalog and customers without ratings', () => {
    const builder = new RatingTableBuilder(['7', '9']);
    const customers = ['1', '2', '3', '4'].map((customer_id) => ({ customer_id, home_region: 'West' }));
    const rating = (customer_id: string, product_id: string) => ({ customer_id, product_id, rating: 4.5 });
    const ratings = [rating('1', '8'), rating('2', '8'), rating('2', '9'), rating('4', '7'), rating('4', '9')];
    expect(builder.add({ customers, ratings }).map((row) => row.customer_id)).toEqual(['2', '4']);
    expect(builder.finish()).toEqual({
      rowCount: 2,
      starts: Int32Array.of(0, 1, 3),
      columns: Int32Array.of(1, 0, 1),
      ratings: Float32Array.of(4.5, 4.5, 4.5),
    });
  });
});
