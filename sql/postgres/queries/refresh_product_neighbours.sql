-- Computes product_neighbours anew; the table must be empty.
-- $1 timestamptz as_of: only events before it count.
-- At most 20 rows per product: the products most alike, ties by id; none that no customer shares. Similarity is the
-- cosine between the sets of customers who put a product into the cart, bought it or gave it four stars, damped as if
-- every product had 5 more customers that it shares with none: a chance meeting of two rare products is no likeness. A
-- customer counts with the 40 products of last contact only, because pairs grow with the square.
INSERT INTO product_neighbours (product_id, neighbour_id, similarity, as_of)
WITH
baskets AS MATERIALIZED (
    SELECT
        customer_id,
        product_id
    FROM (
        SELECT
            events.customer_id,
            events.product_id,
            row_number() OVER (
                PARTITION BY events.customer_id ORDER BY max(events.occurred_at) DESC, events.product_id ASC
            ) AS place
        FROM events
        INNER JOIN products ON events.product_id = products.product_id
        WHERE
            events.occurred_at < $1
            AND (events.event_type IN ('add_to_cart', 'order_complete', 'pos_purchase') OR events.value >= 4)
        GROUP BY events.customer_id, events.product_id
    ) AS latest
    WHERE place <= 40
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
        pairs.customers / sqrt((one.customers + 5)::float8 * (other.customers + 5)) AS similarity
    FROM pairs
    INNER JOIN sizes AS one ON pairs.one_id = one.product_id
    INNER JOIN sizes AS other ON pairs.other_id = other.product_id
),

both_ways (product_id, neighbour_id, similarity) AS (
    SELECT one_id, other_id, similarity FROM similarities
    UNION ALL
    SELECT other_id, one_id, similarity FROM similarities
),

ranked AS (
    SELECT
        product_id,
        neighbour_id,
        similarity,
        row_number() OVER (PARTITION BY product_id ORDER BY similarity DESC, neighbour_id ASC) AS place
    FROM both_ways
)

SELECT
    product_id,
    neighbour_id,
    similarity,
    $1::timestamptz AS as_of
FROM ranked
WHERE place <= 20;
