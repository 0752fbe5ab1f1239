import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidModelError } from '../errors.ts';
import { parseJson } from './parse-json.ts';

const read = (text: string): unknown => parseJson(Buffer.from(text));

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes brackets, quotes and names in texts for texts', () => {
    const names = ['['.repeat(100), '{"a":"}', '\\', '\\"NaN', 'é NaN'];
    expect(read(JSON.stringify(names))).toEqual(names);
  });

  it('gives an empty text for NaN, and nothing for other names', () => {
    expect(read('{"a":[NaN,1,NaN],"NaN":2}')).toEqual({ a: ['', 1, ''], NaN: 2 });
    for (const text of ['[Nan]', '[N]', '[NaNN]', '[Infinity]', 'N']) expect(() => read(text)).toThrow('no JSON');
  });

  it.each([
    ['no JSON', '{"a":'],
    ['no JSON', '"'],
    ['more than 64 levels deep', '['.repeat(65)],
    ['more values', `[${'1,'.repeat(4_100_000)}1]`],
    ['more values', `[${'{},'.repeat(500_000)}1]`],
    ['more values', `{${'"":1,'.repeat(500_000)}"":1}`],
    ['more values', `[${'NaN,'.repeat(2_100_000)}1]`],
  ])('refuses, with the reason %s, %.20s…', (reason, text) => {
    let refusal: unknown;
    try {
      read(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidModelError);
    expect(String(refusal)).toContain(reason);
  });
});
