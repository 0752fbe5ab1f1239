-- What customers did day by day, to learn demand, repeat purchases, interests, styles and likings from.
-- $1 timestamptz as_of: only events before it count; customer_features must be of the same moment
-- $2 bigint customer id to go on after · $3 integer customers at most
-- One row per customer, by customer id ascending, with empty arrays for those without events; the arrays are JSON,
-- which is read several times as fast. A day has 24 hours; 179 is the last one before as_of, days before the 180 last
-- ones are below 0. visits are the days with any event, ascending. places count the products of the catalog by product
-- id from 0 on; days, kinds and stars run in parallel with them, one entry per product and day, by place and day
-- ascending. A kind adds up 1 for a look, 2 for a cart, 4 for an order and 8 for a purchase in a store; stars are those
-- of a rating, 0 without one. browsed are the categories that the customer browsed, browsed_days the days of it.
-- Events of products that left the catalog do not count.
WITH
page AS (
    SELECT
        customers.customer_id,
        customers.home_region,
        customer_features.age
    FROM customers
    LEFT JOIN customer_features ON customers.customer_id = customer_features.customer_id
    WHERE customers.customer_id > $2
    ORDER BY customers.customer_id
    LIMIT $3
),

catalog AS (
    SELECT
        product_id,
        row_number() OVER (ORDER BY product_id)::integer - 1 AS place
    FROM products
),

past AS (
    SELECT
        events.customer_id,
        catalog.place,
        CASE events.event_type WHEN 'category_browse' THEN events.category_id END AS browsed,
        179 - floor(date_part('epoch', $1::timestamptz - events.occurred_at) / 86400)::integer AS day,
        bit_or(CASE events.event_type
            WHEN 'product_view' THEN 1
            WHEN 'add_to_cart' THEN 2
            WHEN 'cart_abandon' THEN 2
            WHEN 'order_complete' THEN 4
            WHEN 'pos_purchase' THEN 8
            ELSE 0
        END) AS kind,
        coalesce(max(events.value) FILTER (WHERE events.event_type = 'rating'), 0) AS stars
    FROM page
    INNER JOIN events ON page.customer_id = events.customer_id
    LEFT JOIN catalog ON events.product_id = catalog.product_id
    WHERE events.occurred_at < $1
    GROUP BY events.customer_id, catalog.place, browsed, day
),

visits AS (
    SELECT
        customer_id,
        json_agg(day ORDER BY day) AS days
    FROM (SELECT DISTINCT customer_id, day FROM past) AS distinct_days
    GROUP BY customer_id
),

entries AS (
    SELECT
        customer_id,
        json_agg(place ORDER BY place, day) FILTER (WHERE place IS NOT NULL) AS places,
        json_agg(day ORDER BY place, day) FILTER (WHERE place IS NOT NULL) AS days,
        json_agg(kind ORDER BY place, day) FILTER (WHERE place IS NOT NULL) AS kinds,
        json_agg(stars ORDER BY place, day) FILTER (WHERE place IS NOT NULL) AS stars,
        json_agg(browsed ORDER BY day, browsed) FILTER (WHERE browsed IS NOT NULL) AS browsed,
        json_agg(day ORDER BY day, browsed) FILTER (WHERE browsed IS NOT NULL) AS browsed_days
    FROM past
    GROUP BY customer_id
)

SELECT
    page.customer_id,
    page.home_region,
    page.age,
    coalesce(visits.days, '[]') AS visits,
    coalesce(entries.places, '[]') AS places,
    coalesce(entries.days, '[]') AS days,
    coalesce(entries.kinds, '[]') AS kinds,
    coalesce(entries.stars, '[]') AS stars,
    coalesce(entries.browsed, '[]') AS browsed,
    coalesce(entries.browsed_days, '[]') AS browsed_days
FROM page
LEFT JOIN visits ON page.customer_id = visits.customer_id
LEFT JOIN entries ON page.customer_id = entries.customer_id
ORDER BY page.customer_id;
