-- Computes customer_propensities anew; the table must be empty.
-- $1 timestamptz as_of: only events before it count.
-- One row per customer and category. The score is the category's share of the customer's weights (view 1, cart 2,
-- purchase 4, rating 0.8 a star, halved every 90 days), drawn towards the share of all customers as if they had given 3
-- more: a customer without events gets just those, and no two categories tie by having none.
INSERT INTO customer_propensities (customer_id, category_id, propensity_score, as_of)
WITH
weights AS (
    SELECT
        customer_id,
        category_id,
        sum(
            CASE event_type
                WHEN 'product_view' THEN 1.0::float8
                WHEN 'add_to_cart' THEN 2
                WHEN 'rating' THEN 0.8 * value
                ELSE 4
            END
            * exp(-ln(2::float8) / 90 * date_part('epoch', $1::timestamptz - occurred_at) / 86400)
        ) AS weight
    FROM events
    WHERE
        occurred_at < $1
        AND category_id IS NOT NULL
        AND event_type IN ('product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating')
    GROUP BY customer_id, category_id
),

-- One more per category keeps the shares of a shop without events equal.
shares AS (
    SELECT
        product_categories.category_id,
        (coalesce(sum(weights.weight), 0) + 1) / (sum(coalesce(sum(weights.weight), 0) + 1) OVER ()) AS share
    FROM product_categories
    LEFT JOIN weights ON product_categories.category_id = weights.category_id
    GROUP BY product_categories.category_id
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
    (coalesce(weights.weight, 0) + 3 * shares.share) / (coalesce(totals.weight, 0) + 3) AS propensity_score,
    $1::timestamptz AS as_of
FROM customers
CROSS JOIN shares
LEFT JOIN totals ON customers.customer_id = totals.customer_id
LEFT JOIN weights ON customers.customer_id = weights.customer_id AND shares.category_id = weights.category_id;
