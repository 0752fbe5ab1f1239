import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, encodeUbjson, int64 } from '../../../test/support/ubjson.ts';
import { InvalidModelError } from '../errors.ts';
import { looksLikeUbjson, parseUbjson } from './parse-ubjson.ts';

const count = (value: number): readonly (string | readonly number[])[] => ['#L', int64(value)];

/** With lists for typed arrays, their numbers in single precision, and no -0. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return Math.fround(value) + 0;
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, field]): unknown => [name, plain(field)]);
}

describe('parseUbjson', () => {
  it('reads typed lists of every type of number, big-endian', () => {
    expect(parseUbjson(bytesOf('[$i', ...count(2), [0x80, 1]))).toEqual(Int8Array.of(-128, 1));
    expect(parseUbjson(bytesOf('[$U', ...count(2), [0x80, 1]))).toEqual(Uint8Array.of(128, 1));
    expect(parseUbjson(bytesOf('[$I#U', 1, [0xff, 0xfe]))).toEqual(Int16Array.of(-2));
    expect(parseUbjson(bytesOf('[$l#i', 2, [0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff]))).toEqual(Int32Array.of(65_536, -1));
    expect(parseUbjson(bytesOf('[$L#I', [0, 1], int64(-(2 ** 40))))).toEqual(Float64Array.of(-(2 ** 40)));
    expect(parseUbjson(bytesOf('[$d', ...count(1), [0x3e, 0x20, 0, 0]))).toEqual(Float32Array.of(0.15625));
    expect(parseUbjson(bytesOf('[$D#l', [0, 0, 0, 1], [0x3f, 0xe0, 0, 0, 0, 0, 0, 0]))).toEqual(Float64Array.of(0.5));
  });

  it('reads lists with and without a count, single letters and any name', () => {
    expect(parseUbjson(bytesOf('[i', 7, '[]CxF]'))).toEqual([7, [], 'x', false]);
    const fields = parseUbjson(bytesOf('{i', 9, '__proto__', 'T}')) as Record<string, unknown>;
    expect(Object.entries(fields)).toEqual([['__proto__', true]]);
  });

  it('gives back whatever JSON can say', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        expect(plain(parseUbjson(encodeUbjson(json)))).toEqual(plain(json));
      }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['numbers announced', bytesOf('[$d', ...count(10 ** 9), [0, 0, 0, 0])],
    ['items announced', bytesOf('[', ...count(10 ** 9), 'TTT')],
    ['the length -1', bytesOf('[', ...count(-1))],
    ['the length -5', bytesOf('{i', [0xfb])],
    ['a typed list of no numbers', bytesOf('[$Z', ...count(10 ** 9))],
    ['a typed list of no numbers', bytesOf('[$i$', 1)],
    ['the end of the file', bytesOf('SL', int64(2 ** 40), 'abc')],
    ['the end of the file', bytesOf('{i', 1, 'a')],
    ['the end of the file', bytesOf('[TTT')],
    ['the end of the file', bytesOf('d', [0, 0])],
    ['"S", which is no length', bytesOf('{S')],
    ['"$", which is no length', bytesOf('{$d#i', 1)],
    ['"H", which begins no value', bytesOf('Hi', 1, '1')],
    ['more bytes than the model has', bytesOf('{}', 0)],
    ['more than 64 levels', bytesOf('['.repeat(65))],
    ['more values than a model may have', Buffer.from(`[${'Z'.repeat(4_100_000)}]`)],
    ['more values than a model may have', Buffer.from(`[${'[]'.repeat(500_000)}]`)],
  ])('refuses %s', (found, bytes) => {
    let refusal: unknown;
    try {
      parseUbjson(bytes);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidModelError);
    expect(String(refusal)).toContain(found);
  });

  it('says at which byte it stopped', () => {
    expect(() => parseUbjson(bytesOf('[TT?'))).toThrow('at byte 4');
  });
});

describe('looksLikeUbjson', () => {
  it('tells what XGBoost writes from JSON', () => {
    expect(looksLikeUbjson(bytesOf('{L'))).toBe(true);
    for (const json of ['{"', '{ ', '{}', '[L', '', '{']) expect(looksLikeUbjson(bytesOf(json))).toBe(false);
  });
});
