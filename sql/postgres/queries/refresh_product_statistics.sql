-- Computes product_statistics anew; the table must be empty.
-- $1 timestamptz as_of: only events before it count.
-- One row per region and product of the catalog. Popularity is ln of the product's weight (view 1, cart 2, purchase 4,
-- rating 0.8 a star; halved every 60 days, views and ratings of all regions every 30) over the weight of an average
-- product. Both get 5 more, so that a product nobody touched stays comparable.
INSERT INTO product_statistics (region, product_id, relative_price, popularity, view_popularity, as_of)
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
        sum(exp(-ln(2::float8) / 30 * age_days)) FILTER (WHERE is_view) AS views
    FROM aged
    GROUP BY region, product_id
),

counted AS (
    SELECT
        regions.region,
        products.product_id,
        products.category_id,
        ln(greatest(products.price, 0.01)::float8) AS log_price,
        coalesce(touched.weight, 0) AS weight,
        sum(coalesce(touched.views, 0)) OVER (PARTITION BY products.product_id) AS views
    FROM products
    CROSS JOIN regions
    LEFT JOIN touched ON products.product_id = touched.product_id AND regions.region = touched.region
)

SELECT
    region,
    product_id,
    coalesce(
        (log_price - avg(log_price) OVER category) / nullif(stddev_pop(log_price) OVER category, 0), 0
    ) AS relative_price,
    ln((weight + 5) / (avg(weight) OVER region + 5)) AS popularity,
    ln((views + 5) / (avg(views) OVER region + 5)) AS view_popularity,
    $1::timestamptz AS as_of
FROM counted
WINDOW category AS (PARTITION BY region, category_id), region AS (PARTITION BY region);
