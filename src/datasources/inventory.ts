import { groupByKey, indexByKey } from '../batching/align.ts';
import {
  createRequestLoader,
  type BatchSource,
  type OnServed,
  type RequestLoader,
} from '../batching/request-loader.ts';
import { requireIds } from './arguments.ts';
import { requireRegion, type Region, type RegionArguments } from './region.ts';
import { createStatementSource, idText, type SourceDependencies } from './sources.ts';

/** Live stock of one product in one region. */
export interface InventoryRow {
  readonly product_id: string;
  readonly region: Region;
  readonly warehouse_name: string;
  readonly quantity_on_hand: number;
  readonly estimated_delivery_days: number;
  readonly updated_at: Date;
}

/** One product in one region. */
export interface ProductRegion {
  readonly productId: string;
  readonly region: Region;
}

/** Process-wide sources of stock. Never cached: the answer is live. */
export interface InventorySources {
  readonly byProductRegion: BatchSource<ProductRegion, InventoryRow>;
  readonly byProduct: BatchSource<string, readonly InventoryRow[]>;
}

const pairText = ({ productId, region }: ProductRegion): string => `${region}:${productId}`;

/** Creates them, coalesced. */
export function createInventorySources(dependencies: SourceDependencies): InventorySources {
  return {
    byProductRegion: createStatementSource<ProductRegion, InventoryRow, InventoryRow>(dependencies, {
      statement: 'inventory_by_product_regions',
      keyText: pairText,
      parameters: (pairs) => [pairs.map((pair) => pair.productId), pairs.map((pair) => pair.region)],
      align: (rows) => indexByKey(rows, (row) => pairText({ productId: row.product_id, region: row.region })),
    }),
    byProduct: createStatementSource<string, InventoryRow, readonly InventoryRow[]>(dependencies, {
      statement: 'inventory_by_products',
      keyText: idText,
      parameters: (ids) => [ids],
      align: (rows, ids) => groupByKey(rows, (row) => row.product_id, ids),
    }),
  };
}

/** Live stock, one instance per request: a request sees one answer for a product and region. */
export class InventoryDataSource {
  readonly #byPair: RequestLoader<ProductRegion, InventoryRow>;
  readonly #byProduct: RequestLoader<string, readonly InventoryRow[]>;

  constructor(sources: InventorySources, onServed?: OnServed) {
    this.#byPair = createRequestLoader('inventoryByProductRegion', sources.byProductRegion, pairText, onServed);
    this.#byProduct = createRequestLoader('inventoriesByProductId', sources.byProduct, idText, onServed);
  }

  /** Stock where the arguments say; null where the region does not keep it. @throws BadUserInputError without a place. */
  async ofProduct(productId: string, where: RegionArguments): Promise<InventoryRow | null> {
    return this.#byPair.load({ productId, region: requireRegion(where) });
  }

  /** Stock of several products, in the order of the ids. @throws BadUserInputError for malformed or too many ids. */
  async ofProducts(productIds: readonly string[], where: RegionArguments): Promise<(InventoryRow | null)[]> {
    const region = requireRegion(where);
    return this.inRegion(requireIds('productIds', productIds), region);
  }

  /** Stock of products whose ids come from our own rows. */
  async inRegion(productIds: readonly string[], region: Region): Promise<(InventoryRow | null)[]> {
    return Promise.all(productIds.map((productId) => this.#byPair.load({ productId, region })));
  }

  /** Stock in every region that keeps the product, by region name. */
  async everywhere(productId: string): Promise<readonly InventoryRow[]> {
    return (await this.#byProduct.load(productId)) ?? [];
  }
}
