-- The whole catalog in the form of a region's stock, to compute what depends on customer and category alone.
-- No parameters.
-- One row per product, by product id ascending. None is in stock, and statistics, which regions have, are NULL.
SELECT
    p.product_id, p.category_id, c.category_name, p.brand, p.price, p.product_tier, p.is_perishable,
    0 AS quantity_on_hand,
    NULL::float8 AS relative_price,
    NULL::float8 AS popularity,
    NULL::float8 AS view_popularity,
    NULL::float8 AS recent_popularity,
    NULL::float8 AS category_trend,
    NULL::float8 AS repeat_rate,
    NULL::float8 AS repeat_days,
    NULL::float8 AS repeat_chance,
    NULL::float8 AS repeat_interval,
    NULL::float8 AS demand,
    NULL::jsonb AS style,
    NULL::timestamptz AS statistics_as_of
FROM products AS p
INNER JOIN product_categories AS c ON p.category_id = c.category_id
ORDER BY p.product_id;
