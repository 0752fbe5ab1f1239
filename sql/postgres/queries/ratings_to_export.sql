-- The next customers' ratings, for training. Where a customer rated a product more than once, the last one counts.
-- $1 bigint customer id after which to go on · $2 integer customers at most
-- One row per customer and product, by customer id and product id ascending.
SELECT DISTINCT ON (e.customer_id, e.product_id)
    e.customer_id,
    e.product_id,
    e.value AS rating
FROM events AS e
WHERE
    e.event_type = 'rating'
    AND e.product_id IS NOT NULL
    AND e.customer_id IN (
        SELECT c.customer_id
        FROM customers AS c
        WHERE c.customer_id > $1
        ORDER BY c.customer_id
        LIMIT $2
    )
ORDER BY e.customer_id ASC, e.product_id ASC, e.occurred_at DESC, e.event_id DESC;
