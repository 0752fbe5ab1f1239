import { createCatalog, type Catalog } from './catalog.ts';
import { createDemand, type Demand } from './demand.ts';
import { createStores, type Store } from './regions.ts';
import { createStock, type Stock } from './stock.ts';
import { createAgeTastes, type AgeTastes } from './tastes.ts';

/** Everything but the customers: the same for the same seed, however many customers live in it. */
export interface World {
  readonly seed: number;
  readonly catalog: Catalog;
  readonly stores: readonly Store[];
  readonly ageTastes: AgeTastes;
  readonly demand: Demand;
  readonly stock: Stock;
}

/** The world of a seed. */
export function createWorld(seed: number): World {
  const catalog = createCatalog(seed);
  return {
    seed,
    catalog,
    stores: createStores(seed),
    ageTastes: createAgeTastes(seed),
    demand: createDemand(seed, catalog),
    stock: createStock(seed),
  };
}
