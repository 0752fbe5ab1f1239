import { describe, expect, it } from 'vitest';
import { readRecommendCall, readRowCall, regionOfZipCode } from './recommend-call.ts';

describe('regionOfZipCode', () => {
  it.each([
    ['10001', 'NORTHEAST'],
    ['30301', 'SOUTHEAST'],
    ['48201', 'MIDWEST'],
    ['60601', 'SOUTH'],
    ['75201', 'SOUTH'],
    ['80202', 'WEST'],
    ['9', 'WEST'],
    ['', 'NORTHEAST'],
    ['SW1A', 'NORTHEAST'],
  ])('takes the first digit of "%s" as the replaced service does', (zipCode, region) => {
    expect(regionOfZipCode(zipCode)).toBe(region);
  });
});

describe('readRecommendCall', () => {
  it('fills in the defaults of the replaced service', () => {
    expect(readRecommendCall({ customer_id: '1000000' })).toEqual({
      customerId: '1000000',
      zipCode: '10001',
      topN: 5,
    });
  });

  it('repeats a zip code as it came', () => {
    expect(readRecommendCall({ customer_id: 1, zip_code: 60601, top_n: '3' })).toEqual({
      customerId: '1',
      zipCode: '60601',
      topN: 3,
    });
  });

  it.each([
    [{}, 'customer_id must be a whole number from 0.'],
    [{ customer_id: 1.5 }, 'customer_id must be a whole number from 0.'],
    [{ customer_id: -1 }, 'customer_id must be a whole number from 0.'],
    [{ customer_id: 2 ** 53 }, 'customer_id must be a whole number from 0.'],
    [{ customer_id: "1' OR '1'='1" }, 'customer_id must be a whole number from 0.'],
    [{ customer_id: 1, top_n: 0 }, 'top_n must be a whole number from 1 to 50.'],
    [{ customer_id: 1, top_n: 51 }, 'top_n must be a whole number from 1 to 50.'],
    [{ customer_id: 1, top_n: 'many' }, 'top_n must be a whole number from 1 to 50.'],
    [{ customer_id: 1, zip_code: ['10001'] }, 'zip_code must be a text.'],
  ])('refuses %j and names the field', (fields, message) => {
    expect(() => readRecommendCall(fields)).toThrow(message);
  });
});

describe('readRowCall', () => {
  const wanted = { customerId: '7', zipCode: '94110', topN: 2 };
  const fields = { customer_id: 7, zip_code: '94110', top_n: 2 };

  it.each([
    ['an object', [fields]],
    ['JSON text', [JSON.stringify(fields)]],
    ['an object one level down', [{ params: fields }]],
    ['JSON text of an object one level down', [JSON.stringify({ params: fields })]],
    ['the three values', [7, '94110', 2]],
  ])('reads %s', (_form, args) => {
    expect(readRowCall(args)).toEqual(wanted);
  });

  it.each([
    [[], 'customer_id must be'],
    [['{"customer_id":'], 'not JSON'],
    [[{ params: { customer: 7 } }], 'customer_id must be'],
    [[[7]], 'customer_id must be'],
  ])('refuses %j', (args, message) => {
    expect(() => readRowCall(args)).toThrow(message);
  });
});
