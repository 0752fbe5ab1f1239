import { describe, expect, it } from 'vitest';
import { InvalidModelError } from './errors.ts';
import { invalid, JsonFields } from './json-fields.ts';

const fieldsOf = (list: unknown): JsonFields => new JsonFields({ list }, 'here');

describe('JsonFields', () => {
  it('reads lists of JSON and typed arrays of binary files alike', () => {
    for (const list of [[0, 1, -7], Int32Array.of(0, 1, -7), Float64Array.of(0, 1, -7), [false, true, -7]]) {
      expect(fieldsOf(list).numbers('list')).toEqual([0, 1, -7]);
      expect(fieldsOf(list).integers('list')).toEqual(Int32Array.of(0, 1, -7));
      expect(fieldsOf(list).floats('list')).toEqual(Float32Array.of(0, 1, -7));
    }
  });

  it.each<[string, 'integers' | 'floats' | 'numbers', unknown]>([
    ['list[1] must be a whole number of 32 bits, but is 0.5', 'integers', [0, 0.5]],
    ['list[0] must be a whole number of 32 bits, but is 2147483648', 'integers', Float64Array.of(2 ** 31)],
    ['list[0] must be a number, but is "7"', 'integers', ['7']],
    ['list[1] must be a number, but is NaN', 'floats', Float32Array.of(1, NaN)],
    ['list[0] must be a number of single precision, but is 1e+39', 'floats', [1e39]],
    ['list[0] must be a number, but is null', 'numbers', [null]],
    ['list has 2000001 items', 'integers', new Uint8Array(2_000_001)],
    ['list has 2000001 items', 'floats', new Uint8Array(2_000_001)],
    ['list must be a list, but is an object', 'floats', {}],
    ['list must be a list, but is an object', 'integers', new DataView(new ArrayBuffer(8))],
  ])('refuses, with the reason %s', (reason, kind, list) => {
    expect(() => fieldsOf(list)[kind]('list')).toThrow(InvalidModelError);
    expect(() => fieldsOf(list)[kind]('list')).toThrow(`here.${reason}`);
  });

  it('gives 0 for what does not matter', () => {
    expect(fieldsOf(['', 2, NaN]).floats('list', (index) => index === 1)).toEqual(Float32Array.of(0, 2, 0));
  });
});

describe('invalid', () => {
  it.each<[unknown, string]>([
    [undefined, 'missing'],
    [null, 'null'],
    [true, 'true'],
    [-0.5, '-0.5'],
    ['x', '"x"'],
    ['x'.repeat(99), `"${'x'.repeat(40)}…"`],
    [Array(1e6).fill(0), 'a list'],
    [new Float32Array(1e6), 'a list'],
    [{ a: 1 }, 'an object'],
  ])('shows %.20j as %s', (value, shown) => {
    expect(invalid('field', 'a text', value).message).toBe(`field must be a text, but is ${shown}`);
  });
});
