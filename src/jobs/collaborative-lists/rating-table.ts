import type { RatingPage } from '../rating-pages.ts';

/** Ratings by customer or by product, rows of different length behind one another: 8 bytes a rating. */
export interface RatingTable {
  readonly rowCount: number;
  /** Where a row begins; the next one's beginning is its end. */
  readonly starts: Int32Array;
  /** In a row ascending. */
  readonly columns: Int32Array;
  readonly ratings: Float32Array;
}

/** Takes customers one after the other; products count by their place among `productIds`, others do not count. */
export class RatingTableBuilder {
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #starts: number[] = [0];
  #columns = new Int32Array(1024);
  #ratings = new Float32Array(1024);
  #length = 0;

  constructor(productIds: readonly string[]) {
    this.#placeOf = new Map(productIds.map((id, place) => [id, place]));
  }

  /** Appends a row for each customer of the page who has ratings. @returns those customers, in the order of their rows. */
  add({ customers, ratings }: RatingPage): RatingPage['customers'] {
    let next = 0;
    return customers.filter(({ customer_id: id }) => {
      for (; ratings[next]?.customer_id === id; next += 1) {
        const place = this.#placeOf.get(ratings[next]?.product_id ?? '');
        if (place !== undefined) this.#push(place, ratings[next]?.rating ?? NaN);
      }
      if (this.#length === this.#starts.at(-1)) return false;
      this.#starts.push(this.#length);
      return true;
    });
  }

  /** All rows so far. */
  finish(): RatingTable {
    return {
      rowCount: this.#starts.length - 1,
      starts: Int32Array.from(this.#starts),
      columns: this.#columns.subarray(0, this.#length),
      ratings: this.#ratings.subarray(0, this.#length),
    };
  }

  #push(column: number, rating: number): void {
    if (this.#length === this.#columns.length) {
      const [columns, ratings] = [new Int32Array(2 * this.#length), new Float32Array(2 * this.#length)];
      columns.set(this.#columns);
      ratings.set(this.#ratings);
      [this.#columns, this.#ratings] = [columns, ratings];
    }
    this.#columns[this.#length] = column;
    this.#ratings[this.#length] = rating;
    this.#length += 1;
  }
}

/** The same ratings with rows and columns changed. */
export function transpose({ rowCount, starts, columns, ratings }: RatingTable, columnCount: number): RatingTable {
  const next = new Int32Array(columnCount + 1);
  for (const column of columns) next[column + 1] = (next[column + 1] as number) + 1;
  for (let column = 0; column < columnCount; column += 1) {
    next[column + 1] = (next[column + 1] as number) + (next[column] as number);
  }
  const turned = {
    rowCount: columnCount,
    starts: next.slice(),
    columns: new Int32Array(columns.length),
    ratings: new Float32Array(columns.length),
  };
  for (let row = 0; row < rowCount; row += 1) {
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at += 1) {
      const to = next[columns[at] as number] as number;
      turned.columns[to] = row;
      turned.ratings[to] = ratings[at] as number;
      next[columns[at] as number] = to + 1;
    }
  }
  return turned;
}
