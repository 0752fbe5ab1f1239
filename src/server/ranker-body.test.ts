import { describe, expect, it } from 'vitest';
import { MalformedInputError, readModelInput } from './ranker-body.ts';

const COLUMNS = ['a', 'b'];
const split = (changes: object = {}) => ({
  dataframe_split: {
    index: [7, 8],
    columns: ['b', 'x', 'a'],
    data: [
      [2, 'x', 1],
      [4, null, null],
    ],
    ...changes,
  },
});

describe('readModelInput', () => {
  it.each<[string, unknown, unknown[]]>([
    ['dataframe_split in its own order, with further columns', split(), [7, 8]],
    ['dataframe_split without index', split({ index: undefined }), [0, 1]],
    [
      'dataframe_records',
      {
        dataframe_records: [
          { b: 2, a: 1, x: 'x' },
          { a: null, b: 4 },
        ],
      },
      [0, 1],
    ],
    [
      'flat rows',
      {
        data: [
          [3, 1, 2],
          [5, null, 4],
        ],
      },
      [3, 5],
    ],
    [
      'wide rows',
      {
        data: [
          [3, { a: 1, b: 2, _ID: 3 }],
          [5, { b: 4, a: null }],
        ],
      },
      [3, 5],
    ],
    [
      'further fields',
      {
        data: [
          [3, 1, 2],
          [5, null, 4],
        ],
        params: {},
        extra_columns: ['x'],
      },
      [3, 5],
    ],
    [
      'numbers as texts and booleans',
      {
        data: [
          [3, true, '2'],
          [5, null, '4.0'],
        ],
      },
      [3, 5],
    ],
  ])('takes %s', (_, body, index) => {
    const input = readModelInput(body, COLUMNS);
    expect([...input.values]).toEqual([1, 2, NaN, 4]);
    expect(input.index).toEqual(index);
  });

  it.each<[string, unknown, string]>([
    ['an empty object', {}, 'missing data field in the request input'],
    ['null', null, 'missing data field in the request input'],
    ['a list', [[0, 1, 2]], 'missing data field in the request input'],
    ['another field', { foo: [[1, 2]] }, 'missing data field in the request input'],
    ['no rows', { data: [] }, 'empty data'],
    ['indexes only', { data: [[0], [1]] }, 'empty data'],
    ['no records', { dataframe_records: [] }, 'empty data'],
    ['data of another type', { data: 5 }, 'data is not a list of rows'],
    ['rows of another type', { data: [5] }, 'data is not a list of rows'],
    ['too few values', { data: [[0, 1]] }, 'a row has 1 values, but the model takes 2'],
    ['too many values', { data: [[0, 1, 2, 3]] }, 'a row has 3 values, but the model takes 2'],
    ['a wide row without a column', { data: [[0, { a: 1 }]] }, 'missing columns: b'],
    ['a record without columns', { dataframe_records: [{}] }, 'missing columns: a, b'],
    ['a record of another type', { dataframe_records: [[1, 2]] }, 'a row is not an object'],
    ['records of another type', { dataframe_records: {} }, 'dataframe_records is not a list'],
    ['a split of another type', { dataframe_split: [] }, 'dataframe_split is not an object'],
    ['a split without columns', split({ columns: undefined }), 'dataframe_split has no columns'],
    ['a split without data', split({ data: undefined }), 'dataframe_split has no data'],
    ['a split without a column', split({ columns: ['b', 'x', 'y'] }), 'missing columns: a'],
    ['a split with a short row', split({ data: [[2, 'x', 1], [4]] }), 'a row has another number of values than the 3'],
    ['a split with an index too few', split({ index: [7] }), 'dataframe_split has another number of indexes'],
    ['a text', { data: [[0, 1, 'd']] }, 'could not convert string to float in column b'],
    ['an empty text', { data: [[0, 1, ' ']] }, 'could not convert string to float in column b'],
    ['an object as value', { data: [[0, 1, {}]] }, 'column b holds something that is not a number'],
    ['a number beyond float32', { data: [[0, 1, 1e39]] }, 'column b holds a number too large for a float'],
  ])('refuses %s', (_, body, problem) => {
    const read = () => readModelInput(body, COLUMNS);
    expect(read).toThrow(MalformedInputError);
    expect(read).toThrow(problem);
  });
});
