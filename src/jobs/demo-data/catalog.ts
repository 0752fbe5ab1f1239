import { BRANDS, CATEGORIES, STYLES } from './assortment.ts';
import { Random } from './random.ts';

export const PRODUCT_COUNT = 2000;

/** Dimensions of style: what products share beyond category, brand and price, and only behaviour shows. */
export const STYLE_DIMENSIONS = 6;

const PRICE_SPREAD = 0.5;
const POPULARITY_EXPONENT = 0.8;

export type ProductTier = 'daily_staple' | 'mid_range' | 'premium';

/** One product: what the shop knows of it, and what only this generator knows. */
export interface Product {
  readonly id: number;
  readonly name: string;
  /** Index into CATEGORIES. */
  readonly category: number;
  /** Index into BRANDS. */
  readonly brand: number;
  /** Dollars with cents. */
  readonly price: number;
  readonly weightLbs: number;
  readonly isPerishable: boolean;
  readonly tier: ProductTier;
  /** z-score of ln(price) within the category. */
  readonly relativePrice: number;
  /** Log weight that everybody gives it. */
  readonly popularity: number;
  /** Days after which it is used up and bought again; null for durable goods. */
  readonly repeatDays: number | null;
  /** Position in style, STYLE_DIMENSIONS numbers. */
  readonly style: Float64Array;
}

/** All products; a product's index in `products` is its id. */
export interface Catalog {
  readonly products: readonly Product[];
  /** Per category the ids of its products, ascending. */
  readonly productsOf: readonly Int32Array[];
  /** Per product its category. */
  readonly categoryOf: Uint8Array;
}

/** The catalog of a seed. Each brand sells in 2 to 4 categories or more, each category has at least 5 brands. */
export function createCatalog(seed: number): Catalog {
  const random = new Random(seed, 'catalog');
  const brandsOf = brandsByCategory(random);
  const brandStyles = BRANDS.map(() => styleOf(random));
  const ranks = shuffled(random, PRODUCT_COUNT);
  const products = ranks.map((rank, id) => {
    const category = random.integer(0, CATEGORIES.length - 1);
    return createProduct(random, { id, category, brand: random.pick(brandsOf[category] ?? []), rank, brandStyles });
  });
  const positioned = withRelativePrices(products);
  const productsOf = CATEGORIES.map((_, category) =>
    Int32Array.from(positioned.filter((product) => product.category === category).map((product) => product.id)),
  );
  return { products: positioned, productsOf, categoryOf: Uint8Array.from(positioned, (product) => product.category) };
}

function brandsByCategory(random: Random): number[][] {
  const brandsOf = CATEGORIES.map((): number[] => []);
  for (const brand of BRANDS.keys()) {
    const categories = shuffled(random, CATEGORIES.length).slice(0, random.integer(2, 4));
    for (const category of categories) brandsOf[category - 1]?.push(brand);
  }
  for (const brands of brandsOf) {
    while (brands.length < 5) {
      const brand = random.integer(0, BRANDS.length - 1);
      if (!brands.includes(brand)) brands.push(brand);
    }
  }
  return brandsOf;
}

/** The numbers 1 to `count` in random order. */
function shuffled(random: Random, count: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ number: index + 1, key: random.uniform() }))
    .sort((left, right) => left.key - right.key)
    .map(({ number }) => number);
}

function styleOf(random: Random): Float64Array {
  return Float64Array.from({ length: STYLE_DIMENSIONS }, () => random.normal());
}

interface ProductDraft {
  readonly id: number;
  readonly category: number;
  readonly brand: number;
  readonly rank: number;
  readonly brandStyles: readonly Float64Array[];
}

function createProduct(random: Random, { id, category, brand, rank, brandStyles }: ProductDraft): Product {
  const { department, medianPrice, nouns, replenishableShare } = CATEGORIES[category] ?? missing('category', category);
  const price = Math.max(5, Math.round(medianPrice * Math.exp(random.normal(PRICE_SPREAD)))) - 0.01;
  const own = styleOf(random);
  return {
    id,
    name: `${BRANDS[brand] ?? missing('brand', brand)} ${random.pick(STYLES)} ${random.pick(nouns)}`,
    category,
    brand,
    price,
    weightLbs: random.integer(3, 150) / 10,
    isPerishable: department === 'Beauty' && random.chance(0.3),
    tier: price < 50 ? 'daily_staple' : price < 150 ? 'mid_range' : 'premium',
    relativePrice: 0,
    popularity: -POPULARITY_EXPONENT * Math.log(rank),
    repeatDays: random.chance(replenishableShare) ? random.integer(14, 45) : null,
    style: own.map((value, dimension) => 0.75 * value + 0.65 * (brandStyles[brand]?.[dimension] ?? 0)),
  };
}

function withRelativePrices(products: readonly Product[]): Product[] {
  const scales = CATEGORIES.map((_, category) => {
    const logs = products.filter((product) => product.category === category).map(({ price }) => Math.log(price));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return products.map((product) => {
    const { mean, deviation } = scales[product.category] ?? missing('category', product.category);
    return { ...product, relativePrice: (Math.log(product.price) - mean) / deviation };
  });
}

function missing(kind: string, index: number): never {
  throw new RangeError(`There is no ${kind} ${String(index)}`);
}
