import type { PostgresSession } from '../clients/postgres.ts';
import type { StatementName } from '../generated/statement-names.ts';
import type { CategoryModel } from '../ranking/category-model.ts';
import { statementNamed, type Statements } from '../statements.ts';
import type { Progress } from './progress.ts';
import { refreshEstimates } from './refresh-estimates.ts';
import { scorePropensities } from './score/score-propensities.ts';

interface DerivedTable {
  readonly table: string;
  readonly refreshedBy: StatementName;
  readonly label: string;
}

/** In the order of dependency: tastes need the statistics, priors need the tastes. */
const DERIVED_TABLES: readonly DerivedTable[] = [
  { table: 'product_statistics', refreshedBy: 'refresh_product_statistics', label: 'Product statistics' },
  { table: 'customer_features', refreshedBy: 'refresh_customer_features', label: 'Customer features' },
  { table: 'customer_propensities', refreshedBy: 'refresh_customer_propensities', label: 'Category propensities' },
  { table: 'customer_tastes', refreshedBy: 'refresh_customer_tastes', label: 'Customer tastes' },
  { table: 'taste_priors', refreshedBy: 'refresh_taste_priors', label: 'Taste priors' },
  { table: 'product_neighbours', refreshedBy: 'refresh_product_neighbours', label: 'Similar products' },
];

/** The table that a model fills instead, where there is one. */
const MODEL_TABLE = 'customer_propensities';

/** What the statements read; their plans need its statistics. */
const SOURCE_TABLES = ['product_categories', 'products', 'loyalty_tiers', 'stores', 'inventory', 'customers', 'events'];

/**
 * Computes every derived table anew from what happened before `asOf`. Runs inside the session's transaction and takes
 * part in its outcome: rolled back, it leaves nothing behind. Others read the tables as they were meanwhile.
 * @param propensityModel Scores the propensities; without it they are shares of what customers did.
 */
export async function refreshDerived(
  session: PostgresSession,
  statements: Statements,
  asOf: Date,
  progress: Progress,
  propensityModel: CategoryModel | null = null,
): Promise<void> {
  // Each statement goes over all events once or twice: sorting on disk or compiling expressions costs more than it saves.
  await session.execute(`SET LOCAL work_mem = '128MB'; SET LOCAL jit = off`);
  await session.execute(`ANALYZE ${SOURCE_TABLES.join(', ')}`);
  for (const { table, refreshedBy, label } of DERIVED_TABLES) {
    if (propensityModel && table === MODEL_TABLE) continue;
    progress.step(label);
    await session.execute(`DELETE FROM ${table}`);
    await session.execute(statementNamed(statements, refreshedBy).text, [asOf]);
    await session.execute(`ANALYZE ${table}`);
  }
  await refreshEstimates(session, statements, asOf, progress);
  if (propensityModel) await scorePropensities(session, { statements, model: propensityModel, progress });
}
