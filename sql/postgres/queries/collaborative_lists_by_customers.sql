-- The lists of strategy COLLABORATIVE that were made ahead of time, for one batch.
-- $1 bigint[] customer ids
-- At most 50 rows per customer, none for who has no list; within a customer by rank ascending.
SELECT customer_id, product_id, score, model
FROM recommendation_lists
WHERE customer_id = ANY($1::bigint[]) AND strategy = 'COLLABORATIVE'
ORDER BY customer_id ASC, rank ASC;
