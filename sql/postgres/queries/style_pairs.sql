-- How much customers had to do with products, to learn styles and likings from.
-- $1 timestamptz as_of: only events before it count
-- $2 bigint customer id to go on after · $3 integer customers at most
-- One row per customer, by customer id ascending, with empty arrays for those without such events; the arrays are
-- JSON, which is read several times as fast. places count the products of the catalog by product id from 0 on,
-- ascending; weights and counts run in parallel with them. A weight is ln(1 + sum), the sum of view 1, cart 2,
-- purchase 4 and rating 0.8 a star, each halved every 90 days. A count is what the customer chose: a look 1, a cart
-- 0.5 and an order 0.4 on top of it, a purchase in a store 1.5, a rating 0.3 a star, each halved every 365 days.
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

pairs AS (
    SELECT
        events.customer_id,
        catalog.place,
        ln(1 + sum(
            CASE events.event_type
                WHEN 'product_view' THEN 1.0::float8
                WHEN 'add_to_cart' THEN 2
                WHEN 'rating' THEN 0.8 * events.value
                ELSE 4
            END
            * exp(-ln(2::float8) / 90 * date_part('epoch', $1::timestamptz - events.occurred_at) / 86400)
        )) AS weight,
        sum(
            CASE events.event_type
                WHEN 'product_view' THEN 1.0::float8
                WHEN 'add_to_cart' THEN 0.5
                WHEN 'order_complete' THEN 0.4
                WHEN 'rating' THEN 0.3 * events.value
                ELSE 1.5
            END
            * exp(-ln(2::float8) / 365 * date_part('epoch', $1::timestamptz - events.occurred_at) / 86400)
        ) AS count
    FROM page
    INNER JOIN events ON page.customer_id = events.customer_id
    INNER JOIN catalog ON events.product_id = catalog.product_id
    WHERE
        events.occurred_at < $1
        AND events.event_type IN ('product_view', 'add_to_cart', 'order_complete', 'pos_purchase', 'rating')
    GROUP BY events.customer_id, catalog.place
)

SELECT
    page.customer_id,
    page.home_region,
    coalesce(json_agg(pairs.place ORDER BY pairs.place) FILTER (WHERE pairs.place IS NOT NULL), '[]') AS places,
    coalesce(json_agg(pairs.weight ORDER BY pairs.place) FILTER (WHERE pairs.place IS NOT NULL), '[]') AS weights,
    coalesce(json_agg(pairs.count ORDER BY pairs.place) FILTER (WHERE pairs.place IS NOT NULL), '[]') AS counts
FROM page
LEFT JOIN pairs ON page.customer_id = pairs.customer_id
GROUP BY page.customer_id, page.home_region
ORDER BY page.customer_id;
