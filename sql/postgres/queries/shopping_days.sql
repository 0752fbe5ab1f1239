-- What customers did day by day in the last 180 days, to learn demand and repeat purchases from.
-- $1 timestamptz as_of: only events before it count
-- $2 bigint customer id to go on after · $3 integer customers at most
-- One row per customer, by customer id ascending, with empty arrays for those without events; the arrays are JSON,
-- which is read several times as fast. visits are the days with any event, ascending; a day has 24 hours and counts
-- from 0, the first of the 180 before as_of, to 179, the last. places count the products of the catalog by product id
-- from 0 on; days and kinds run in parallel with them, one entry per product and day, by place and day ascending. kind
-- is 2 for what was bought in a store, 1 for what was ordered, 0 for what was looked at, carted or rated.
-- Events of products that left the catalog do not count.
WITH
page AS (
    SELECT
        customer_id,
        home_region
    FROM customers
    WHERE customer_id > $2
    ORDER BY customer_id
    LIMIT $3
),

catalog AS (
    SELECT
        product_id,
        row_number() OVER (ORDER BY product_id)::integer - 1 AS place
    FROM products
),

recent AS (
    SELECT
        events.customer_id,
        catalog.place,
        179 - floor(date_part('epoch', $1::timestamptz - events.occurred_at) / 86400)::integer AS day,
        max(CASE events.event_type WHEN 'pos_purchase' THEN 2 WHEN 'order_complete' THEN 1 ELSE 0 END) AS kind
    FROM page
    INNER JOIN events ON page.customer_id = events.customer_id
    LEFT JOIN catalog ON events.product_id = catalog.product_id
    WHERE events.occurred_at < $1 AND events.occurred_at > $1::timestamptz - interval '4320 hours'
    GROUP BY events.customer_id, catalog.place, day
),

visits AS (
    SELECT
        customer_id,
        json_agg(day ORDER BY day) AS days
    FROM (SELECT DISTINCT customer_id, day FROM recent) AS distinct_days
    GROUP BY customer_id
)

SELECT
    page.customer_id,
    page.home_region,
    coalesce(visits.days::text, '[]')::json AS visits,
    coalesce(json_agg(recent.place ORDER BY recent.place, recent.day) FILTER (WHERE recent.place IS NOT NULL), '[]')
        AS places,
    coalesce(json_agg(recent.day ORDER BY recent.place, recent.day) FILTER (WHERE recent.place IS NOT NULL), '[]')
        AS days,
    coalesce(json_agg(recent.kind ORDER BY recent.place, recent.day) FILTER (WHERE recent.place IS NOT NULL), '[]')
        AS kinds
FROM page
LEFT JOIN visits ON page.customer_id = visits.customer_id
LEFT JOIN recent ON page.customer_id = recent.customer_id
GROUP BY page.customer_id, page.home_region, visits.days::text
ORDER BY page.customer_id;
