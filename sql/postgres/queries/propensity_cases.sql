-- Customers with the categories that they bought from in a window of time: the labels of a propensity model.
-- $1 timestamptz from, included · $2 timestamptz to, excluded · $3 text seed · $4 integer customers at most
-- One row per customer who had joined before the window, in an order that follows no attribute of theirs and is the
-- same for the same seed. category_ids are distinct, empty for those who bought nothing.
SELECT
    customers.customer_id,
    customers.home_region,
    coalesce(
        array_agg(DISTINCT events.category_id) FILTER (WHERE events.category_id IS NOT NULL), '{}'
    ) AS category_ids
FROM customers
LEFT JOIN events
    ON
        customers.customer_id = events.customer_id
        AND events.occurred_at >= $1
        AND events.occurred_at < $2
        AND events.event_type IN ('order_complete', 'pos_purchase')
WHERE customers.joined_on < ($1::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY customers.customer_id
ORDER BY md5(customers.customer_id::text || ':' || $3::text), customers.customer_id
LIMIT $4;
