-- What customers have shown to like, for ranking one batch.
-- :1 list of number(19) customer ids
-- At most one row per customer; order is not guaranteed, callers align by id.
SELECT
    customer_id, total_weight, category_weights, brand_weights, relative_price_mean, relative_price_mean_bought,
    recent_products, bought_products,
    coalesce(recent_category_weights, parse_json('{}')) AS recent_category_weights,
    coalesce(viewed_products, parse_json('{}')) AS viewed_products,
    coalesce(carted_products, parse_json('{}')) AS carted_products,
    coalesce(rated_products, parse_json('{}')) AS rated_products,
    coalesce(style, parse_json('{}')) AS style,
    coalesce(category_likings, parse_json('{}')) AS category_likings,
    coalesce(brand_likings, parse_json('{}')) AS brand_likings,
    coalesce(price_level, 0) AS price_level,
    as_of
FROM customer_tastes
WHERE customer_id IN (/*list*/ :1);
