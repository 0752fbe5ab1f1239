-- What each customer likes, and what all customers together do.
-- Run after 320_gold_customer_360.sql and 340_gold_products.sql. Running it again changes nothing.
-- Computes what refresh_customer_tastes.sql and refresh_taste_priors.sql of sql/postgres/queries compute.
-- Styles are not computed in SQL: they are empty, which means not known.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE DYNAMIC TABLE IF NOT EXISTS customer_tastes
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
aged AS (
    SELECT
        events.customer_id,
        events.product_id,
        events.event_type,
        datediff(MICROSECOND, events.occurred_at, refresh_moment.as_of)::FLOAT / 86400000000 AS age_days,
        events.event_type IN ('order_complete', 'pos_purchase', 'rating') AS is_bought,
        CASE events.event_type
            WHEN 'product_view' THEN 1
            WHEN 'add_to_cart' THEN 2
            WHEN 'rating' THEN 0.8 * events.value
            ELSE 4
        END AS weight
    FROM events
    INNER JOIN refresh_moment ON events.occurred_at < refresh_moment.as_of
    WHERE
        events.product_id IS NOT NULL
        AND events.event_type IN ('product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating')
),

pairs AS (
    SELECT
        customer_id,
        product_id,
        sum(weight * power(0.5::FLOAT, age_days / 90)) AS weight,
        sum(weight * power(0.5::FLOAT, age_days / 14)) AS recent_weight,
        sum(iff(is_bought, power(0.5::FLOAT, age_days / 90), 0)) AS bought_weight,
        sum(weight * power(0.5::FLOAT, age_days / 30)) AS month_weight,
        min(iff(is_bought, age_days, NULL)) AS bought_days_ago,
        min(iff(event_type = 'product_view', age_days, NULL)) AS viewed_days_ago,
        min(iff(event_type = 'add_to_cart', age_days, NULL)) AS carted_days_ago,
        min(iff(event_type = 'rating', age_days, NULL)) AS rated_days_ago,
        count_if(event_type IN ('order_complete', 'pos_purchase')) AS purchases
    FROM aged
    GROUP BY customer_id, product_id
),

priced AS (
    SELECT
        products.product_id,
        products.category_id,
        products.brand,
        min(product_statistics.relative_price) AS relative_price
    FROM snowgate.raw.products AS products
    INNER JOIN product_statistics ON products.product_id = product_statistics.product_id
    GROUP BY products.product_id, products.category_id, products.brand
),

touched AS (
    SELECT
        pairs.customer_id, pairs.product_id, pairs.weight, pairs.recent_weight, pairs.bought_weight,
        pairs.month_weight, pairs.bought_days_ago, pairs.viewed_days_ago, pairs.carted_days_ago, pairs.rated_days_ago,
        pairs.purchases, priced.category_id, priced.brand, priced.relative_price
    FROM pairs
    INNER JOIN priced ON pairs.product_id = priced.product_id
),

totals AS (
    SELECT
        customer_id,
        sum(weight) AS weight,
        sum(weight * relative_price) / sum(weight) AS relative_price_mean,
        sum(bought_weight) AS bought_weight,
        sum(bought_weight * relative_price) AS bought_relative_price
    FROM touched
    GROUP BY customer_id
),

category_sums AS (
    SELECT
        customer_id,
        category_id,
        sum(weight) AS weight,
        sum(month_weight) AS month_weight
    FROM touched
    GROUP BY customer_id, category_id
),

categories AS (
    SELECT
        customer_id,
        object_agg(category_id, weight::VARIANT) AS weights,
        object_agg(category_id, month_weight::VARIANT) AS month_weights
    FROM category_sums
    GROUP BY customer_id
),

brand_sums AS (
    SELECT
        customer_id,
        brand,
        sum(weight) AS weight
    FROM touched
    GROUP BY customer_id, brand
),

brands AS (
    SELECT
        customer_id,
        object_agg(brand, weight::VARIANT) AS weights
    FROM brand_sums
    GROUP BY customer_id
),

latest AS (
    SELECT
        customer_id,
        product_id,
        recent_weight
    FROM touched
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY recent_weight DESC, product_id ASC) <= 20
),

recent AS (
    SELECT
        customer_id,
        object_agg(product_id::VARCHAR, recent_weight::VARIANT) AS products
    FROM latest
    GROUP BY customer_id
),

bought AS (
    SELECT
        customer_id,
        object_agg(product_id::VARCHAR, floor(bought_days_ago)::NUMBER(10, 0)::VARIANT) AS products
    FROM touched
    WHERE bought_days_ago < 180
    GROUP BY customer_id
),

viewed AS (
    SELECT
        customer_id,
        object_agg(product_id::VARCHAR, viewed_days_ago::VARIANT) AS products
    FROM touched
    WHERE viewed_days_ago < 45
    GROUP BY customer_id
),

carted AS (
    SELECT
        customer_id,
        object_agg(product_id::VARCHAR, carted_days_ago::VARIANT) AS products
    FROM touched
    WHERE carted_days_ago < 45 AND (bought_days_ago IS NULL OR carted_days_ago < bought_days_ago)
    GROUP BY customer_id
),

rated AS (
    SELECT
        customer_id,
        object_agg(product_id::VARCHAR, floor(rated_days_ago)::NUMBER(10, 0)::VARIANT) AS products
    FROM touched
    WHERE rated_days_ago IS NOT NULL AND purchases = 0
    GROUP BY customer_id
)

SELECT
    customers.customer_id,
    coalesce(totals.weight, 0)::FLOAT AS total_weight,
    coalesce(categories.weights, object_construct())::VARIANT AS category_weights,
    coalesce(brands.weights, object_construct())::VARIANT AS brand_weights,
    coalesce(totals.relative_price_mean, 0)::FLOAT AS relative_price_mean,
    coalesce(
        (totals.bought_relative_price + 2 * totals.relative_price_mean) / (totals.bought_weight + 2), 0
    )::FLOAT AS relative_price_mean_bought,
    coalesce(recent.products, object_construct())::VARIANT AS recent_products,
    coalesce(bought.products, object_construct())::VARIANT AS bought_products,
    coalesce(categories.month_weights, object_construct())::VARIANT AS recent_category_weights,
    coalesce(viewed.products, object_construct())::VARIANT AS viewed_products,
    coalesce(carted.products, object_construct())::VARIANT AS carted_products,
    coalesce(rated.products, object_construct())::VARIANT AS rated_products,
    object_construct()::VARIANT AS style,
    object_construct()::VARIANT AS category_likings,
    object_construct()::VARIANT AS brand_likings,
    0::FLOAT AS price_level,
    refresh_moment.as_of
FROM snowgate.raw.customers AS customers
CROSS JOIN refresh_moment
LEFT JOIN totals ON customers.customer_id = totals.customer_id
LEFT JOIN categories ON customers.customer_id = categories.customer_id
LEFT JOIN brands ON customers.customer_id = brands.customer_id
LEFT JOIN recent ON customers.customer_id = recent.customer_id
LEFT JOIN bought ON customers.customer_id = bought.customer_id
LEFT JOIN viewed ON customers.customer_id = viewed.customer_id
LEFT JOIN carted ON customers.customer_id = carted.customer_id
LEFT JOIN rated ON customers.customer_id = rated.customer_id;

CREATE DYNAMIC TABLE IF NOT EXISTS taste_priors
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
keys AS (
    SELECT 'category' AS kind, category_id AS key FROM snowgate.raw.product_categories
    UNION DISTINCT
    SELECT 'brand' AS kind, brand AS key FROM snowgate.raw.products
),

weights AS (
    SELECT 'category' AS kind, entry.key, entry.value::FLOAT AS weight
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.category_weights) AS entry
    UNION ALL
    SELECT 'brand' AS kind, entry.key, entry.value::FLOAT AS weight
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.brand_weights) AS entry
),

sums AS (
    SELECT
        keys.kind,
        keys.key,
        coalesce(sum(weights.weight), 0) + 1 AS weight
    FROM keys
    LEFT JOIN weights ON keys.kind = weights.kind AND keys.key = weights.key
    GROUP BY keys.kind, keys.key
),

shares AS (
    SELECT
        kind,
        key,
        weight / sum(weight) OVER (PARTITION BY kind) AS share
    FROM sums
),

bands AS (
    SELECT column1 AS band
    FROM VALUES (0), (1), (2), (3)
),

ages AS (
    SELECT
        customer_id,
        least(3, greatest(0, floor((age - 15) / 15))) AS band
    FROM customer_features
    WHERE age IS NOT NULL
),

band_weights AS (
    SELECT
        ages.band,
        entry.key AS category_id,
        sum(entry.value::FLOAT) AS weight
    FROM customer_tastes
    INNER JOIN ages ON customer_tastes.customer_id = ages.customer_id,
        LATERAL flatten(INPUT => customer_tastes.category_weights) AS entry
    GROUP BY ages.band, entry.key
),

band_shares AS (
    SELECT
        bands.band,
        shares.key AS category_id,
        (coalesce(band_weights.weight, 0) + 200 * shares.share)
        / (sum(coalesce(band_weights.weight, 0)) OVER (PARTITION BY bands.band) + 200) AS share
    FROM shares
    CROSS JOIN bands
    LEFT JOIN band_weights ON bands.band = band_weights.band AND shares.key = band_weights.category_id
    WHERE shares.kind = 'category'
),

all_shares AS (
    SELECT kind, key, share FROM shares
    UNION ALL
    SELECT 'age_category' AS kind, band::VARCHAR || ':' || category_id AS key, share FROM band_shares
)

SELECT
    all_shares.kind,
    all_shares.key,
    all_shares.share::FLOAT AS share,
    refresh_moment.as_of
FROM all_shares
CROSS JOIN refresh_moment;
