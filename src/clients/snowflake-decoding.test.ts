import { describe, expect, it } from 'vitest';
import { createRowDecoder, type SnowflakeColumn } from './snowflake-decoding.ts';

const column = (type: string, precision = 38, scale = 0, name = 'VALUE'): SnowflakeColumn => ({
  getName: () => name,
  getType: () => type,
  getPrecision: () => precision,
  getScale: () => scale,
});

function decode(described: SnowflakeColumn, cell: unknown): unknown {
  return createRowDecoder<{ value: unknown }>([described]).decode([cell]).value;
}

const INTEGER = column('fixed', 10, 0);
const BIGINT = column('fixed', 19, 0);
const MONEY = column('fixed', 12, 2);

describe('createRowDecoder', () => {
  it.each([
    ['an integer as a number', INTEGER, '-2147483648', -2_147_483_648],
    ['a bigint as text', BIGINT, '9223372036854775807', '9223372036854775807'],
    ['38 digits as text', column('fixed'), '9'.repeat(38), '9'.repeat(38)],
    ['a decimal with its scale', MONEY, '12.50', '12.50'],
    ['a float', column('real'), '0.1', 0.1],
    ['the smallest float', column('real'), '5e-324', 5e-324],
    ['an infinite float', column('real'), '-inf', -Infinity],
    ['no number', column('real'), 'NaN', NaN],
    ['text', column('text'), 'Zoë 🚲\n', 'Zoë 🚲\n'],
    ['empty text', column('text'), '', ''],
    ['a boolean as a digit', column('boolean'), '1', true],
    ['a boolean as a word', column('boolean'), 'FALSE', false],
    ['a boolean that came as one', column('boolean'), false, false],
    ['a day', column('date'), '19782', '2024-02-29'],
    ['a day before 1970', column('date'), '-1', '1969-12-31'],
    ['a time', column('time'), '3661.500000000', '01:01:01.5'],
    ['a whole time', column('time'), '0.000000000', '00:00:00'],
    ['an object', column('object'), '{"a":[1,null]}', { a: [1, null] }],
    ['a VARIANT that is null in JSON', column('variant'), 'null', null],
    ['bytes', column('binary'), '00FF', Buffer.from([0, 255])],
    ['a type that is new', column('vector'), '[1,2]', '[1,2]'],
  ])('gives %s', (_title, described, cell, value) => {
    expect(decode(described, cell)).toStrictEqual(value);
  });

  it.each([
    ['1700000000.123456789', '2023-11-14T22:13:20.123Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['-0.500000000', '1969-12-31T23:59:59.500Z'],
    ['-0.000500000', '1969-12-31T23:59:59.999Z'],
    ['1700000000.5 1560', '2023-11-14T22:13:20.500Z'],
  ])('gives the moment %s as the millisecond that it lies in', (cell, moment) => {
    expect(decode(column('timestamp_tz'), cell)).toStrictEqual(new Date(moment));
  });

  it.each(['fixed', 'real', 'text', 'boolean', 'date', 'time', 'timestamp_ntz', 'variant', 'binary'])(
    'gives NULL as null for %s',
    (type) => {
      expect(decode(column(type), null)).toBeNull();
    },
  );

  it.each([
    ['fixed', '12a'],
    ['fixed', ''],
    ['fixed', 12],
    ['real', ''],
    ['real', 'much'],
    ['boolean', 'perhaps'],
    ['date', 'today'],
    ['date', '999999999999'],
    ['time', '90000'],
    ['timestamp_ntz', 'now'],
    ['variant', '{a: 1}'],
    ['variant', '(() => { throw new Error("evaluated") })()'],
    ['variant', 'undefined'],
    ['binary', '0G'],
    ['text', { an: 'object' }],
  ])('fails the row, with the name of the column, for a %s that reads %j', (type, cell) => {
    expect(() => decode(column(type), cell)).toThrow(
      expect.objectContaining({ failure: 'unreadable', message: 'A value of column value cannot be read.' }),
    );
  });

  it('fails a row that has not as many cells as the result has columns', () => {
    const decoder = createRowDecoder([INTEGER]);
    expect(() => decoder.decode(['1', '2'])).toThrow(expect.objectContaining({ failure: 'broken' }));
    expect(() => decoder.decode([])).toThrow(expect.objectContaining({ failure: 'broken' }));
  });

  it('refuses two columns of one name', () => {
    expect(() => createRowDecoder([INTEGER, column('text', 0, 0, 'value')])).toThrow(/named value/);
  });
});
