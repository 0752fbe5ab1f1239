-- Customers who bought something in a window of time, with what they bought: the positives of a training moment.
-- $1 timestamptz from, included · $2 timestamptz to, excluded · $3 text seed · $4 integer customers at most
-- One row per customer, in an order that follows no attribute of theirs and is the same for the same seed.
-- product_ids are distinct.
SELECT
    customers.customer_id,
    customers.home_region,
    array_agg(DISTINCT events.product_id::text) AS product_ids
FROM events
INNER JOIN customers ON events.customer_id = customers.customer_id
WHERE
    events.occurred_at >= $1
    AND events.occurred_at < $2
    AND events.event_type IN ('order_complete', 'pos_purchase')
    AND events.product_id IS NOT NULL
GROUP BY customers.customer_id
ORDER BY md5(customers.customer_id::text || ':' || $3::text), customers.customer_id
LIMIT $4;
