import { describe, expect, it } from 'vitest';
import { BRANDS, CATEGORIES } from './assortment.ts';
import { createCatalog, PRODUCT_COUNT, type Product } from './catalog.ts';

const SEEDS = [1, 7, 42];

function share(products: readonly Product[], predicate: (product: Product) => boolean): number {
  return products.filter(predicate).length / products.length;
}

describe('the assortment', () => {
  it('has 12 categories in the six departments and 40 brands', () => {
    expect(CATEGORIES.map(({ id }) => id)).toEqual(
      Array.from({ length: 12 }, (_, index) => `CAT-${String(index + 1).padStart(3, '0')}`),
    );
    expect(new Set(CATEGORIES.map(({ department }) => department))).toEqual(
      new Set(['Apparel', 'Footwear', 'Home', 'Accessories', 'Beauty', 'Electronics']),
    );
    expect(new Set(BRANDS).size).toBe(40);
  });
});

describe.each(SEEDS)('the catalog of seed %i', (seed) => {
  const { products, productsOf, categoryOf } = createCatalog(seed);

  it('has 2,000 products whose ids are their places', () => {
    expect(products).toHaveLength(PRODUCT_COUNT);
    expect(products.every(({ id }, index) => id === index)).toBe(true);
  });

  it('is the same for the same seed', () => {
    expect(createCatalog(seed).products).toEqual(products);
  });

  it('has about as many products in each category, and lists them there', () => {
    for (const [category, ids] of productsOf.entries()) {
      expect(ids.length).toBeGreaterThan(120);
      expect(ids.length).toBeLessThan(215);
      for (const id of ids) expect([products[id]?.category, categoryOf[id]]).toEqual([category, category]);
    }
    expect(productsOf.reduce((sum, ids) => sum + ids.length, 0)).toBe(PRODUCT_COUNT);
  });

  it('has at least 5 brands in each category', () => {
    for (const ids of productsOf) {
      expect(new Set(Array.from(ids, (id) => products[id]?.brand)).size).toBeGreaterThanOrEqual(5);
    }
  });

  it('has prices in whole cents with a mean of about 135 dollars, and tiers by price', () => {
    const mean = products.reduce((sum, { price }) => sum + price, 0) / products.length;
    expect(mean).toBeGreaterThan(125);
    expect(mean).toBeLessThan(145);
    for (const { price, tier } of products) {
      expect(Number(price.toFixed(2))).toBeCloseTo(price, 9);
      expect(tier).toBe(price < 50 ? 'daily_staple' : price < 150 ? 'mid_range' : 'premium');
    }
    expect(share(products, ({ tier }) => tier === 'daily_staple')).toBeGreaterThan(0.1);
    expect(share(products, ({ tier }) => tier === 'premium')).toBeGreaterThan(0.25);
  });

  it('has perishable products in Beauty only, about 30 % there', () => {
    const isBeauty = ({ category }: Product): boolean => CATEGORIES[category]?.department === 'Beauty';
    expect(products.filter((product) => product.isPerishable && !isBeauty(product))).toEqual([]);
    expect(Math.abs(share(products.filter(isBeauty), (product) => product.isPerishable) - 0.3)).toBeLessThan(0.08);
  });

  it('has relative prices of mean 0 and deviation 1 within each category', () => {
    for (const ids of productsOf) {
      const scores = Array.from(ids, (id) => products[id]?.relativePrice ?? NaN);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      expect(mean).toBeCloseTo(0, 9);
      expect(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length).toBeCloseTo(1, 9);
    }
  });
});
