import { describe, expect, it } from 'vitest';
import { Random } from '../demo-data/random.ts';
import { CategoryDemand, DEMAND_DAYS } from './category-demand.ts';
import { estimateDemand, type Looks } from './demand.ts';

/** Two thirds of the products are of the first category: one product does not make a season. */
const CATEGORY_OF = Array.from({ length: 60 }, (_, product) => Number(product >= 40));
const PRODUCTS = CATEGORY_OF.length;

/** Looks drawn by how many a region's product has on a day. */
function looksBy(rateOf: (region: number, product: number, day: number) => number, regionCount = 2): Looks {
  const random = new Random(7, 'looks');
  const looks = { regions: [] as number[], products: [] as number[], days: [] as number[], weights: [] as number[] };
  for (let region = 0; region < regionCount; region += 1) {
    for (let product = 0; product < PRODUCTS; product += 1) {
      for (let day = 0; day < DEMAND_DAYS; day += 1) {
        for (let count = random.poisson(rateOf(region, product, day)); count > 0; count -= 1) {
          looks.regions.push(region);
          looks.products.push(product);
          looks.days.push(day);
          looks.weights.push(1);
        }
      }
    }
  }
  return looks;
}

function demandOf(looks: Looks, regionCount = 2): number[][] {
  const demand = [...estimateDemand(looks, CATEGORY_OF, new CategoryDemand(looks, CATEGORY_OF, regionCount))];
  return Array.from({ length: regionCount }, (_, region) => demand.slice(region * PRODUCTS, (region + 1) * PRODUCTS));
}

describe('estimateDemand', () => {
  it('is ln of how many times as much a product is wanted as an average one', () => {
    const rateOf = (product: number): number => 0.5 + (product % 4);
    const [region] = demandOf(looksBy((_, product) => rateOf(product))) as [number[]];
    region.forEach((demand, product) => {
      expect(Math.abs(demand - Math.log(rateOf(product) / 2))).toBeLessThan(0.4);
    });
  });

  it('carries a fashion of the last days ahead, in its region alone', () => {
    const looks = looksBy((region, product, day) => (region === 0 && product === 2 && day >= 168 ? 3.3 : 1));
    const [here, elsewhere] = demandOf(looks) as [number[], number[]];
    expect((here[2] as number) - (here[3] as number)).toBeGreaterThan(0.7);
    expect(Math.abs((elsewhere[2] as number) - (elsewhere[3] as number))).toBeLessThan(0.3);
  });

  it('forgets a fashion that is over', () => {
    const looks = looksBy((region, product, day) => (region === 0 && product === 2 && day >= 60 && day < 90 ? 3.3 : 1));
    const [here] = demandOf(looks) as [number[]];
    expect(Math.abs((here[2] as number) - (here[3] as number))).toBeLessThan(0.3);
  });

  it('follows the season of a category', () => {
    const looks = looksBy((_, product, day) => (product >= 40 ? 1 + 2 * (day / DEMAND_DAYS) : 2));
    const [here] = demandOf(looks) as [number[]];
    expect(Math.exp((here[40] as number) - (here[0] as number))).toBeGreaterThan(1.2);
  });

  it('knows a product that nobody looked at to be wanted less, and by how much with care', () => {
    const [here] = demandOf(looksBy((_, product) => (product === 3 ? 0 : 1))) as [number[]];
    expect(here[3]).toBeLessThan((here[0] as number) - 2);
    expect(here.every(Number.isFinite)).toBe(true);
  });

  it('is 0 where nothing happened at all', () => {
    expect(demandOf({ regions: [], products: [], days: [], weights: [] }).flat()).toEqual(Array<number>(120).fill(0));
  });

  it('is the same for the same looks', () => {
    const looks = looksBy(() => 0.5);
    expect(demandOf(looks)).toEqual(demandOf(looks));
  });
});
