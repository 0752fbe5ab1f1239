import type { PostgresClient } from '../../src/clients/postgres.ts';

/** An event of a test, so many days before the moment that is computed for. */
export interface GivenEvent {
  readonly customer: number;
  readonly type: string;
  readonly daysAgo: number;
  readonly product?: number;
  /** Of an event without a product. */
  readonly category?: string;
  readonly session?: number;
  readonly quantity?: number;
  readonly price?: number;
  /** Of a rating. */
  readonly stars?: number;
}

/** Writes events, all in the region West. */
export async function insertEvents(client: PostgresClient, asOf: Date, events: readonly GivenEvent[]): Promise<void> {
  for (const event of events) {
    await client.transaction((session) =>
      session.execute(
        `INSERT INTO events (event_id, customer_id, session_id, event_type, occurred_at, region, product_id, category_id,
                           quantity, unit_price, value)
       SELECT gen_random_uuid(), $1, $2, $3, $4, 'West', wanted.id,
              coalesce(products.category_id, $9), $6,
              coalesce($7::numeric, products.price), $8::float8
       FROM (SELECT $5::bigint AS id) AS wanted LEFT JOIN products ON products.product_id = wanted.id`,
        [
          event.customer,
          event.session ?? null,
          event.type,
          new Date(asOf.getTime() - event.daysAgo * 86_400_000),
          event.product ?? null,
          event.quantity ?? 1,
          event.price ?? null,
          event.stars ?? null,
          event.category ?? null,
        ],
      ),
    );
  }
}
