-- The next customers whose lists are to be made ahead of time.
-- $1 bigint customer id after which to go on · $2 integer customers at most
-- One row per customer, by customer id ascending.
SELECT customer_id, home_region
FROM customers
WHERE customer_id > $1
ORDER BY customer_id
LIMIT $2;
