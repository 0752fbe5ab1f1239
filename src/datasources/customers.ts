import { groupByKey, indexByKey } from '../batching/align.ts';
import { createRequestLoader, type BatchSource, type RequestLoader } from '../batching/request-loader.ts';
import { decodeCursor, encodeCursor, toConnection, type Connection } from '../pagination.ts';
import type { CustomerFeaturesRow, CustomerTastesRow, ListedProductRow } from '../ranking/signals.ts';
import type { ServingStore, StatementOptions } from '../stores/serving-store.ts';
import { optionalInRange, optionalTexts, requireId, requireIds, requireInRange, requireText } from './arguments.ts';
import type { CategoryColumns } from './products.ts';
import type { Region } from './region.ts';
import { cached, createStatementSource, idText, type SourceDependencies } from './sources.ts';

/** Rank in the loyalty programme, as the data writes it. */
export type LoyaltyTier = 'Bronze' | 'Silver' | 'Gold' | 'Platinum';

/** Recency-frequency-monetary segment, as the data writes it. */
export type RfmSegment = 'Champion' | 'Loyal' | 'Active' | 'At_Risk' | 'Dormant';

/** A customer as `customers_by_ids` answers it. */
export interface CustomerRow {
  readonly customer_id: string;
  readonly first_name: string;
  readonly email: string;
  /** YYYY-MM-DD. */
  readonly joined_on: string;
  readonly loyalty_tier: LoyaltyTier;
  readonly home_region: Region;
  readonly zip_code: string;
  readonly has_app: boolean;
  readonly email_opt_in: boolean;
}

interface FeaturesRow extends CustomerFeaturesRow {
  readonly rfm_segment: RfmSegment;
}

/** Computed features, judged by their age. */
export interface CustomerFeaturesModel extends FeaturesRow {
  readonly isStale: boolean;
}

/** One category's propensity, with the category's words. */
export interface PropensityRow extends CategoryColumns {
  readonly customer_id: string;
  readonly propensity_score: number;
  readonly as_of: Date;
}

/** Who belongs to a segment; absent and null fields filter nothing. */
export interface CustomerFilter {
  readonly segments?: readonly string[] | null | undefined;
  readonly loyaltyTiers?: readonly string[] | null | undefined;
  readonly homeRegions?: readonly string[] | null | undefined;
  readonly lifetimeSpendMin?: number | null | undefined;
  readonly daysSincePurchaseMin?: number | null | undefined;
  readonly daysSincePurchaseMax?: number | null | undefined;
  readonly engagementScoreMin?: number | null | undefined;
  readonly propensity?: { readonly categoryId: string; readonly scoreMin: number } | null | undefined;
}

/** Process-wide sources of everything about customers. */
export interface CustomerSources {
  readonly customers: BatchSource<string, CustomerRow>;
  readonly features: BatchSource<string, FeaturesRow>;
  readonly propensities: BatchSource<string, readonly PropensityRow[]>;
  readonly tastes: BatchSource<string, CustomerTastesRow>;
  readonly lists: BatchSource<string, readonly ListedProductRow[]>;
}

/** Creates them: customers and features behind the entity cache, everything coalesced. */
export function createCustomerSources(dependencies: SourceDependencies): CustomerSources {
  const byCustomer = (row: { customer_id: string }): string => row.customer_id;
  const single = <Row extends { customer_id: string }>(
    statement: 'customers_by_ids' | 'customer_features_by_ids' | 'customer_tastes_by_ids',
  ): BatchSource<string, Row> =>
    createStatementSource<string, Row, Row>(dependencies, {
      statement,
      keyText: idText,
      parameters: (ids) => [ids],
      align: (rows) => indexByKey(rows, byCustomer),
    });
  const several = <Row extends { customer_id: string }>(
    statement: 'customer_propensities_by_ids' | 'collaborative_lists_by_customers',
  ): BatchSource<string, readonly Row[]> =>
    createStatementSource<string, Row, readonly Row[]>(dependencies, {
      statement,
      keyText: idText,
      parameters: (ids) => [ids],
      align: (rows, ids) => groupByKey(rows, byCustomer, ids),
    });
  return {
    customers: cached(dependencies, 'customer', idText, single<CustomerRow>('customers_by_ids')),
    features: cached(dependencies, 'customer_features', idText, single<FeaturesRow>('customer_features_by_ids')),
    tastes: single<CustomerTastesRow>('customer_tastes_by_ids'),
    propensities: several<PropensityRow>('customer_propensities_by_ids'),
    lists: several<ListedProductRow>('collaborative_lists_by_customers'),
  };
}

/** What the data source of one request needs. */
export interface CustomersDependencies {
  readonly sources: CustomerSources;
  readonly store: ServingStore;
  readonly featuresMaxAgeMs: number;
  readonly now: () => number;
  readonly onServed: StatementOptions['onServed'];
}

const SEGMENT_LIST = 'customerSegment';
const MONEY_MAX = 1e12;
const DAYS_MAX = 100_000;

/**
 * Customers and what is computed of them, one instance per request. A lookup goes request memo, entity cache (customers
 * and features), coalesced statement. An unknown customer is null.
 */
export class CustomersDataSource {
  readonly #dependencies: CustomersDependencies;
  readonly #customerById: RequestLoader<string, CustomerRow>;
  readonly #featuresById: RequestLoader<string, FeaturesRow>;
  readonly #propensitiesById: RequestLoader<string, readonly PropensityRow[]>;
  readonly #tastesById: RequestLoader<string, CustomerTastesRow>;
  readonly #listById: RequestLoader<string, readonly ListedProductRow[]>;

  constructor(dependencies: CustomersDependencies) {
    const { sources, onServed } = dependencies;
    this.#dependencies = dependencies;
    this.#customerById = createRequestLoader('customerById', sources.customers, idText, onServed);
    this.#featuresById = createRequestLoader('featuresByCustomerId', sources.features, idText, onServed);
    this.#propensitiesById = createRequestLoader('propensitiesByCustomerId', sources.propensities, idText, onServed);
    this.#tastesById = createRequestLoader('tastesByCustomerId', sources.tastes, idText, onServed);
    this.#listById = createRequestLoader('listByCustomerId', sources.lists, idText, onServed);
  }

  /** @throws BadUserInputError for a malformed id, naming `argument`. */
  async byId(id: string, argument = 'id'): Promise<CustomerRow | null> {
    return this.#customerById.load(requireId(argument, id));
  }

  /** In the order of the ids. @throws BadUserInputError for malformed or too many ids, naming `argument`. */
  async byIds(ids: readonly string[], argument = 'ids'): Promise<(CustomerRow | null)[]> {
    return Promise.all(requireIds(argument, ids).map((id) => this.#customerById.load(id)));
  }

  /** Features with the verdict on their age; null before they were first computed. */
  async featuresOf(customerId: string): Promise<CustomerFeaturesModel | null> {
    const row = await this.#featuresById.load(customerId);
    if (!row) return null;
    const ageMs = this.#dependencies.now() - row.as_of.getTime();
    return { ...row, isStale: ageMs > this.#dependencies.featuresMaxAgeMs };
  }

  /** Likeliest category first. @throws BadUserInputError when `first` is out of range. */
  async propensitiesOf(customerId: string, first = 50): Promise<readonly PropensityRow[]> {
    const rows = (await this.#propensitiesById.load(customerId)) ?? [];
    return rows.slice(0, requireInRange('first', first, 1, 50));
  }

  /** What the customer has shown to like; null before it was first computed. */
  async tastesOf(customerId: string): Promise<CustomerTastesRow | null> {
    return this.#tastesById.load(customerId);
  }

  /** The COLLABORATIVE list that was made ahead of time, best first; empty where none was. */
  async listOf(customerId: string): Promise<readonly ListedProductRow[]> {
    return (await this.#listById.load(customerId)) ?? [];
  }

  /**
   * One page of a segment, by customer id ascending.
   * @throws BadUserInputError for a filter, page size or cursor that cannot be used.
   */
  async segment(filter: CustomerFilter, first: number, after?: string | null): Promise<Connection<CustomerRow>> {
    requireInRange('first', first, 1, 100);
    const cursor = decodeCursor('after', SEGMENT_LIST, [/^\d{1,18}$/], after);
    const { store, onServed } = this.#dependencies;
    const parameters = [cursor?.[0] ?? null, first + 1, ...segmentParameters(filter)];
    const rows = await store.query<{ customer_id: string }>('customer_segment', parameters, { onServed });
    const { edges, pageInfo } = toConnection(rows, {
      first,
      hasPreviousPage: cursor !== null,
      cursorOf: (row) => encodeCursor(SEGMENT_LIST, [row.customer_id]),
    });
    const customers = await Promise.all(edges.map(({ node }) => this.#customerById.load(node.customer_id)));
    // A customer who vanished between the two statements is left out; the page stays in order.
    return {
      pageInfo,
      edges: edges.flatMap(({ cursor: edgeCursor }, index) => {
        const node = customers[index];
        return node ? [{ cursor: edgeCursor, node }] : [];
      }),
    };
  }
}

/** Parameters $3 to $11 of `customer_segment`. */
function segmentParameters(filter: CustomerFilter): unknown[] {
  const { propensity } = filter;
  const daysMin = optionalInRange('filter.daysSincePurchaseMin', filter.daysSincePurchaseMin, 0, DAYS_MAX);
  const daysMax = optionalInRange('filter.daysSincePurchaseMax', filter.daysSincePurchaseMax, 0, DAYS_MAX);
  if (daysMin !== null && daysMax !== null) {
    requireInRange('filter.daysSincePurchaseMin', daysMin, 0, daysMax);
  }
  return [
    optionalTexts('filter.segments', filter.segments),
    optionalTexts('filter.loyaltyTiers', filter.loyaltyTiers),
    optionalTexts('filter.homeRegions', filter.homeRegions),
    optionalInRange('filter.lifetimeSpendMin', filter.lifetimeSpendMin, 0, MONEY_MAX),
    daysMin,
    daysMax,
    optionalInRange('filter.engagementScoreMin', filter.engagementScoreMin, 0, 100),
    propensity ? requireText('filter.propensity.categoryId', propensity.categoryId, 1, 100) : null,
    propensity ? requireInRange('filter.propensity.scoreMin', propensity.scoreMin, 0, 1) : null,
  ];
}
