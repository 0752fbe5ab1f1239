import { describe, expect, it } from 'vitest';
import { columnTypeOf, ValueError } from './column-type.ts';

function convert(type: string, value: unknown): string {
  const column = columnTypeOf(type);
  if (!column) throw new Error(`There is no type ${type}`);
  return column.toText(value);
}

describe('columnTypeOf', () => {
  it.each([
    ['bigint', 5, '5'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['bigint', -3, '-3'],
    ['integer', '7.000', '7'],
    ['smallint', -32768, '-32768'],
    ['numeric(12,2)', 483.42, '483.42'],
    ['numeric(12,2)', '113.9', '113.90'],
    ['numeric(12,2)', '0113.9000', '113.90'],
    ['numeric(12,2)', 19.990000000000002, '19.99'],
    ['numeric(12,2)', -1e-13, '0.00'],
    ['numeric(12,2)', '-5', '-5.00'],
    ['numeric(12,2)', '9999999999.99', '9999999999.99'],
    ['double precision', '0.1', '0.1'],
    ['double precision', -0, '0'],
    ['boolean', 1, 'true'],
    ['boolean', 'FALSE', 'false'],
    ['text', 'a\tb', 'a\tb'],
    ['text', 94107, '94107'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['date', new Date('2026-02-28T00:00:00Z'), '2026-02-28'],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp with time zone', new Date(0), '1970-01-01T00:00:00.000000Z'],
    ['timestamp with time zone', '2026-11-01 02:00:00.1234567 +0200', '2026-11-01T00:00:00.123456Z'],
    ['timestamp with time zone', '2026-11-01T00:00:00', '2026-11-01T00:00:00.000000Z'],
    ['jsonb', '{"b":1,"a":0.5}', '{"b":1,"a":0.5}'],
    ['jsonb', {}, '{}'],
  ])('writes %s %j as %s', (type, value, text) => {
    expect(convert(type, value)).toBe(text);
  });

  it.each([
    ['bigint', 2 ** 53],
    ['bigint', '9223372036854775808'],
    ['bigint', 1.5],
    ['bigint', '1.5'],
    ['bigint', ''],
    ['bigint', true],
    ['smallint', 32768],
    ['numeric(12,2)', 1.005],
    ['numeric(12,2)', '1e3'],
    ['numeric(12,2)', '10000000000'],
    ['numeric(12,2)', NaN],
    ['double precision', ''],
    ['double precision', 'NaN'],
    ['double precision', Infinity],
    ['double precision', true],
    ['boolean', 'yes'],
    ['text', { a: 1 }],
    ['text', 'a\0b'],
    ['uuid', 'x'],
    ['date', '2026-02-29'],
    ['date', '2026-02-28T10:00:00Z'],
    ['date', new Date(NaN)],
    ['timestamp with time zone', 'yesterday'],
    ['timestamp with time zone', new Date(NaN)],
    ['timestamp with time zone', '2026-13-01T00:00:00Z'],
    ['jsonb', '[1]'],
    ['jsonb', { a: 'x' }],
    ['jsonb', 'no json'],
  ])('refuses %s %j instead of guessing', (type, value) => {
    expect(() => convert(type, value)).toThrow(ValueError);
  });

  it('knows no type that no serving table has', () => {
    expect(columnTypeOf('money')).toBeUndefined();
  });

  it('orders the keys of weights by their bytes, as Postgres does', () => {
    const canonical = columnTypeOf('jsonb')?.toCanonical('{"ü":1,"a":1,"B":1}') ?? '';
    expect(canonical.split(',').map((part) => part.split('=')[0])).toEqual(['B', 'a', 'ü']);
  });
});
