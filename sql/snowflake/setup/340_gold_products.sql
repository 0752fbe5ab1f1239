-- What is computed about products: prices and popularity within region and category, and neighbours.
-- Run after 310_gold_events.sql. Running it again changes nothing.
-- Computes what refresh_product_statistics.sql and refresh_product_neighbours.sql of sql/postgres/queries compute.
-- Styles are not computed in SQL: they are empty, which means not known.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE DYNAMIC TABLE IF NOT EXISTS product_statistics
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
regions AS (
    SELECT column1 AS region
    FROM VALUES ('Northeast'), ('Southeast'), ('Midwest'), ('South'), ('West')
),

aged AS (
    SELECT
        events.region,
        events.product_id,
        datediff(MICROSECOND, events.occurred_at, refresh_moment.as_of)::FLOAT / 86400000000 AS age_days,
        events.event_type IN ('product_view', 'rating') AS is_view,
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

touched AS (
    SELECT
        region,
        product_id,
        sum(weight * power(0.5::FLOAT, age_days / 60)) AS weight,
        sum(weight * power(0.5::FLOAT, age_days / 14)) AS fortnight_weight,
        sum(weight * power(0.5::FLOAT, age_days / 7)) AS week_weight,
        sum(iff(is_view, power(0.5::FLOAT, age_days / 30), 0)) AS views
    FROM aged
    GROUP BY region, product_id
),

purchases AS (
    SELECT
        events.product_id,
        datediff(
            MICROSECOND,
            events.occurred_at,
            lead(events.occurred_at) OVER (
                PARTITION BY events.customer_id, events.product_id ORDER BY events.occurred_at ASC
            )
        )::FLOAT / 86400000000 AS days_to_next
    FROM events
    INNER JOIN refresh_moment ON events.occurred_at < refresh_moment.as_of
    WHERE events.product_id IS NOT NULL AND events.event_type IN ('order_complete', 'pos_purchase')
),

repeats AS (
    SELECT
        product_id,
        (sum(iff(days_to_next >= 5, 1, 0)) + 0.3::FLOAT) / (count(*) + 10) AS rate,
        median(iff(days_to_next >= 5, days_to_next, NULL)) AS days
    FROM purchases
    GROUP BY product_id
),

counted AS (
    SELECT
        regions.region,
        products.product_id,
        products.category_id,
        ln(greatest(products.price, 0.01)::FLOAT) AS log_price,
        coalesce(touched.weight, 0) AS weight,
        coalesce(touched.fortnight_weight, 0) AS fortnight_weight,
        coalesce(touched.week_weight, 0) AS week_weight,
        coalesce(repeats.rate, 0.03) AS repeat_rate,
        repeats.days AS repeat_days,
        sum(coalesce(touched.views, 0)) OVER (PARTITION BY products.product_id) AS views
    FROM snowgate.raw.products AS products
    CROSS JOIN regions
    LEFT JOIN touched ON products.product_id = touched.product_id AND regions.region = touched.region
    LEFT JOIN repeats ON products.product_id = repeats.product_id
)

SELECT
    counted.region,
    counted.product_id,
    coalesce(
        (counted.log_price - avg(counted.log_price) OVER (PARTITION BY counted.region, counted.category_id))
        / nullif(stddev_pop(counted.log_price) OVER (PARTITION BY counted.region, counted.category_id), 0),
        0
    )::FLOAT AS relative_price,
    ln((counted.weight + 5) / (avg(counted.weight) OVER (PARTITION BY counted.region) + 5))::FLOAT AS popularity,
    ln((counted.views + 5) / (avg(counted.views) OVER (PARTITION BY counted.region) + 5))::FLOAT AS view_popularity,
    ln(
        (counted.week_weight + 2) / (avg(counted.week_weight) OVER (PARTITION BY counted.region) + 2)
    )::FLOAT AS recent_popularity,
    (
        ln(
            (sum(counted.fortnight_weight) OVER (PARTITION BY counted.region, counted.category_id) + 5)
            / (sum(counted.fortnight_weight) OVER (PARTITION BY counted.region) + 60)
        )
        - ln(
            (sum(counted.weight) OVER (PARTITION BY counted.region, counted.category_id) + 5)
            / (sum(counted.weight) OVER (PARTITION BY counted.region) + 60)
        )
    )::FLOAT AS category_trend,
    counted.repeat_rate::FLOAT AS repeat_rate,
    counted.repeat_days::FLOAT AS repeat_days,
    NULL::FLOAT AS repeat_chance,
    NULL::FLOAT AS repeat_interval,
    NULL::FLOAT AS demand,
    object_construct()::VARIANT AS style,
    refresh_moment.as_of
FROM counted
CROSS JOIN refresh_moment;

CREATE DYNAMIC TABLE IF NOT EXISTS product_neighbours
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
baskets AS (
    SELECT
        events.customer_id,
        events.product_id
    FROM events
    INNER JOIN refresh_moment ON events.occurred_at < refresh_moment.as_of
    INNER JOIN snowgate.raw.products AS products ON events.product_id = products.product_id
    WHERE events.event_type IN ('add_to_cart', 'order_complete', 'pos_purchase') OR events.value >= 4
    GROUP BY events.customer_id, events.product_id
    QUALIFY
        row_number() OVER (
            PARTITION BY events.customer_id ORDER BY max(events.occurred_at) DESC, events.product_id ASC
        ) <= 40
),

sizes AS (
    SELECT
        product_id,
        count(*) AS customers
    FROM baskets
    GROUP BY product_id
),

pairs AS (
    SELECT
        one.product_id AS one_id,
        other.product_id AS other_id,
        count(*) AS customers
    FROM baskets AS one
    INNER JOIN baskets AS other ON one.customer_id = other.customer_id AND one.product_id < other.product_id
    GROUP BY one.product_id, other.product_id
),

similarities AS (
    SELECT
        pairs.one_id,
        pairs.other_id,
        pairs.customers / sqrt((one.customers + 5)::FLOAT * (other.customers + 5)) AS similarity
    FROM pairs
    INNER JOIN sizes AS one ON pairs.one_id = one.product_id
    INNER JOIN sizes AS other ON pairs.other_id = other.product_id
),

both_ways AS (
    SELECT one_id AS product_id, other_id AS neighbour_id, similarity FROM similarities
    UNION ALL
    SELECT other_id AS product_id, one_id AS neighbour_id, similarity FROM similarities
)

SELECT
    both_ways.product_id,
    both_ways.neighbour_id,
    both_ways.similarity::FLOAT AS similarity,
    refresh_moment.as_of
FROM both_ways
CROSS JOIN refresh_moment
QUALIFY
    row_number() OVER (
        PARTITION BY both_ways.product_id ORDER BY both_ways.similarity DESC, both_ways.neighbour_id ASC
    ) <= 20;
