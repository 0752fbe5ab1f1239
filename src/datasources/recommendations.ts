import { randomUUID } from 'node:crypto';
import { createRequestLoader, type RequestLoader } from '../batching/request-loader.ts';
import type { WorkSlices } from '../batching/work-slices.ts';
import type { Metrics } from '../metrics.ts';
import { knowsStyle } from '../ranking/collaborative.ts';
import type { Factorization } from '../ranking/factorization.ts';
import {
  prepareAffinities,
  type RankedItem,
  type RankedList,
  type RankOptions,
  type RankRequest,
  type Strategy,
} from '../ranking/rank.ts';
import { coldFeatures, coldTastes, type CustomerSignals, type CustomerTastesRow } from '../ranking/signals.ts';
import type { RegionSnapshot } from '../ranking/snapshot.ts';
import { optionalDecimal, optionalInRange, optionalTexts, requireId, requireIds, requireInRange } from './arguments.ts';
import type { CustomerRow, CustomersDataSource } from './customers.ts';
import type { InventoryDataSource, InventoryRow } from './inventory.ts';
import { ListRankings } from './list-rankings.ts';
import type { ProductsDataSource } from './products.ts';
import { regionOf, type Region, type RegionArguments } from './region.ts';
import type { RegionSnapshots } from './region-snapshots.ts';
import { idText, orNullWhenUpstreamFails } from './sources.ts';

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
  /** The stock, and the model that it is laid out for. */
  readonly snapshots: RegionSnapshots;
  /** In which all requests rank. */
  readonly slices: WorkSlices;
  /** Predicts ratings, where a model of them is installed. */
  readonly ratings: Factorization | null;
  readonly propensityWeight: number;
  readonly repeatDays: number;
  readonly metrics: Metrics;
}

const LIST_LENGTH_MAX = 50;
const EXCLUDED_MAX = 500;
/** Ranked beyond what was asked, to fill the places of winners that sold out after the snapshot was taken. */
const SPARE_WINNERS = 10;

const NO_NEIGHBOURS: RankRequest['neighbours'] = new Map();
const NO_COMPANIONS = { list: [], neighbours: NO_NEIGHBOURS };

/** Ranked lists, one instance per request. */
export class RecommendationsDataSource {
  readonly #dependencies: RecommendationsDependencies;
  readonly #rankings: ListRankings;
  readonly #affinitiesByCustomer = new Map<string, RequestLoader<string, number>>();

  constructor(dependencies: RecommendationsDependencies) {
    const { slices, metrics, snapshots } = dependencies;
    this.#dependencies = dependencies;
    this.#rankings = new ListRankings({ slices, metrics, ranker: snapshots.ranker });
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

  /**
   * The rating that the customer would give, known or not, where a model of ratings is installed; otherwise the ranking
   * model's probability in the customer's home region, null where it cannot be told.
   */
  async affinity(productId: string, customerId: string): Promise<number | null> {
    const id = requireId('customerId', customerId);
    const { ratings } = this.#dependencies;
    if (ratings) return ratings.predict(id, productId);
    const customer = await this.#dependencies.customers.byId(id, 'customerId');
    if (!customer) return null;
    let loader = this.#affinitiesByCustomer.get(customer.customer_id);
    if (!loader) {
      const loadMany = (productIds: readonly string[]) => this.#affinities(productIds, customer);
      loader = createRequestLoader('affinity', { loadMany }, idText);
      this.#affinitiesByCustomer.set(customer.customer_id, loader);
    }
    return loader.load(productId);
  }

  /** One question for all products that a request asks about, so that a model service is called once. */
  async #affinities(
    productIds: readonly string[],
    { customer_id, home_region }: CustomerRow,
  ): Promise<(number | undefined)[]> {
    const { snapshots } = this.#dependencies;
    const { ranker } = snapshots;
    if (!ranker) return productIds.map(() => undefined);
    const [signals, { snapshot, prepared }] = await Promise.all([
      this.#signals(customer_id),
      snapshots.of(home_region),
    ]);
    const rows = productIds.map((productId) => snapshot.rowOf(productId));
    const kept = rows.filter((row) => row !== undefined);
    const subject = { snapshot, prepared, signals, ranker };
    const scores = await this.#rankings.score(prepareAffinities(subject, Int32Array.from(kept)));
    let position = 0;
    return rows.map((row) => (row === undefined ? undefined : scores?.probabilities[position++]));
  }

  async #list(
    customer: CustomerRow,
    wanted: RecommendationArguments,
    options: RankOptions,
  ): Promise<RecommendationListModel> {
    const startedAt = performance.now();
    const region = regionOf(wanted) ?? customer.home_region;
    const [signals, { snapshot, prepared }] = await Promise.all([
      this.#signals(customer.customer_id),
      this.#dependencies.snapshots.of(region),
    ]);
    const companions =
      wanted.strategy === 'COLLABORATIVE' ? await this.#companions(signals, snapshot, customer) : NO_COMPANIONS;
    const loadedAt = performance.now();
    const { ranker } = this.#dependencies.snapshots;
    const request = { snapshot, prepared, signals, ...companions, ranker, options };
    const { list: ranked, rankingMs } = await this.#rankings.rank(request);
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
        rankingMs,
        stockMs: endedAt - rankedAt,
      },
    };
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

  /** What those chose who choose alike: the customer's list, and where neither it nor a style is known, neighbours. */
  async #companions(
    { tastes }: CustomerSignals,
    snapshot: RegionSnapshot,
    { customer_id: customerId }: CustomerRow,
  ): Promise<Pick<RankRequest, 'list' | 'neighbours'>> {
    const list = (await orNullWhenUpstreamFails(this.#dependencies.customers.listOf(customerId))) ?? [];
    const needsNeighbours = list.length === 0 && tastes && !knowsStyle(snapshot, tastes);
    return { list, neighbours: needsNeighbours ? await this.#neighbours(tastes) : NO_NEIGHBOURS };
  }

  async #neighbours({ recent_products: recent }: CustomerTastesRow): Promise<RankRequest['neighbours']> {
    const entries = await Promise.all(
      Object.keys(recent).map(async (productId) => {
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
