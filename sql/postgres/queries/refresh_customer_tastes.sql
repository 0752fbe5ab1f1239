-- Computes customer_tastes anew; the table must be empty, product_statistics must be of the same as_of.
-- $1 timestamptz as_of: only events before it count.
-- One row per customer, also for those who never did anything. Weights (view 1, cart 2, purchase 4, rating 0.8 a star)
-- halve every 90 days, those of recent_products every 14 days and of recent_category_weights every 30. Days since a
-- view or a cart are kept for 45 days, for a cart only until the product is bought. What was rated counts as bought;
-- rated_products has what was rated, however long ago, and never bought otherwise.
-- Events of products that left the catalog do not count. relative_price_mean_bought is drawn towards
-- relative_price_mean as by two purchases of today. style is filled in afterwards.
INSERT INTO customer_tastes (
    customer_id, total_weight, category_weights, brand_weights, relative_price_mean, relative_price_mean_bought,
    recent_products, bought_products, recent_category_weights, viewed_products, carted_products, rated_products, as_of
)
WITH
aged AS (
    SELECT
        customer_id,
        product_id,
        event_type,
        occurred_at,
        date_part('epoch', $1::timestamptz - occurred_at) / 86400 AS age_days,
        event_type IN ('order_complete', 'pos_purchase', 'rating') AS is_bought,
        CASE event_type
            WHEN 'product_view' THEN 1.0::float8
            WHEN 'add_to_cart' THEN 2
            WHEN 'rating' THEN 0.8 * value
            ELSE 4
        END AS weight
    FROM events
    WHERE
        occurred_at < $1
        AND product_id IS NOT NULL
        AND event_type IN ('product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating')
),

priced AS (
    SELECT
        products.product_id,
        products.category_id,
        products.brand,
        min(product_statistics.relative_price) AS relative_price
    FROM products
    INNER JOIN product_statistics ON products.product_id = product_statistics.product_id
    GROUP BY products.product_id
),

touched AS MATERIALIZED (
    SELECT
        pairs.customer_id,
        pairs.product_id,
        pairs.weight,
        pairs.recent_weight,
        pairs.bought_weight,
        pairs.bought_days_ago,
        pairs.month_weight,
        pairs.viewed_days_ago,
        pairs.rated_days_ago,
        CASE WHEN pairs.carted_days_ago < pairs.bought_exactly_ago THEN pairs.carted_days_ago END AS carted_days_ago,
        priced.category_id,
        priced.brand,
        priced.relative_price
    FROM (
        SELECT
            customer_id,
            product_id,
            sum(weight * exp(-ln(2::float8) / 90 * age_days)) AS weight,
            sum(weight * exp(-ln(2::float8) / 14 * age_days)) AS recent_weight,
            coalesce(sum(exp(-ln(2::float8) / 90 * age_days)) FILTER (WHERE is_bought), 0) AS bought_weight,
            floor(min(age_days) FILTER (WHERE is_bought)) AS bought_days_ago,
            sum(weight * exp(-ln(2::float8) / 30 * age_days)) AS month_weight,
            min(age_days) FILTER (WHERE event_type = 'product_view') AS viewed_days_ago,
            min(age_days) FILTER (WHERE event_type = 'add_to_cart') AS carted_days_ago,
            coalesce(min(age_days) FILTER (WHERE is_bought), 'Infinity') AS bought_exactly_ago,
            CASE
                WHEN NOT bool_or(event_type IN ('order_complete', 'pos_purchase'))
                    THEN floor(min(age_days) FILTER (WHERE event_type = 'rating'))
            END AS rated_days_ago
        FROM aged
        GROUP BY customer_id, product_id
    ) AS pairs
    INNER JOIN priced ON pairs.product_id = priced.product_id
),

totals AS (
    SELECT
        customer_id,
        sum(weight) AS weight,
        sum(weight * relative_price) / sum(weight) AS relative_price_mean,
        sum(bought_weight) AS bought_weight,
        sum(bought_weight * relative_price) AS bought_relative_price,
        jsonb_object_agg(product_id, bought_days_ago) FILTER (WHERE bought_days_ago < 180) AS bought_products,
        jsonb_object_agg(product_id, viewed_days_ago) FILTER (WHERE viewed_days_ago < 45) AS viewed_products,
        jsonb_object_agg(product_id, carted_days_ago) FILTER (WHERE carted_days_ago < 45) AS carted_products,
        jsonb_object_agg(product_id, rated_days_ago) FILTER (WHERE rated_days_ago IS NOT NULL) AS rated_products
    FROM touched
    GROUP BY customer_id
),

categories AS (
    SELECT
        customer_id,
        jsonb_object_agg(category_id, weight) AS weights,
        jsonb_object_agg(category_id, month_weight) AS month_weights
    FROM (
        SELECT
            customer_id,
            category_id,
            sum(weight) AS weight,
            sum(month_weight) AS month_weight
        FROM touched
        GROUP BY customer_id, category_id
    ) AS sums
    GROUP BY customer_id
),

brands AS (
    SELECT
        customer_id,
        jsonb_object_agg(brand, weight) AS weights
    FROM (
        SELECT
            customer_id,
            brand,
            sum(weight) AS weight
        FROM touched
        GROUP BY customer_id, brand
    ) AS sums
    GROUP BY customer_id
),

recent AS (
    SELECT
        customer_id,
        jsonb_object_agg(product_id, recent_weight) AS products
    FROM (
        SELECT
            customer_id,
            product_id,
            recent_weight,
            row_number() OVER (PARTITION BY customer_id ORDER BY recent_weight DESC, product_id ASC) AS place
        FROM touched
    ) AS ranked
    WHERE place <= 20
    GROUP BY customer_id
)

SELECT
    customers.customer_id,
    coalesce(totals.weight, 0) AS total_weight,
    coalesce(categories.weights, '{}') AS category_weights,
    coalesce(brands.weights, '{}') AS brand_weights,
    coalesce(totals.relative_price_mean, 0) AS relative_price_mean,
    coalesce(
        (totals.bought_relative_price + 2 * totals.relative_price_mean) / (totals.bought_weight + 2), 0
    ) AS relative_price_mean_bought,
    coalesce(recent.products, '{}') AS recent_products,
    coalesce(totals.bought_products, '{}') AS bought_products,
    coalesce(categories.month_weights, '{}') AS recent_category_weights,
    coalesce(totals.viewed_products, '{}') AS viewed_products,
    coalesce(totals.carted_products, '{}') AS carted_products,
    coalesce(totals.rated_products, '{}') AS rated_products,
    $1::timestamptz AS as_of
FROM customers
LEFT JOIN totals ON customers.customer_id = totals.customer_id
LEFT JOIN categories ON customers.customer_id = categories.customer_id
LEFT JOIN brands ON customers.customer_id = brands.customer_id
LEFT JOIN recent ON customers.customer_id = recent.customer_id;
