import { randomUUID } from 'node:crypto';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import {
  predictAffinity,
  rank,
  type RankedItem,
  type RankedList,
  type Ranker,
  type RankOptions,
  type Strategy,
} from '../ranking/rank.ts';
import { coldFeatures, coldTastes, type CustomerSignals, type NeighbourRow } from '../ranking/signals.ts';
import type { RegionSnapshot } from '../ranking/snapshot.ts';
import { optionalDecimal, optionalInRange, optionalTexts, requireId, requireIds, requireInRange } from './arguments.ts';
import type { CustomerRow, CustomersDataSource } from './customers.ts';
import type { InventoryDataSource, InventoryRow } from './inventory.ts';
import type { ProductsDataSource } from './products.ts';
import { regionOf, type Region, type RegionArguments } from './region.ts';
import type { RegionSnapshots } from './region-snapshots.ts';

/** Which products may appear; absent and null fields filter nothing. */
export interface RecommendationFilter {
  readonly categoryIds?: readonly string[] | null | undefined;
  readonly priceMax?: string | null | undefined;
  readonly excludeProductIds?: readonly string[] | null | undefined;
  readonly maxPerCategory?: number | null | undefined;
}

/** What list is wanted. */
export interface RecommendationArguments extends RegionArguments {
  readonly first: number;
  readonly strategy: Strategy;
  readonly filter?: RecommendationFilter | null | undefined;
}

/** One product of a list with its live stock; `inventory` is null when it could not be read. */
export interface RecommendationModel extends RankedItem {
  readonly rank: number;
  readonly inventory: InventoryRow | null;
}

/** A ranked list and how it came about. */
export interface RecommendationListModel extends Omit<RankedList, 'items'> {
  readonly id: string;
  readonly customer: CustomerRow;
  readonly region: Region;
  readonly strategy: Strategy;
  readonly items: readonly RecommendationModel[];
  readonly asOf: Date;
  readonly timings: {
    readonly totalMs: number;
    readonly featuresMs: number;
    readonly rankingMs: number;
    readonly stockMs: number;
  };
}

/** What the data source of one request needs. */
export interface RecommendationsDependencies {
  readonly customers: CustomersDataSource;
  readonly products: ProductsDataSource;
  readonly inventory: InventoryDataSource;
  readonly snapshots: RegionSnapshots;
  /** The ranking model, or null to run without one. */
  readonly ranker: Ranker | null;
  readonly propensityWeight: number;
  readonly repeatDays: number;
  readonly metrics: Metrics;
}

const LIST_LENGTH_MAX = 50;
const EXCLUDED_MAX = 500;
/** Ranked beyond what was asked, to fill the places of winners that sold out after the snapshot was taken. */
const SPARE_WINNERS = 10;

/** Ranked lists, one instance per request. */
export class RecommendationsDataSource {
  readonly #dependencies: RecommendationsDependencies;

  constructor(dependencies: RecommendationsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The list of one customer, null where the customer is unknown. @throws BadUserInputError for unusable arguments. */
  async forCustomerId(customerId: string, wanted: RecommendationArguments): Promise<RecommendationListModel | null> {
    const options = this.#rankOptions(wanted);
    const customer = await this.#dependencies.customers.byId(customerId, 'customerId');
    return customer && this.#list(customer, wanted, options);
  }

  /** Lists in the order of the ids, null where unknown. @throws BadUserInputError for unusable arguments. */
  async forCustomerIds(
    customerIds: readonly string[],
    wanted: RecommendationArguments,
  ): Promise<(RecommendationListModel | null)[]> {
    const options = this.#rankOptions(wanted);
    const customers = await this.#dependencies.customers.byIds(customerIds, 'customerIds');
    return Promise.all(customers.map(async (customer) => (customer ? this.#list(customer, wanted, options) : null)));
  }

  /** The list of a customer already at hand. @throws BadUserInputError for unusable arguments. */
  async forCustomer(customer: CustomerRow, wanted: RecommendationArguments): Promise<RecommendationListModel> {
    return this.#list(customer, wanted, this.#rankOptions(wanted));
  }

  /** The model's probability for one product in the customer's home region; null where it cannot be told. */
  async affinity(productId: string, customerId: string): Promise<number | null> {
    const { customers, snapshots, ranker } = this.#dependencies;
    const customer = await customers.byId(requireId('customerId', customerId), 'customerId');
    if (!customer || !ranker) return null;
    const [signals, snapshot] = await Promise.all([this.#signals(customerId), snapshots.of(customer.home_region)]);
    return predictAffinity(snapshot, signals, ranker, productId);
  }

  async #list(
    customer: CustomerRow,
    wanted: RecommendationArguments,
    options: RankOptions,
  ): Promise<RecommendationListModel> {
    const startedAt = performance.now();
    const region = regionOf(wanted) ?? customer.home_region;
    const [signals, snapshot] = await Promise.all([
      this.#signals(customer.customer_id),
      this.#dependencies.snapshots.of(region),
    ]);
    const neighbours = await this.#neighbours(signals, wanted.strategy);
    const loadedAt = performance.now();
    const ranked = this.#rank(snapshot, signals, neighbours, options);
    const rankedAt = performance.now();
    const live = await this.#liveStock(ranked.items, region);
    const endedAt = performance.now();
    const items = ranked.items
      .map((item, index) => ({ ...item, inventory: live?.[index] ?? null }))
      .filter((item) => live === null || (item.inventory?.quantity_on_hand ?? 0) > 0)
      .slice(0, wanted.first)
      .map((item, index) => ({ ...item, rank: index + 1 }));
    const degraded = ranked.degraded || live === null;
    this.#dependencies.metrics.rankedLists.inc({ rung: ranked.rung, degraded: String(degraded) });
    return {
      ...ranked,
      id: randomUUID(),
      customer,
      region,
      strategy: wanted.strategy,
      degraded,
      items,
      asOf: snapshot.asOf,
      timings: {
        totalMs: endedAt - startedAt,
        featuresMs: loadedAt - startedAt,
        rankingMs: rankedAt - loadedAt,
        stockMs: endedAt - rankedAt,
      },
    };
  }

  #rank(
    snapshot: RegionSnapshot,
    signals: CustomerSignals,
    neighbours: ReadonlyMap<string, readonly NeighbourRow[]>,
    options: RankOptions,
  ): RankedList {
    const stopTimer = this.#dependencies.metrics.rankingDuration.startTimer();
    try {
      return rank({ snapshot, signals, neighbours, ranker: this.#dependencies.ranker, options });
    } finally {
      stopTimer();
    }
  }

  /** What is known of a customer: a part whose backend is away is null, and ranking goes one rung down. */
  async #signals(customerId: string): Promise<CustomerSignals> {
    const { customers } = this.#dependencies;
    const now = new Date();
    const [features, tastes, propensities] = await Promise.all([
      orNullWhenUpstreamFails(customers.featuresOf(customerId).then((row) => row ?? coldFeatures(customerId, now))),
      orNullWhenUpstreamFails(customers.tastesOf(customerId).then((row) => row ?? coldTastes(customerId, now))),
      orNullWhenUpstreamFails(customers.propensitiesOf(customerId)),
    ]);
    return {
      features,
      tastes,
      propensities: new Map(propensities?.map((row) => [row.category_id, row.propensity_score])),
    };
  }

  async #neighbours(
    { tastes }: CustomerSignals,
    strategy: Strategy,
  ): Promise<ReadonlyMap<string, readonly NeighbourRow[]>> {
    if (strategy !== 'COLLABORATIVE' || !tastes) return new Map();
    const entries = await Promise.all(
      Object.keys(tastes.recent_products).map(async (productId) => {
        const rows = await orNullWhenUpstreamFails(this.#dependencies.products.neighboursOf(productId));
        return [productId, rows ?? []] as const;
      }),
    );
    return new Map(entries);
  }

  /** Live stock of the winners, or null when it cannot be read: the list then rests on the snapshot alone. */
  async #liveStock(items: readonly RankedItem[], region: Region): Promise<(InventoryRow | null)[] | null> {
    const productIds = items.map((item) => item.productId);
    return orNullWhenUpstreamFails(this.#dependencies.inventory.inRegion(productIds, region));
  }

  #rankOptions({ first, strategy, filter }: RecommendationArguments): RankOptions {
    requireInRange('first', first, 1, LIST_LENGTH_MAX);
    const categoryIds = optionalTexts('filter.categoryIds', filter?.categoryIds);
    const priceMax = optionalDecimal('filter.priceMax', filter?.priceMax);
    const maxPerCategory = optionalInRange('filter.maxPerCategory', filter?.maxPerCategory, 1, LIST_LENGTH_MAX);
    const excluded = requireIds('filter.excludeProductIds', filter?.excludeProductIds ?? [], EXCLUDED_MAX);
    return {
      strategy,
      first: first + SPARE_WINNERS,
      propensityWeight: this.#dependencies.propensityWeight,
      repeatDays: this.#dependencies.repeatDays,
      filter: {
        ...(categoryIds && { categoryIds: new Set(categoryIds) }),
        ...(priceMax !== null && { priceMax: Number(priceMax) }),
        ...(maxPerCategory !== null && { maxPerCategory }),
        excludedProductIds: new Set(excluded),
      },
    };
  }
}

async function orNullWhenUpstreamFails<Value>(loading: Promise<Value>): Promise<Value | null> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof UpstreamTimeoutError || error instanceof UpstreamUnavailableError) return null;
    throw error;
  }
}
