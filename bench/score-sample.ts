import type { PostgresClient } from '../src/clients/postgres.ts';
import type { StatementName } from '../src/generated/statement-names.ts';
import { INSTALLATION } from '../src/installation.ts';
import { selectCandidates } from '../src/ranking/candidates.ts';
import { fillFeatures } from '../src/ranking/feature-columns.ts';
import { createFeatureContext } from '../src/ranking/feature-context.ts';
import type { Feature } from '../src/ranking/features.ts';
import type { CustomerFeaturesRow, CustomerTastesRow, SnapshotRow, TastePriorRow } from '../src/ranking/signals.ts';
import { createSnapshot, type RegionSnapshot } from '../src/ranking/snapshot.ts';
import { loadStatements, statementNamed } from '../src/statements.ts';

/** The candidates of some customers as a model wants them: a matrix after the other. */
export interface SampledRows {
  readonly matrices: readonly Float32Array[];
  /** Rows of each matrix. */
  readonly counts: readonly number[];
}

/** Products bought within so many days are no candidates: the default of RANKING_REPEAT_DAYS. */
const REPEAT_DAYS = 7;
const DEADLINE_MS = 60_000;

/** The rows of every so manieth customer that `snowgate score` would rank. */
export async function sampleRows(
  database: PostgresClient,
  features: readonly Feature[],
  { customers, of }: { readonly customers: number; readonly of: number },
): Promise<SampledRows> {
  const statements = loadStatements(INSTALLATION.statements);
  const read = <Row extends object>(statement: StatementName, values: readonly unknown[]): Promise<Row[]> =>
    database.query<Row>({ ...statementNamed(statements, statement), values }, DEADLINE_MS);
  const snapshots = new Map<string, RegionSnapshot>();
  const snapshotOf = async (region: string): Promise<RegionSnapshot> => {
    const stock = await read<SnapshotRow>('region_stock_snapshot', [region]);
    return createSnapshot(region, stock, await read<TastePriorRow>('taste_priors', []), new Date());
  };
  const all = await read<{ customer_id: string; home_region: string }>('customers_to_score', ['0', of]);
  const chosen = all.filter((_, index) => index % Math.floor(of / customers) === 0).slice(0, customers);
  const [matrices, counts]: [Float32Array[], number[]] = [[], []];
  for (const { customer_id: id, home_region: region } of chosen) {
    const snapshot = snapshots.get(region) ?? (await snapshotOf(region));
    snapshots.set(region, snapshot);
    const [own] = await read<CustomerFeaturesRow>('customer_features_by_ids', [[id]]);
    const [tastes] = await read<CustomerTastesRow>('customer_tastes_by_ids', [[id]]);
    if (!own || !tastes) throw new Error(`Nothing is known of customer ${id}`);
    const { rows } = selectCandidates(snapshot, tastes, { repeatDays: REPEAT_DAYS, filter: {} });
    matrices.push(fillFeatures(features, createFeatureContext(snapshot, own, tastes), rows).values);
    counts.push(rows.length);
  }
  return { matrices, counts };
}
