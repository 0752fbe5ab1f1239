import { describe, expect, it } from 'vitest';
import { createStatementBinder } from './snowflake-binding.ts';

const bind = (text: string, parameters: readonly unknown[], listMax = 8) =>
  createStatementBinder(text, listMax).bind(parameters);

describe('createStatementBinder', () => {
  it('binds a parameter once, however often it occurs', () => {
    expect(bind('SELECT a FROM t WHERE (:2 IS NULL OR a > :2) AND b = :1;', ['b', 'a'])).toEqual([
      { text: 'SELECT a FROM t WHERE (:1 IS NULL OR a > :1) AND b = :2', binds: ['a', 'b'] },
    ]);
  });

  it('fills a list up to a power of two with its last element', () => {
    const [one] = bind('a IN (/*list*/ :1)', [['1']]);
    expect(one).toEqual({ text: 'a IN (:1)', binds: ['1'] });
    const [three] = bind('a IN (/*list*/ :1)', [['1', '2', '3']]);
    expect(three).toEqual({ text: 'a IN (:1, :2, :3, :4)', binds: ['1', '2', '3', '3'] });
  });

  it('binds lists that run in parallel group by group, with the place of each', () => {
    expect(
      bind('(b, a) IN (/*list*/ (:2, :0, :1))', [
        ['x', 'y', 'z'],
        [1, 2, null],
      ]),
    ).toEqual([
      {
        text: '(b, a) IN ((:1, :2, :3), (:4, :5, :6), (:7, :8, :9), (:10, :11, :12))',
        binds: [1, 1, 'x', 2, 2, 'y', null, 3, 'z', null, 3, 'z'],
      },
    ]);
  });

  it.each([[[]], [null]])('binds a list %j as one NULL, which matches nothing', (list) => {
    expect(bind('a IN (/*list*/ :1)', [list])).toEqual([{ text: 'a IN (:1)', binds: [null] }]);
  });

  it('tells whether a list was given', () => {
    const text = ':1 IS NULL OR a IN (/*list*/ :1)';
    expect(bind(text, [null])).toEqual([{ text: ':1 IS NULL OR a IN (:2)', binds: [null, null] }]);
    expect(bind(text, [[]])).toEqual([{ text: ':1 IS NULL OR a IN (:2)', binds: ['[]', null] }]);
    expect(bind(text, [['x']])).toEqual([{ text: ':1 IS NULL OR a IN (:2)', binds: ['["x"]', 'x'] }]);
  });

  it('writes a row count into the text, when it is one', () => {
    expect(bind('LIMIT /*rows :1*/ 20', [21])).toEqual([{ text: 'LIMIT 21', binds: [] }]);
    for (const count of ['1; DROP TABLE t', -1, 1.5, NaN, undefined]) {
      expect(() => bind('LIMIT /*rows :1*/ 20', [count])).toThrow(RangeError);
    }
  });

  it('sends no line comments and leaves casts, texts and quoted names alone', () => {
    const text = `-- :1 an id\nSELECT ':1 -- it''s', "a:1", b::number, '\\':1' -- :2\nFROM t WHERE c = :1;\n`;
    expect(bind(text, [7])).toEqual([
      { text: `SELECT ':1 -- it''s', "a:1", b::number, '\\':1' FROM t WHERE c = :1`, binds: [7] },
    ]);
  });

  it('binds what the driver does not know as text', () => {
    const [bound] = bind(':1 :2 :3 :4 :5 :6', [2n ** 63n, new Date(0), undefined, true, { a: 1 }, Infinity]);
    expect(bound?.binds).toEqual([
      '9223372036854775808',
      '1970-01-01T00:00:00.000Z',
      null,
      true,
      '{"a":1}',
      'Infinity',
    ]);
  });

  it('cuts keys that are too many into statements whose rows follow each other in the order of the keys', () => {
    const keys = ['10', '9', '11', '9007199254740993', '9007199254740992', '-3', '9'];
    const pages = bind('a IN (/*list*/ :1) AND b = :2', [keys, 'x'], 4);
    expect(pages.map(({ binds }) => binds)).toEqual([
      ['-3', '9', '10', '11', 'x'],
      ['9007199254740992', '9007199254740993', 'x'],
    ]);
  });

  it('cuts lists that run in parallel in their order and goes on counting places', () => {
    const pages = bind(
      'VALUES /*list*/ (:0, :1, :2)',
      [
        ['a', 'b', 'c'],
        ['x', 'y', 'z'],
      ],
      2,
    );
    expect(pages.map(({ binds }) => binds)).toEqual([
      [1, 'a', 'x', 2, 'b', 'y'],
      [3, 'c', 'z'],
    ]);
  });

  it('refuses lists of different lengths, a list that is none, and filters that are too long', () => {
    expect(() => bind('/*list*/ (:1, :2)', [['a'], ['x', 'y']])).toThrow(RangeError);
    expect(() => bind('/*list*/ :1', ['a'])).toThrow(RangeError);
    expect(() => bind('/*list*/ :1 /*list*/ :2', [['a', 'b', 'c'], []], 2)).toThrow(RangeError);
  });
});
