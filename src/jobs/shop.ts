import type { PostgresSession } from '../clients/postgres.ts';
import { codesOf } from './codes.ts';
import type { ShoppingDays } from './shopping-days.ts';

/** Estimates are learned from so many customers; more of them add little. */
const LEARNING_CUSTOMERS_MAX = 20_000;
/** And from so many products and days that they had to do with, so that memory is bounded where each does a lot. */
const ENTRIES_MAX = 2_000_000;

/** The catalog by numbers, and the customers that estimates are learned from. */
export interface Shop {
  /** By product id; the place in these lists is the product's place in the catalog. */
  readonly productIds: readonly string[];
  /** Code of each product's category, from 0 on. */
  readonly categoryOf: Int32Array;
  readonly categoryIds: readonly string[];
  readonly brandOf: Int32Array;
  readonly brands: readonly string[];
  /** In standard deviations of ln(price) within the category. */
  readonly relativePrices: Float64Array;
  /** Home regions of the customers to learn from. */
  readonly regions: readonly string[];
  readonly customers: readonly ShoppingDays[];
  /** Code of a category; undefined of one without products. */
  readonly categoryCode: (categoryId: string) => number | undefined;
  /** Code of a region; -1 of one that no customer to learn from lives in. */
  readonly regionCode: (region: string) => number;
}

interface ProductRow {
  readonly product_id: string;
  readonly category_id: string;
  readonly brand: string;
  readonly relative_price: number;
}

/**
 * Reads the catalog, whose product_statistics must be filled in, and the first of the pages, until they hold so many
 * customers or enough of what they did; the other pages are left to be read.
 */
export async function readShop(
  session: PostgresSession,
  pages: AsyncGenerator<ShoppingDays[]>,
  customersMax = LEARNING_CUSTOMERS_MAX,
): Promise<Shop> {
  const products = await session.execute<ProductRow>(
    `SELECT product_id, category_id, brand, coalesce(min(relative_price), 0) AS relative_price
     FROM products LEFT JOIN product_statistics USING (product_id)
     GROUP BY product_id ORDER BY product_id`,
  );
  const customers: ShoppingDays[] = [];
  let entries = 0;
  while (customers.length < customersMax && entries < ENTRIES_MAX) {
    const next = await pages.next();
    if (next.done === true) break;
    customers.push(...next.value);
    entries += next.value.reduce((sum, { places }) => sum + places.length, 0);
  }
  const categories = codesOf(products.map((product) => product.category_id));
  const brands = codesOf(products.map((product) => product.brand));
  const regions = codesOf(customers.map(({ region }) => region)).keys;
  const categoryCodes = new Map(categories.keys.map((id, code) => [id, code]));
  const regionCodes = new Map(regions.map((region, code) => [region, code]));
  return {
    productIds: products.map((product) => product.product_id),
    categoryOf: categories.codes,
    categoryIds: categories.keys,
    brandOf: brands.codes,
    brands: brands.keys,
    relativePrices: Float64Array.from(products, (product) => product.relative_price),
    regions,
    customers,
    categoryCode: (id) => categoryCodes.get(id),
    regionCode: (region) => regionCodes.get(region) ?? -1,
  };
}
