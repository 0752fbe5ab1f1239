import type { ForestFeature, ProductColumns, RequestColumn } from '../../src/ranking/forest/columns.ts';

/** Uniform from 0 to 1, the same sequence for the same seed. */
export type Random = () => number;

/** Products as columns, by row. */
export interface Shelf {
  readonly productCount: number;
  readonly categories: Uint16Array;
  readonly brands: Uint16Array;
  readonly prices: Float64Array;
  readonly tiers: Uint8Array;
  readonly perishables: Uint8Array;
  readonly popularities: Float32Array;
}

/** A customer as the features see one. */
export interface Shopper {
  /** Values of the nine features that describe the customer alone. */
  readonly facts: readonly number[];
  readonly averagePrice: number;
  readonly averageSpend: number;
  readonly categoryShares: readonly number[];
  readonly categoryRecencies: readonly number[];
  readonly brandShares: readonly number[];
}

const CATEGORIES = 12;
const BRANDS = 180;
const FACTS = 9;

/** Nine features of the customer, four of the product, two of both through the price, two the category, one the brand. */
export const FEATURES: readonly ForestFeature[] = [
  ...Array.from({ length: FACTS }, (): ForestFeature => ({ kind: 'customer' })),
  { kind: 'product' },
  { kind: 'product' },
  { kind: 'product' },
  { kind: 'product' },
  { kind: 'axis', axis: 'price' },
  { kind: 'axis', axis: 'price' },
  { kind: 'key', key: 'category' },
  { kind: 'key', key: 'category' },
  { kind: 'key', key: 'brand' },
];

export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createShelf(productCount: number, random: Random): Shelf {
  const categories = Uint16Array.from({ length: productCount }, () => Math.floor(CATEGORIES * random() ** 1.5));
  return {
    productCount,
    categories,
    // A brand sells in a few categories.
    brands: categories.map((category) => (category * 15 + Math.floor(40 * random() ** 2)) % BRANDS),
    prices: Float64Array.from(
      categories,
      (category) => Math.round(100 * Math.exp(0.5 + category / 6 + 2.2 * random() + random())) / 100,
    ),
    tiers: Uint8Array.from(categories, () => Math.floor(3 * random())),
    perishables: Uint8Array.from(categories, (category) => Number(category < 4 && random() < 0.7)),
    popularities: Float32Array.from(categories, () => -Math.log(1 - random())),
  };
}

export function createShopper(random: Random): Shopper {
  const shares = (length: number): number[] => Array.from({ length }, () => random() ** 4);
  return {
    facts: Array.from({ length: FACTS }, (_, fact) =>
      fact === 0 && random() < 0.1 ? NaN : Math.exp(2 * random()) * (fact + 1),
    ),
    averagePrice: Math.exp(1 + 3 * random()),
    averageSpend: Math.exp(2 + 3 * random()),
    categoryShares: shares(CATEGORIES),
    // Missing where the customer never bought.
    categoryRecencies: Array.from({ length: CATEGORIES }, () => (random() < 0.3 ? NaN : Math.floor(365 * random()))),
    brandShares: shares(BRANDS),
  };
}

export function toProductColumns(shelf: Shelf): ProductColumns {
  const { productCount, categories, brands, prices, tiers, perishables, popularities } = shelf;
  return {
    productCount,
    products: new Map<number, ArrayLike<number>>([
      [9, prices],
      [10, tiers],
      [11, perishables],
      [12, popularities],
    ]),
    keys: { category: categories, brand: brands },
    axes: { price: prices },
    similarity: productCount > 50_000 ? [categories, prices] : [prices],
  };
}

export function toRequest(shopper: Shopper): RequestColumn[] {
  const { facts, averagePrice, averageSpend, categoryShares, categoryRecencies, brandShares } = shopper;
  return [
    ...facts.map((value): RequestColumn => ({ kind: 'customer', value })),
    { kind: 'product' },
    { kind: 'product' },
    { kind: 'product' },
    { kind: 'product' },
    { kind: 'axis', valueOf: (price) => price / averagePrice },
    { kind: 'axis', valueOf: (price) => Math.min(price / averageSpend, 5) },
    { kind: 'key', values: categoryShares },
    { kind: 'key', values: categoryRecencies },
    { kind: 'key', values: brandShares },
  ];
}

/** The row-major matrix of the same values that XGBoost predicts. */
export function toMatrix(shelf: Shelf, shopper: Shopper, rows?: readonly number[]): Float32Array {
  const columns = toProductColumns(shelf);
  const request = toRequest(shopper);
  const count = rows?.length ?? shelf.productCount;
  const matrix = new Float32Array(count * FEATURES.length);
  request.forEach((column, feature) => {
    const kind = FEATURES[feature] as ForestFeature;
    for (let index = 0; index < count; index += 1) {
      const row = rows === undefined ? index : (rows[index] as number);
      matrix[index * FEATURES.length + feature] = valueOf(columns, kind, column, { feature, row });
    }
  });
  return matrix;
}

function valueOf(
  { products, keys, axes }: ProductColumns,
  kind: ForestFeature,
  column: RequestColumn,
  { feature, row }: { feature: number; row: number },
): number {
  if (column.kind === 'customer') return column.value;
  if (column.kind === 'product') return products.get(feature)?.[row] ?? NaN;
  if (column.kind === 'key' && kind.kind === 'key') return column.values[keys[kind.key]?.[row] ?? -1] ?? NaN;
  if (column.kind === 'axis' && kind.kind === 'axis') return column.valueOf(axes[kind.axis]?.[row] ?? NaN);
  throw new Error(`feature ${feature} has no value`);
}

/** Whether a shopper liked what a row of the matrix describes: something that trees have to work for. */
export function drawLabel(row: Float32Array, random: Random): number {
  const at = (feature: number): number => (Number.isNaN(row[feature]) ? 0 : (row[feature] as number));
  const margin =
    2 * at(15) +
    2.5 * at(17) +
    0.4 * at(12) -
    Math.abs(Math.log(at(13))) +
    0.5 * at(11) * Number(at(1) > 6) -
    0.4 * at(10) * Number(at(2) > 9) +
    0.3 * Math.sin(at(3) / 4) * at(14) -
    0.001 * at(16) * at(12) +
    0.2 * Math.sin(at(5)) * at(10) +
    0.3 * Math.cos(at(6) / 7) * at(12) +
    0.2 * Number(at(4) > 15) * at(15) -
    0.05 * at(14) * Number(at(7) > 30) -
    1;
  return Number(random() < 1 / (1 + Math.exp(-margin)));
}
