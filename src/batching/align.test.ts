import { describe, expect, it } from 'vitest';
import { groupByKey, indexByKey } from './align.ts';

const rows = [
  { id: '2', name: 'two' },
  { id: '1', name: 'one' },
];
const idOf = (row: { id: string }): string => row.id;

describe('indexByKey', () => {
  it('finds rows by key whatever their order', () => {
    expect(indexByKey(rows, idOf).get('1')).toEqual({ id: '1', name: 'one' });
  });

  it('refuses two rows for one key', () => {
    expect(() => indexByKey([...rows, { id: '1', name: 'again' }], idOf)).toThrow('Two rows for the key 1');
  });
});

describe('groupByKey', () => {
  it('gives every key without rows a list of its own', () => {
    const groups = groupByKey(rows, idOf, ['3', '4', '2']);
    expect(groups.get('3')).toEqual([]);
    expect(groups.get('3')).not.toBe(groups.get('4'));
    expect(groups.get('2')).toEqual([{ id: '2', name: 'two' }]);
  });

  it('keeps the order of the rows within a key', () => {
    const many = [
      { id: '1', n: 3 },
      { id: '1', n: 1 },
      { id: '1', n: 2 },
    ];
    expect(
      groupByKey(many, idOf, ['1'])
        .get('1')
        ?.map((row) => row.n),
    ).toEqual([3, 1, 2]);
  });
});
