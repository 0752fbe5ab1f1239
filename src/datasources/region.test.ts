import { describe, expect, it } from 'vitest';
import { regionOf, requireRegion } from './region.ts';

describe('regionOf', () => {
  it.each([
    ['00501', 'Northeast'],
    ['10001', 'Northeast'],
    ['30301', 'Southeast'],
    ['55401', 'Midwest'],
    ['60601', 'South'],
    ['75201', 'South'],
    ['80202', 'West'],
    ['94105-1234', 'West'],
  ])('finds the region of the zip code %s by its first digit', (zipCode, region) => {
    expect(regionOf({ zipCode })).toBe(region);
  });

  it.each(['', '1000', '100011', 'ABCDE', '10001-', "1' OR 1=1"])('refuses the malformed zip code %j', (zipCode) => {
    expect(() => regionOf({ zipCode })).toThrow('Argument "zipCode" must be a US zip code');
  });

  it('refuses a zip code that contradicts the region, and accepts one that agrees', () => {
    expect(() => regionOf({ zipCode: '10001', region: 'West' })).toThrow('another region');
    expect(regionOf({ zipCode: '10001', region: 'Northeast' })).toBe('Northeast');
  });

  it('is null where nothing is said, and an error where a place is required', () => {
    expect(regionOf({})).toBeNull();
    expect(() => requireRegion({ region: null })).toThrow('Give "region" or "zipCode"');
  });
});
