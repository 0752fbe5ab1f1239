import type { PostgresSession } from '../clients/postgres.ts';
import { statementNamed, type Statements } from '../statements.ts';
import { refreshDemand } from './demand/refresh-demand.ts';
import type { Progress } from './progress.ts';
import { shoppingDaysPages } from './shopping-days.ts';
import { readShop } from './shop.ts';
import { refreshLikings } from './styles/refresh-likings.ts';

/**
 * Fills in what statements cannot count: demand and repeat purchases of product_statistics, styles of products and what
 * customers like in customer_tastes. Both tables, and customer_features, must be of `asOf`. Everything is learned from
 * 20,000 customers or so, and memory does not grow beyond theirs. Runs inside the session's transaction.
 */
export async function refreshEstimates(
  session: PostgresSession,
  statements: Statements,
  asOf: Date,
  progress: Progress,
): Promise<void> {
  const { text } = statementNamed(statements, 'shopping_days');
  const pages = shoppingDaysPages((after, limit) => session.execute(text, [asOf, after, limit]));
  progress.step('Shopping days');
  const shop = await readShop(session, pages);
  progress.step('Demand');
  const demand = await refreshDemand(session, statements, shop);
  progress.step('Likings');
  await refreshLikings(session, statements, { shop, demand, others: pages });
}
