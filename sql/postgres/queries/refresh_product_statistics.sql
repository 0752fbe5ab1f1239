-- Computes product_statistics anew; the table must be empty.
-- $1 timestamptz as_of: only events before it count.
-- One row per region and product of the catalog. Popularity is ln of the product's weight (view 1, cart 2, purchase 4,
-- rating 0.8 a star; halved every 60 days, views and ratings of all regions every 30) over the weight of an average
-- product. Both get 5 more, so that a product nobody touched stays comparable. recent_popularity is popularity halved
-- every 7 days, with 2 more. category_trend is ln of the category's share of the region's weight halved every 14 days
-- over that of 60 days, each category with 5 more. repeat_rate is the share of purchases that the same customer
-- followed by another one 5 days later or more, drawn towards 3 % as by 10 purchases; repeat_days is the median of
-- those days, NULL when there are none. demand, repeat_chance, repeat_interval and style are
-- filled in afterwards.
INSERT INTO product_statistics (
    region, product_id, relative_price, popularity, view_popularity, recent_popularity, category_trend, repeat_rate,
    repeat_days, as_of
)
WITH
regions (region) AS (VALUES ('Northeast'), ('Southeast'), ('Midwest'), ('South'), ('West')),

aged AS (
    SELECT
        region,
        product_id,
        date_part('epoch', $1::timestamptz - occurred_at) / 86400 AS age_days,
        event_type IN ('product_view', 'rating') AS is_view,
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

touched AS (
    SELECT
        region,
        product_id,
        sum(weight * exp(-ln(2::float8) / 60 * age_days)) AS weight,
        sum(weight * exp(-ln(2::float8) / 14 * age_days)) AS fortnight_weight,
        sum(weight * exp(-ln(2::float8) / 7 * age_days)) AS week_weight,
        sum(exp(-ln(2::float8) / 30 * age_days)) FILTER (WHERE is_view) AS views
    FROM aged
    GROUP BY region, product_id
),

repeats AS (
    SELECT
        product_id,
        (count(*) FILTER (WHERE days_to_next >= 5) + 0.3::float8) / (count(*) + 10) AS rate,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_next) FILTER (WHERE days_to_next >= 5) AS days
    FROM (
        SELECT
            product_id,
            date_part(
                'epoch',
                lead(occurred_at) OVER (PARTITION BY customer_id, product_id ORDER BY occurred_at) - occurred_at
            ) / 86400 AS days_to_next
        FROM events
        WHERE
            occurred_at < $1
            AND product_id IS NOT NULL
            AND event_type IN ('order_complete', 'pos_purchase')
    ) AS purchases
    GROUP BY product_id
),

counted AS (
    SELECT
        regions.region,
        products.product_id,
        products.category_id,
        ln(greatest(products.price, 0.01)::float8) AS log_price,
        coalesce(touched.weight, 0) AS weight,
        coalesce(touched.fortnight_weight, 0) AS fortnight_weight,
        coalesce(touched.week_weight, 0) AS week_weight,
        coalesce(repeats.rate, 0.03) AS repeat_rate,
        repeats.days AS repeat_days,
        sum(coalesce(touched.views, 0)) OVER (PARTITION BY products.product_id) AS views
    FROM products
    CROSS JOIN regions
    LEFT JOIN touched ON products.product_id = touched.product_id AND regions.region = touched.region
    LEFT JOIN repeats ON products.product_id = repeats.product_id
)

SELECT
    region,
    product_id,
    coalesce(
        (log_price - avg(log_price) OVER category) / nullif(stddev_pop(log_price) OVER category, 0), 0
    ) AS relative_price,
    ln((weight + 5) / (avg(weight) OVER region + 5)) AS popularity,
    ln((views + 5) / (avg(views) OVER region + 5)) AS view_popularity,
    ln((week_weight + 2) / (avg(week_weight) OVER region + 2)) AS recent_popularity,
    ln((sum(fortnight_weight) OVER category + 5) / (sum(fortnight_weight) OVER region + 60))
    - ln((sum(weight) OVER category + 5) / (sum(weight) OVER region + 60)) AS category_trend,
    repeat_rate,
    repeat_days,
    $1::timestamptz AS as_of
FROM counted
WINDOW category AS (PARTITION BY region, category_id), region AS (PARTITION BY region);
