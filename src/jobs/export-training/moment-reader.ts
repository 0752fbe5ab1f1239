import type { PostgresSession } from '../../clients/postgres.ts';
import type { StatementName } from '../../generated/statement-names.ts';
import type {
  CustomerFeaturesRow,
  CustomerTastesRow,
  NeighbourRow,
  SnapshotRow,
  TastePriorRow,
} from '../../ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../../ranking/snapshot.ts';
import { statementNamed, type Statements } from '../../statements.ts';
import type { KnownCustomer } from './training-rows.ts';

/** What was known at one moment, read by the statements that serve. */
export interface MomentReader {
  readonly read: <Row extends object>(statement: StatementName, parameters: readonly unknown[]) => Promise<Row[]>;
  /** Customers with their regions, a few hundred at a time, in their order. */
  readonly known: <Case extends CaseRow>(cases: readonly Case[]) => AsyncGenerator<KnownCase<Case>[]>;
  /** All products in the form of a region's stock: what the rows of propensities are computed against. */
  readonly catalog: RegionSnapshot;
  /** How much the neighbours of products that a customer met lately speak for each row of the snapshot. */
  readonly neighbourScores: (customer: KnownCustomer) => Promise<Float64Array>;
}

/** A customer that rows are written about. */
export interface CaseRow {
  readonly customer_id: string;
  readonly home_region: string;
}

/** Such a customer, what was known of them, and how many events they had. */
export interface KnownCase<Case extends CaseRow> extends KnownCustomer {
  readonly row: Case;
  readonly events: number;
}

const CUSTOMERS_PER_READ = 200;

/** Reads inside a session whose derived tables are as of the moment. */
export async function createMomentReader(
  session: PostgresSession,
  statements: Statements,
  moment: Date,
): Promise<MomentReader> {
  const read: MomentReader['read'] = (statement, parameters) =>
    session.execute(statementNamed(statements, statement).text, parameters);
  const priors = await read<TastePriorRow>('taste_priors', []);
  const snapshots = new Map<string, RegionSnapshot>();
  const snapshotOf = async (region: string): Promise<RegionSnapshot> => {
    const rows = snapshots.has(region) ? [] : await read<SnapshotRow>('region_stock_snapshot', [region]);
    const snapshot = snapshots.get(region) ?? createSnapshot(region, rows, priors, moment);
    snapshots.set(region, snapshot);
    return snapshot;
  };
  const catalog = createSnapshot('', await read<SnapshotRow>('catalog_products', []), priors, moment);
  return {
    read,
    catalog,
    async *known<Case extends CaseRow>(cases: readonly Case[]) {
      for (let start = 0; start < cases.length; start += CUSTOMERS_PER_READ) {
        yield await knownCases(cases.slice(start, start + CUSTOMERS_PER_READ), moment, read, snapshotOf);
      }
    },
    neighbourScores: (customer) => scoresByNeighbours(customer, read),
  };
}

async function knownCases<Case extends CaseRow>(
  cases: readonly Case[],
  moment: Date,
  read: MomentReader['read'],
  snapshotOf: (region: string) => Promise<RegionSnapshot>,
): Promise<KnownCase<Case>[]> {
  const ids = cases.map((row) => row.customer_id);
  const features = byCustomer(await read<CustomerFeaturesRow>('customer_features_by_ids', [ids]));
  const tastes = byCustomer(await read<CustomerTastesRow>('customer_tastes_by_ids', [ids]));
  const counts = byCustomer(
    await read<{ customer_id: string; events: number }>('customer_event_counts', [ids, moment]),
  );
  const known: KnownCase<Case>[] = [];
  for (const row of cases) {
    known.push({
      row,
      events: counts.get(row.customer_id)?.events ?? 0,
      snapshot: await snapshotOf(row.home_region),
      features: present(features, row.customer_id),
      tastes: present(tastes, row.customer_id),
    });
  }
  return known;
}

async function scoresByNeighbours(
  { snapshot, tastes }: KnownCustomer,
  read: MomentReader['read'],
): Promise<Float64Array> {
  const scores = new Float64Array(snapshot.productCount);
  const neighbours = await read<NeighbourRow>('product_neighbours_by_ids', [Object.keys(tastes.recent_products)]);
  for (const { product_id: id, neighbour_id: neighbourId, similarity } of neighbours) {
    const row = snapshot.rowOf(neighbourId);
    if (row !== undefined) scores[row] = (scores[row] as number) + similarity * (tastes.recent_products[id] ?? 0);
  }
  return scores;
}

function byCustomer<Row extends { readonly customer_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.customer_id, row]));
}

function present<Value>(values: ReadonlyMap<string, Value>, key: string): Value {
  const value = values.get(key);
  if (value === undefined) throw new Error('A refresh of the derived tables left a row out');
  return value;
}
