/** What a feature's value depends on besides the customer, and so how often it has to be computed. */
export type ForestFeature =
  /** Nothing: one value per request. */
  | { readonly kind: 'customer' }
  /** The product alone: one value per product and snapshot. */
  | { readonly kind: 'product' }
  /** A code of the product, such as its category: one value per code and request. */
  | { readonly kind: 'key'; readonly key: string }
  /** A number of the product, such as its price, in which the value only rises or only falls. */
  | { readonly kind: 'axis'; readonly axis: string }
  /** The product, but nearly all of them share one value. */
  | { readonly kind: 'sparse' }
  /** The product: one value per product and request. */
  | { readonly kind: 'dense' };

/** What is known of the products of a snapshot. Every list has one element per row. */
export interface ProductColumns {
  readonly productCount: number;
  /**
   * Values of the features of kind `product`, by feature; NaN is missing. For a feature of kind `dense`, if anything, what
   * its values have in common for all customers: bounds are closer the more of a value that tells.
   */
  readonly products: ReadonlyMap<number, ArrayLike<number>>;
  /** Codes from 0 to 65,535, by name of the key. */
  readonly keys: Readonly<Record<string, ArrayLike<number>>>;
  /** Values by name of the axis; NaN is missing. */
  readonly axes: Readonly<Record<string, ArrayLike<number>>>;
  /**
   * What makes products similar, most telling first, such as codes that many products share: scoring is faster the more the
   * products of a block have in common. Products that are the same in all of it are laid out by what the forest asks about
   * them. Results do not depend on it.
   */
  readonly similarity: readonly ArrayLike<number>[];
}

/** The list of a snapshot that a feature depends on; undefined where it needs none or it is missing. */
export function listOf(
  feature: ForestFeature,
  index: number,
  { products, keys, axes }: ProductColumns,
): ArrayLike<number> | undefined {
  switch (feature.kind) {
    case 'product':
      return products.get(index);
    case 'key':
      return keys[feature.key];
    case 'axis':
      return axes[feature.axis];
    case 'customer':
    case 'sparse':
    case 'dense':
      return undefined;
  }
}

/** The values of one feature in one request; NaN is missing. Has the kind that the engine was told. */
export type RequestColumn =
  | { readonly kind: 'customer'; readonly value: number }
  | { readonly kind: 'product' }
  /** By code; codes behind the end are missing. */
  | { readonly kind: 'key'; readonly values: ArrayLike<number> }
  /** Never rising or never falling over all numbers, and missing for none or for all of them. */
  | { readonly kind: 'axis'; readonly valueOf: (value: number) => number }
  | {
      readonly kind: 'sparse';
      readonly otherwise: number;
      readonly values: Iterable<readonly [row: number, value: number]>;
    }
  /** By row. */
  | { readonly kind: 'dense'; readonly values: ArrayLike<number> };
