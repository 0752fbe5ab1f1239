import type { PostgresClient } from '../clients/postgres.ts';
import { statementNamed, type Statements } from '../statements.ts';

/** Where ratings are. */
export interface RatingSource {
  readonly database: PostgresClient;
  readonly statements: Statements;
}

/** A customer, and where they are delivered to. */
export interface RatingCustomer {
  readonly customer_id: string;
  readonly home_region: string;
}

/** The last rating that a customer gave to a product. */
export interface RatingRow {
  readonly customer_id: string;
  readonly product_id: string;
  readonly rating: number;
}

/** Customers who follow one another, and their ratings, both by customer id; those also by product id. */
export interface RatingPage {
  readonly customers: readonly RatingCustomer[];
  readonly ratings: readonly RatingRow[];
}

const CUSTOMERS_PER_READ = 500;
const STATEMENT_DEADLINE_MS = 60_000;

/** All customers with their ratings, a few hundred at a time: memory does not grow with customers. */
export async function* readRatingPages({ database, statements }: RatingSource): AsyncGenerator<RatingPage, undefined> {
  for (let after = '0'; ;) {
    const values = [after, CUSTOMERS_PER_READ];
    const read = <Row extends object>(name: 'customers_to_score' | 'ratings_to_export'): Promise<Row[]> =>
      database.query<Row>({ ...statementNamed(statements, name), values }, STATEMENT_DEADLINE_MS);
    const customers = await read<RatingCustomer>('customers_to_score');
    const last = customers.at(-1);
    if (!last) return;
    yield { customers, ratings: await read<RatingRow>('ratings_to_export') };
    after = last.customer_id;
  }
}

/** How many customers `readRatingPages` goes over. */
export async function countCustomers(database: PostgresClient): Promise<number> {
  const query = { name: 'count_customers', text: 'SELECT count(*) AS count FROM customers', values: [] };
  const [counted] = await database.query<{ readonly count: string }>(query, STATEMENT_DEADLINE_MS);
  return Number(counted?.count ?? 0);
}
