-- What customers have shown to like, for ranking one batch.
-- $1 bigint[] customer ids
-- At most one row per customer; order is not guaranteed, callers align by id.
SELECT
    customer_id, total_weight, category_weights, brand_weights, relative_price_mean, relative_price_mean_bought,
    recent_products, bought_products, recent_category_weights, viewed_products, carted_products, rated_products,
    style, category_likings, brand_likings, price_level, as_of
FROM customer_tastes
WHERE customer_id = ANY($1::bigint[]);
