-- How many events of customers there were before a moment: who has few is a cold customer.
-- $1 bigint[] customer ids · $2 timestamptz as_of
-- One row per customer who had any; order is not guaranteed.
SELECT
    customer_id,
    count(*)::integer AS events
FROM events
WHERE customer_id = ANY($1::bigint[]) AND occurred_at < $2
GROUP BY customer_id;
