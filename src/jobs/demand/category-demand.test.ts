import { describe, expect, it } from 'vitest';
import { CategoryDemand, DEMAND_DAYS } from './category-demand.ts';

const CATEGORY_OF = [0, 1];

/** So many looks at the product of each category on each day, by region. */
function demandBy(countOf: (region: number, category: number, day: number) => number): CategoryDemand {
  const looks = { regions: [] as number[], products: [] as number[], days: [] as number[], weights: [] as number[] };
  for (const region of [0, 1]) {
    for (const product of CATEGORY_OF) {
      for (let day = 0; day < DEMAND_DAYS; day += 1) {
        looks.regions.push(region);
        looks.products.push(product);
        looks.days.push(day);
        looks.weights.push(countOf(region, product, day));
      }
    }
  }
  return new CategoryDemand(looks, CATEGORY_OF, 2);
}

describe('shares of the categories on a day', () => {
  it('are what the region likes, add up to 1, and are what everybody likes for region -1', () => {
    const demand = demandBy((region, category) => (region === category ? 30 : 10));
    expect(demand.sharesOn(0, 90)[0]).toBeCloseTo(0.75, 1);
    expect(demand.sharesOn(1, 90)[0]).toBeCloseTo(0.25, 1);
    expect(demand.sharesOn(-1, 90)[0]).toBeCloseTo(0.5, 6);
    for (const region of [-1, 0, 1]) {
      expect(demand.sharesOn(region, 90).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
  });

  it('follow the seasons, and stay as on the first day before it', () => {
    const demand = demandBy((_, category, day) => (category === 0 ? 10 : 10 + day));
    const shareOn = (day: number): number => demand.sharesOn(0, day)[1] as number;
    expect(shareOn(170)).toBeGreaterThan(shareOn(90) + 0.03);
    expect(shareOn(90)).toBeGreaterThan(shareOn(5) + 0.2);
    expect(shareOn(-4000)).toBe(shareOn(0));
  });

  it('are equal where nobody looked at anything', () => {
    expect([...new CategoryDemand({ regions: [], products: [], days: [], weights: [] }, CATEGORY_OF, 0).sharesOn(-1, 3)]).toEqual([0.5, 0.5]); // prettier-ignore
  });
});
