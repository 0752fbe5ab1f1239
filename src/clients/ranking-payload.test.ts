import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBatches, InvalidPredictionError, readProbabilities } from './ranking-payload.ts';

const COLUMNS = ['prior_score', 'price', 'days'];

interface Split {
  readonly dataframe_split: {
    readonly index: number[];
    readonly columns: string[];
    readonly data: (number | null)[][];
  };
}

const splitOf = (body: string) => (JSON.parse(body) as Split).dataframe_split;

describe('encodeBatches', () => {
  it('gives a service back exactly the numbers of the matrix, null for NaN, in bodies within the limit', () => {
    const bytesMax = 400;
    const numbers = fc.float({ noDefaultInfinity: true });
    const matrices = fc.array(fc.tuple(numbers, numbers, numbers), { maxLength: 40 });
    fc.assert(
      fc.property(matrices, (rows) => {
        const batches = encodeBatches(COLUMNS, Float32Array.from(rows.flat()), rows.length, bytesMax);
        for (const { body, rowCount } of batches) {
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bytesMax);
          expect(splitOf(body)).toMatchObject({
            columns: COLUMNS,
            index: Array.from({ length: rowCount }, (_, i) => i),
          });
        }
        const sent = batches.flatMap(({ body }) => splitOf(body).data);
        expect(sent).toEqual(rows.map((row) => row.map((value) => (Number.isNaN(value) ? null : value + 0))));
        let start = 0;
        for (const batch of batches) {
          expect(batch.start).toBe(start);
          start += batch.rowCount;
        }
      }),
    );
  });

  it('sends one body when everything fits, and about equal ones when not', () => {
    const matrix = new Float32Array(3 * 1000).fill(1.5);
    expect(encodeBatches(COLUMNS, matrix, 1000, 1_000_000)).toHaveLength(1);
    const sizes = encodeBatches(COLUMNS, matrix, 1000, 10_000).map(({ rowCount }) => rowCount);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(sizes.length);
  });

  it.each([
    ['an infinite feature', [1, Infinity, 2], 1000],
    ['a row longer than a body', [0.1, 0.2, 0.3], 100],
  ])('refuses %s', (_, values, bytesMax) => {
    expect(() => encodeBatches(COLUMNS, Float32Array.from(values), 1, bytesMax)).toThrow(RangeError);
  });
});

describe('readProbabilities', () => {
  const read = (data: unknown, rowCount = 2, column = 'output_feature_1'): number[] => {
    const output = new Float32Array(rowCount);
    readProbabilities(typeof data === 'string' ? data : JSON.stringify({ data }), column, output);
    return [...output];
  };

  it.each<[string, unknown]>([
    [
      'objects',
      [
        [0, { output_feature_0: 0.75, output_feature_1: 0.25 }],
        [1, { output_feature_1: 1 }],
      ],
    ],
    [
      'objects that repeat inputs',
      [
        [0, { price: 9, output_feature_1: 0.25 }],
        [1, { price: 9, output_feature_1: 1 }],
      ],
    ],
    [
      'the probabilities of both classes',
      [
        [0, [0.75, 0.25]],
        [1, [0, 1]],
      ],
    ],
    [
      'lists of one',
      [
        [0, [0.25]],
        [1, [1]],
      ],
    ],
    [
      'numbers',
      [
        [0, 0.25],
        [1, 1],
      ],
    ],
    [
      'rows in another order',
      [
        [1, 1],
        [0, 0.25],
      ],
    ],
  ])('takes %s', (_, data) => {
    expect(read(data)).toEqual([0.25, 1]);
  });

  it('takes the column that it is told to', () => {
    expect(read([[0, { output_feature_1: 0.5, P: 0.25 }]], 1, 'P')).toEqual([0.25]);
  });

  it.each<[string, unknown]>([
    ['garbage', '<html>busy</html>'],
    ['NaN as Python writes it', '{"data": [[0, NaN], [1, 0.5]]}'],
    ['no data', '{"predictions": [0.25, 1]}'],
    ['null', 'null'],
    ['an error', '{"error": "Input data malformed: empty data"}'],
    ['too few rows', [[0, 0.25]]],
    [
      'too many rows',
      [
        [0, 0.25],
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'a row twice',
      [
        [0, 0.25],
        [0, 1],
      ],
    ],
    [
      'an index that was not sent',
      [
        [0, 0.25],
        [2, 1],
      ],
    ],
    [
      'a negative index',
      [
        [0, 0.25],
        [-1, 1],
      ],
    ],
    [
      'an index between two',
      [
        [0, 0.25],
        [0.5, 1],
      ],
    ],
    [
      'an index as text',
      [
        [0, 0.25],
        ['1', 1],
      ],
    ],
    [
      'a name of the array as index',
      [
        [0, 0.25],
        ['length', 1],
      ],
    ],
    ['rows without index', [[0.25], [1]]],
    [
      'flat probabilities of both classes',
      [
        [0, 0.75, 0.25],
        [1, 0, 1],
      ],
    ],
    ['rows that are no lists', [0.25, 1]],
    [
      'another output column',
      [
        [0, { output_feature_0: 0.75 }],
        [1, { output_feature_0: 0 }],
      ],
    ],
    [
      'a text',
      [
        [0, '0.25'],
        [1, 1],
      ],
    ],
    [
      'null as probability',
      [
        [0, null],
        [1, 1],
      ],
    ],
    [
      'true as probability',
      [
        [0, true],
        [1, 1],
      ],
    ],
    [
      'three classes',
      [
        [0, [0.25, 0.25, 0.5]],
        [1, [0, 0, 1]],
      ],
    ],
    [
      'no class',
      [
        [0, []],
        [1, 1],
      ],
    ],
    [
      'less than 0',
      [
        [0, -0.25],
        [1, 1],
      ],
    ],
    [
      'a margin',
      [
        [0, 1.25],
        [1, 1],
      ],
    ],
  ])('refuses an answer with %s', (_, data) => {
    expect(() => read(data)).toThrow(InvalidPredictionError);
  });
});
