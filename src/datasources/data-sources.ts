import { WorkSlices } from '../batching/work-slices.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Factorization } from '../ranking/factorization.ts';
import type { Ranker } from '../ranking/rank.ts';
import type { ServingStore, StatementOptions } from '../stores/serving-store.ts';
import { CurrentSnapshots } from './current-snapshots.ts';
import { createCustomerSources, CustomersDataSource, type CustomerSources } from './customers.ts';
import { createInventorySources, InventoryDataSource, type InventorySources } from './inventory.ts';
import { createProductSources, ProductsDataSource, type ProductSources } from './products.ts';
import { createPurchaseSource, PurchasesDataSource, type PurchaseSource } from './purchases.ts';
import { RecommendationsDataSource } from './recommendations.ts';
import type { SourceDependencies } from './sources.ts';

/** Everything a resolver may ask, one set per request. */
export interface DataSources {
  readonly customers: CustomersDataSource;
  readonly products: ProductsDataSource;
  readonly inventory: InventoryDataSource;
  readonly purchases: PurchasesDataSource;
  readonly recommendations: RecommendationsDataSource;
}

/** How the data sources rank and judge ages. */
export interface DataSourcePolicy {
  readonly featuresMaxAgeMs: number;
  readonly snapshotMaxAgeMs: number;
  readonly snapshotDeadlineMs: number;
  readonly propensityWeight: number;
  readonly repeatDays: number;
}

/** What lives as long as the process and is shared by the data sources of all requests. */
export interface SharedSources {
  readonly store: ServingStore;
  readonly metrics: Metrics;
  readonly ratings: Factorization | null;
  readonly policy: DataSourcePolicy;
  readonly customers: CustomerSources;
  readonly products: ProductSources;
  readonly inventory: InventorySources;
  readonly purchases: PurchaseSource;
  readonly snapshots: CurrentSnapshots;
  readonly slices: WorkSlices;
}

/** Creates the shared part, once per process. */
export function createSharedSources(
  dependencies: SourceDependencies & {
    readonly ranker: Ranker | null;
    /** Predicts ratings; null where affinities are the ranking model's probabilities. */
    readonly ratings: Factorization | null;
    readonly policy: DataSourcePolicy;
    readonly logger: Logger;
  },
): SharedSources {
  const { store, metrics, ranker, ratings, policy, logger } = dependencies;
  return {
    store,
    metrics,
    ratings,
    policy,
    customers: createCustomerSources(dependencies),
    products: createProductSources(dependencies),
    inventory: createInventorySources(dependencies),
    purchases: createPurchaseSource(dependencies),
    slices: new WorkSlices(),
    snapshots: new CurrentSnapshots({
      store,
      metrics,
      logger,
      ranker,
      maxAgeMs: policy.snapshotMaxAgeMs,
      deadlineMs: policy.snapshotDeadlineMs,
    }),
  };
}

/**
 * Creates the data sources of one request: cheap, holds nothing but the request's memo.
 * @param onServed told the store of each statement that this request waits for, where several stores serve.
 */
export function createDataSources(shared: SharedSources, onServed?: StatementOptions['onServed']): DataSources {
  const { store, metrics, ratings, policy, snapshots, slices } = shared;
  const customers = new CustomersDataSource({
    sources: shared.customers,
    store,
    featuresMaxAgeMs: policy.featuresMaxAgeMs,
    now: Date.now,
    onServed,
  });
  const products = new ProductsDataSource(shared.products, store, onServed);
  const inventory = new InventoryDataSource(shared.inventory, onServed);
  return {
    customers,
    products,
    inventory,
    purchases: new PurchasesDataSource(shared.purchases, onServed),
    recommendations: new RecommendationsDataSource({
      customers,
      products,
      inventory,
      snapshots: snapshots.current,
      slices,
      ratings,
      propensityWeight: policy.propensityWeight,
      repeatDays: policy.repeatDays,
      metrics,
    }),
  };
}
