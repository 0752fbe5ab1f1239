import type { PostgresClient } from '../../clients/postgres.ts';
import type { StatementName } from '../../generated/statement-names.ts';
import { finishRanking, prepareRanking, type RankedList, type Ranker } from '../../ranking/rank.ts';
import { prepareServing, type ServingSnapshot } from '../../ranking/serving-snapshot.ts';
import {
  coldFeatures,
  coldTastes,
  type CustomerFeaturesRow,
  type CustomerSignals,
  type CustomerTastesRow,
  type SnapshotRow,
  type TastePriorRow,
} from '../../ranking/signals.ts';
import { createSnapshot } from '../../ranking/snapshot.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import { toCopyLine } from '../demo-data/copy-text.ts';
import type { ScoredPage, ScorePage, ScoreRules } from './score-messages.ts';

/** What lists are made from. */
export interface PageScorerOptions {
  readonly database: PostgresClient;
  readonly statements: Statements;
  readonly ranker: Ranker;
  readonly rules: ScoreRules;
  readonly asOf: Date;
}

interface PropensityRow {
  readonly customer_id: string;
  readonly category_id: string;
  readonly propensity_score: number;
}

const STATEMENT_DEADLINE_MS = 60_000;

/** Makes lists page by page, each customer's as the gateway would rank it now in the home region. */
export class PageScorer {
  readonly #options: PageScorerOptions;
  readonly #servings = new Map<string, Promise<ServingSnapshot>>();

  constructor(options: PageScorerOptions) {
    this.#options = options;
  }

  /** The lists of a page's customers, best first. @throws UpstreamUnavailableError, UpstreamTimeoutError */
  async score({ customers }: ScorePage): Promise<ScoredPage> {
    const { ranker, asOf } = this.#options;
    const ids = customers.map(({ customer_id }) => customer_id);
    const signalsOf = await this.#signals(ids);
    const model = `${ranker.name} ${ranker.version}`;
    let lines = '';
    let rows = 0;
    for (const { customer_id, home_region } of customers) {
      const { items } = this.#rank(signalsOf(customer_id), await this.#serving(home_region));
      items.forEach(({ productId, score }, index) => {
        lines += toCopyLine([customer_id, index + 1, productId, score, home_region, model, asOf.toISOString()]);
      });
      rows += items.length;
    }
    return { lines, customers: customers.length, rows };
  }

  #rank(signals: CustomerSignals, serving: ServingSnapshot): RankedList {
    const { ranker, rules } = this.#options;
    const options = { ...rules, strategy: 'RANKED', filter: {} } as const;
    const prepared = prepareRanking({ ...serving, signals, ranker, neighbours: new Map(), list: [], options });
    const [scorer] = ranker.scorers;
    const probabilities = prepared.question && scorer?.score(prepared.question);
    const isScored = probabilities instanceof Float32Array;
    return finishRanking(prepared, isScored ? { rung: 'EMBEDDED_MODEL', probabilities } : null);
  }

  async #signals(ids: readonly string[]): Promise<(customerId: string) => CustomerSignals> {
    const { rules, asOf } = this.#options;
    const features = byCustomer(await this.#read<CustomerFeaturesRow>('customer_features_by_ids', [ids]));
    const tastes = byCustomer(await this.#read<CustomerTastesRow>('customer_tastes_by_ids', [ids]));
    const propensities =
      rules.propensityWeight > 0 ? await this.#read<PropensityRow>('customer_propensities_by_ids', [ids]) : [];
    const byId = new Map<string, Map<string, number>>();
    for (const { customer_id, category_id, propensity_score } of propensities) {
      const own = byId.get(customer_id) ?? new Map<string, number>();
      byId.set(customer_id, own.set(category_id, propensity_score));
    }
    return (customerId) => ({
      features: features.get(customerId) ?? coldFeatures(customerId, asOf),
      tastes: tastes.get(customerId) ?? coldTastes(customerId, asOf),
      propensities: byId.get(customerId) ?? new Map<string, number>(),
    });
  }

  /** All pages score against the stock that a region had when it was first met. */
  #serving(region: string): Promise<ServingSnapshot> {
    let serving = this.#servings.get(region);
    if (!serving) {
      serving = this.#loadServing(region);
      this.#servings.set(region, serving);
    }
    return serving;
  }

  async #loadServing(region: string): Promise<ServingSnapshot> {
    const rows = await this.#read<SnapshotRow>('region_stock_snapshot', [region]);
    const priors = await this.#read<TastePriorRow>('taste_priors', []);
    return prepareServing(this.#options.ranker, createSnapshot(region, rows, priors, this.#options.asOf));
  }

  #read<Row extends object>(statement: StatementName, values: readonly unknown[]): Promise<Row[]> {
    const { database, statements } = this.#options;
    return database.query<Row>({ ...statementNamed(statements, statement), values }, STATEMENT_DEADLINE_MS);
  }
}

function byCustomer<Row extends { readonly customer_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.customer_id, row]));
}
