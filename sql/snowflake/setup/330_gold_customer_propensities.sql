-- How much each customer is drawn to each category.
-- Run after 310_gold_events.sql. Running it again changes nothing.
-- Computes what sql/postgres/queries/refresh_customer_propensities.sql computes: weights halve every 90 days, and
-- shares are drawn towards those of all customers.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE DYNAMIC TABLE IF NOT EXISTS customer_propensities
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
weights AS (
    SELECT
        events.customer_id,
        events.category_id,
        sum(
            CASE events.event_type
                WHEN 'product_view' THEN 1
                WHEN 'add_to_cart' THEN 2
                WHEN 'rating' THEN 0.8 * events.value
                ELSE 4
            END
            * power(
                0.5::FLOAT,
                datediff(MICROSECOND, events.occurred_at, refresh_moment.as_of)::FLOAT / 86400000000 / 90
            )
        ) AS weight
    FROM events
    INNER JOIN refresh_moment ON events.occurred_at < refresh_moment.as_of
    WHERE
        events.category_id IS NOT NULL
        AND events.event_type IN ('product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating')
    GROUP BY events.customer_id, events.category_id
),

-- One more per category keeps the shares of a shop without events equal.
sums AS (
    SELECT
        product_categories.category_id,
        coalesce(sum(weights.weight), 0) + 1 AS weight
    FROM snowgate.raw.product_categories AS product_categories
    LEFT JOIN weights ON product_categories.category_id = weights.category_id
    GROUP BY product_categories.category_id
),

shares AS (
    SELECT
        category_id,
        weight / sum(weight) OVER () AS share
    FROM sums
),

totals AS (
    SELECT
        customer_id,
        sum(weight) AS weight
    FROM weights
    GROUP BY customer_id
)

SELECT
    customers.customer_id,
    shares.category_id,
    ((coalesce(weights.weight, 0) + 3 * shares.share) / (coalesce(totals.weight, 0) + 3))::FLOAT AS propensity_score,
    refresh_moment.as_of
FROM snowgate.raw.customers AS customers
CROSS JOIN refresh_moment
CROSS JOIN shares
LEFT JOIN totals ON customers.customer_id = totals.customer_id
LEFT JOIN weights ON customers.customer_id = weights.customer_id AND shares.category_id = weights.category_id;
