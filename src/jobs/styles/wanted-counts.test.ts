import { describe, expect, it } from 'vitest';
import { WantedCounts } from './wanted-counts.ts';

function countsOf(...given: readonly (readonly [region: string, place: number, count: number])[]): WantedCounts {
  const counts = new WantedCounts(3);
  for (const [region, place, count] of given) counts.add(region, { products: [place], counts: [count] });
  return counts;
}

describe('WantedCounts', () => {
  it('draw a region’s own counts towards everybody’s', () => {
    const wantedIn = countsOf(['West', 0, 4], ['West', 0, 2], ['South', 1, 6]).byRegion((wanted) => [...wanted]);
    // Everybody: 6, 6, 0 with a mean of 4; five means' worth of it, and 1.
    expect(wantedIn('West')).toEqual([6 + 7.5 + 1, 7.5 + 1, 1]);
    expect(wantedIn('South')).toEqual([7.5 + 1, 6 + 7.5 + 1, 1]);
  });

  it('are everybody’s in a region that is not known, and equal where nobody chose anything', () => {
    expect(countsOf(['West', 2, 3]).byRegion((wanted) => [...wanted])('Midwest')).toEqual([1, 1, 16]);
    expect(new WantedCounts(2).byRegion((wanted) => [...wanted])('West')).toEqual([1, 1]);
  });

  it('are given to create once a region', () => {
    let calls = 0;
    const created = countsOf(['West', 0, 1]).byRegion(() => (calls += 1));
    expect([created('West'), created('West'), created('South')]).toEqual([1, 1, 2]);
  });
});
