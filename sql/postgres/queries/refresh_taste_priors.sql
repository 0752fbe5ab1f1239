-- Computes taste_priors anew; the table must be empty, customer_tastes must be of the same as_of.
-- $1 timestamptz as_of.
-- One row per category and per brand of the catalog. Shares of one kind add up to 1 and are above 0: each key counts as
-- if it had one more view, so that a logarithm can be taken of any.
INSERT INTO taste_priors (kind, key, share, as_of)
WITH
keys (kind, key) AS (
    SELECT 'category', category_id FROM product_categories
    UNION
    SELECT 'brand', brand FROM products
),

weights (kind, key, weight) AS (
    SELECT 'category', entry.key, entry.value::float8
    FROM customer_tastes CROSS JOIN jsonb_each(customer_tastes.category_weights) AS entry
    UNION ALL
    SELECT 'brand', entry.key, entry.value::float8
    FROM customer_tastes CROSS JOIN jsonb_each(customer_tastes.brand_weights) AS entry
),

sums AS (
    SELECT
        keys.kind,
        keys.key,
        coalesce(sum(weights.weight), 0) + 1 AS weight
    FROM keys
    LEFT JOIN weights ON keys.kind = weights.kind AND keys.key = weights.key
    GROUP BY keys.kind, keys.key
)

SELECT
    kind,
    key,
    weight / sum(weight) OVER (PARTITION BY kind) AS share,
    $1::timestamptz AS as_of
FROM sums;
