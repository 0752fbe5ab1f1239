import { groupByKey, indexByKey } from '../batching/align.ts';
import { createRequestLoader, type BatchSource, type RequestLoader } from '../batching/request-loader.ts';
import { BadUserInputError } from '../errors.ts';
import type { StatementName } from '../generated/statement-names.ts';
import { decodeCursor, encodeCursor, toConnection, type Connection } from '../pagination.ts';
import type { NeighbourRow } from '../ranking/signals.ts';
import type { ServingStore, StatementOptions } from '../stores/serving-store.ts';
import { optionalDecimal, optionalTexts, requireId, requireInRange, requireText } from './arguments.ts';
import { cached, createStatementSource, idText, type SourceDependencies } from './sources.ts';

/** Price tier, as the data writes it. */
export type ProductTier = 'daily_staple' | 'mid_range' | 'premium';

/** A category's id and words, as every row that names a category carries them. */
export interface CategoryColumns {
  readonly category_id: string;
  readonly category_name: string;
  readonly department: string;
}

/** A product with its category's words. */
export interface ProductRow extends CategoryColumns {
  readonly product_id: string;
  readonly product_name: string;
  readonly brand: string;
  /** Exact decimal. */
  readonly price: string;
  readonly currency: string;
  readonly is_perishable: boolean;
  readonly product_tier: ProductTier;
}

export type ProductOrder = 'NAME' | 'PRICE_LOW_TO_HIGH' | 'PRICE_HIGH_TO_LOW';

/** Which products; absent and null fields filter nothing. */
export interface ProductFilter {
  readonly categoryIds?: readonly string[] | null | undefined;
  readonly brands?: readonly string[] | null | undefined;
  readonly tiers?: readonly string[] | null | undefined;
  readonly priceMin?: string | null | undefined;
  readonly priceMax?: string | null | undefined;
  readonly nameContains?: string | null | undefined;
}

/** One page of the catalog. */
export interface ProductPageArguments {
  readonly filter?: ProductFilter | null | undefined;
  readonly orderBy: ProductOrder;
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** Process-wide sources of products. */
export interface ProductSources {
  readonly products: BatchSource<string, ProductRow>;
  readonly neighbours: BatchSource<string, readonly NeighbourRow[]>;
}

/** Creates them: products behind the entity cache, everything coalesced. */
export function createProductSources(dependencies: SourceDependencies): ProductSources {
  const products = createStatementSource<string, ProductRow, ProductRow>(dependencies, {
    statement: 'products_by_ids',
    keyText: idText,
    parameters: (ids) => [ids],
    align: (rows) => indexByKey(rows, (row) => row.product_id),
  });
  return {
    products: cached(dependencies, 'product', idText, products),
    neighbours: createStatementSource<string, NeighbourRow, readonly NeighbourRow[]>(dependencies, {
      statement: 'product_neighbours_by_ids',
      keyText: idText,
      parameters: (ids) => [ids],
      align: (rows, ids) => groupByKey(rows, (row) => row.product_id, ids),
    }),
  };
}

interface Order {
  readonly statement: StatementName;
  readonly sortValue: (product: ProductRow) => string;
  readonly sortPattern: RegExp;
}

const byPrice = { sortValue: (product: ProductRow) => product.price, sortPattern: /^\d{1,12}(\.\d{1,6})?$/ };
const ORDERS: Readonly<Record<ProductOrder, Order>> = {
  NAME: {
    statement: 'products_by_name',
    sortValue: (product) => product.product_name,
    sortPattern: /^\P{Cc}{1,1000}$/u,
  },
  PRICE_LOW_TO_HIGH: { statement: 'products_by_price_ascending', ...byPrice },
  PRICE_HIGH_TO_LOW: { statement: 'products_by_price_descending', ...byPrice },
};

/** The catalog, one instance per request. A lookup goes request memo, entity cache, coalesced statement. */
export class ProductsDataSource {
  readonly #store: ServingStore;
  readonly #onServed: StatementOptions['onServed'];
  readonly #productById: RequestLoader<string, ProductRow>;
  readonly #neighboursById: RequestLoader<string, readonly NeighbourRow[]>;

  constructor(sources: ProductSources, store: ServingStore, onServed?: StatementOptions['onServed']) {
    this.#store = store;
    this.#onServed = onServed;
    this.#productById = createRequestLoader('productById', sources.products, idText, onServed);
    this.#neighboursById = createRequestLoader('neighboursByProductId', sources.neighbours, idText, onServed);
  }

  /** Null where there is none. @throws BadUserInputError for a malformed id. */
  async byId(id: string): Promise<ProductRow | null> {
    return this.#productById.load(requireId('id', id));
  }

  /** The nearest products, most similar first. @throws BadUserInputError when `first` is out of range. */
  async similarTo(productId: string, first: number): Promise<ProductRow[]> {
    requireInRange('first', first, 1, 20);
    const neighbours = (await this.neighboursOf(productId)).slice(0, first);
    const products = await Promise.all(neighbours.map(({ neighbour_id }) => this.#productById.load(neighbour_id)));
    return products.filter((product) => product !== null);
  }

  /** The neighbours themselves, most similar first; none for an unknown product. */
  async neighboursOf(productId: string): Promise<readonly NeighbourRow[]> {
    return (await this.#neighboursById.load(productId)) ?? [];
  }

  /**
   * One page of the catalog.
   * @throws BadUserInputError for a filter, page size or cursor that cannot be used.
   */
  async page({ filter, orderBy, first, after }: ProductPageArguments): Promise<Connection<ProductRow>> {
    requireInRange('first', first, 1, 100);
    const order = ORDERS[orderBy];
    const cursor = decodeCursor('after', order.statement, [order.sortPattern, /^\d{1,18}$/], after);
    const parameters = [cursor?.[0] ?? null, cursor?.[1] ?? null, first + 1, ...filterParameters(filter ?? {})];
    const rows = await this.#store.query<ProductRow>(order.statement, parameters, { onServed: this.#onServed });
    return toConnection(rows, {
      first,
      hasPreviousPage: cursor !== null,
      cursorOf: (product) => encodeCursor(order.statement, [order.sortValue(product), product.product_id]),
    });
  }
}

/** Parameters $4 to $9 of the products_by_* statements. */
function filterParameters(filter: ProductFilter): unknown[] {
  const priceMin = optionalDecimal('filter.priceMin', filter.priceMin);
  const priceMax = optionalDecimal('filter.priceMax', filter.priceMax);
  if (priceMin !== null && priceMax !== null && Number(priceMin) > Number(priceMax)) {
    throw new BadUserInputError('filter.priceMin', 'is greater than "filter.priceMax".');
  }
  return [
    optionalTexts('filter.categoryIds', filter.categoryIds),
    optionalTexts('filter.brands', filter.brands),
    optionalTexts('filter.tiers', filter.tiers),
    priceMin,
    priceMax,
    namePattern(filter.nameContains),
  ];
}

/** Text as an ILIKE pattern: what the client wrote is searched for literally. */
function namePattern(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  requireText('filter.nameContains', text, 2, 100);
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
