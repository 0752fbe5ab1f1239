-- Category propensities with the category's words, for one batch.
-- $1 bigint[] customer ids
-- One row per customer and category; within a customer by score descending, then category id, byte by byte.
SELECT
    p.customer_id, p.category_id, c.category_name, c.department, p.propensity_score, p.as_of
FROM customer_propensities AS p
INNER JOIN product_categories AS c ON p.category_id = c.category_id
WHERE p.customer_id = ANY($1::bigint[])
ORDER BY p.customer_id ASC, p.propensity_score DESC, p.category_id COLLATE "C" ASC;
