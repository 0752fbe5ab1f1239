-- Moves the moment that the gold tables speak for, has them computed, and takes them over into the tables that serve.
-- Run after the 3xx files. Running it again changes nothing.
-- Fits up to some million rows. Beyond that, `snowgate sync` fills a new table and swaps it in: many rows in an empty
-- table are much cheaper than a MERGE.
-- Styles of rows that serve already stay as they are: the gold tables know none, so whoever wrote them knows better.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

ALTER TASK IF EXISTS advance_moment SUSPEND;

CREATE TASK IF NOT EXISTS advance_moment
WAREHOUSE = snowgate_load_wh
SCHEDULE = '30 MINUTE'
AS
UPDATE snowgate.gold.refresh_moment SET as_of = sysdate();

CREATE TASK IF NOT EXISTS refresh_gold
WAREHOUSE = snowgate_load_wh
AFTER advance_moment
AS
ALTER DYNAMIC TABLE snowgate.gold.freshness REFRESH;

CREATE TASK IF NOT EXISTS fill_customer_features
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.customer_features AS served
USING (
    SELECT
        customer_id, age, tenure_months, loyalty_tier_num, total_orders, lifetime_spend, avg_order_value,
        days_since_purchase, categories_purchased, total_browse_events, total_sessions, avg_browsed_price,
        add_to_cart_count, cart_abandonment_rate, store_ratio, engagement_score, rfm_segment, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.customer_features
    UNION ALL
    SELECT
        gone.customer_id, gone.age, gone.tenure_months, gone.loyalty_tier_num, gone.total_orders,
        gone.lifetime_spend, gone.avg_order_value, gone.days_since_purchase, gone.categories_purchased,
        gone.total_browse_events, gone.total_sessions, gone.avg_browsed_price, gone.add_to_cart_count,
        gone.cart_abandonment_rate, gone.store_ratio, gone.engagement_score, gone.rfm_segment, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.customer_features AS gone
    LEFT JOIN snowgate.gold.customer_features AS kept ON gone.customer_id = kept.customer_id
    WHERE kept.customer_id IS NULL AND (SELECT count(*) FROM snowgate.gold.customer_features) > 0
) AS arrived
ON served.customer_id = arrived.customer_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    age = arrived.age, tenure_months = arrived.tenure_months, loyalty_tier_num = arrived.loyalty_tier_num,
    total_orders = arrived.total_orders, lifetime_spend = arrived.lifetime_spend,
    avg_order_value = arrived.avg_order_value, days_since_purchase = arrived.days_since_purchase,
    categories_purchased = arrived.categories_purchased, total_browse_events = arrived.total_browse_events,
    total_sessions = arrived.total_sessions, avg_browsed_price = arrived.avg_browsed_price,
    add_to_cart_count = arrived.add_to_cart_count, cart_abandonment_rate = arrived.cart_abandonment_rate,
    store_ratio = arrived.store_ratio, engagement_score = arrived.engagement_score,
    rfm_segment = arrived.rfm_segment, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    customer_id, age, tenure_months, loyalty_tier_num, total_orders, lifetime_spend, avg_order_value,
    days_since_purchase, categories_purchased, total_browse_events, total_sessions, avg_browsed_price,
    add_to_cart_count, cart_abandonment_rate, store_ratio, engagement_score, rfm_segment, as_of
) VALUES (
    arrived.customer_id, arrived.age, arrived.tenure_months, arrived.loyalty_tier_num, arrived.total_orders,
    arrived.lifetime_spend, arrived.avg_order_value, arrived.days_since_purchase, arrived.categories_purchased,
    arrived.total_browse_events, arrived.total_sessions, arrived.avg_browsed_price, arrived.add_to_cart_count,
    arrived.cart_abandonment_rate, arrived.store_ratio, arrived.engagement_score, arrived.rfm_segment, arrived.as_of
);

CREATE TASK IF NOT EXISTS fill_customer_propensities
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.customer_propensities AS served
USING (
    SELECT
        customer_id, category_id, propensity_score, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.customer_propensities
    UNION ALL
    SELECT
        gone.customer_id, gone.category_id, gone.propensity_score, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.customer_propensities AS gone
    LEFT JOIN snowgate.gold.customer_propensities AS kept
        ON gone.customer_id = kept.customer_id AND gone.category_id = kept.category_id
    WHERE kept.customer_id IS NULL AND (SELECT count(*) FROM snowgate.gold.customer_propensities) > 0
) AS arrived
ON served.customer_id = arrived.customer_id AND served.category_id = arrived.category_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    propensity_score = arrived.propensity_score, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    customer_id, category_id, propensity_score, as_of
) VALUES (
    arrived.customer_id, arrived.category_id, arrived.propensity_score, arrived.as_of
);

CREATE TASK IF NOT EXISTS fill_customer_tastes
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.customer_tastes AS served
USING (
    SELECT
        customer_id, total_weight, category_weights, brand_weights, relative_price_mean, relative_price_mean_bought,
        recent_products, bought_products, recent_category_weights, viewed_products, carted_products, rated_products,
        style, category_likings, brand_likings, price_level, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.customer_tastes
    UNION ALL
    SELECT
        gone.customer_id, gone.total_weight, gone.category_weights, gone.brand_weights, gone.relative_price_mean,
        gone.relative_price_mean_bought, gone.recent_products, gone.bought_products, gone.recent_category_weights,
        gone.viewed_products, gone.carted_products, gone.rated_products, gone.style, gone.category_likings,
        gone.brand_likings, gone.price_level, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.customer_tastes AS gone
    LEFT JOIN snowgate.gold.customer_tastes AS kept ON gone.customer_id = kept.customer_id
    WHERE kept.customer_id IS NULL AND (SELECT count(*) FROM snowgate.gold.customer_tastes) > 0
) AS arrived
ON served.customer_id = arrived.customer_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    total_weight = arrived.total_weight, category_weights = arrived.category_weights,
    brand_weights = arrived.brand_weights, relative_price_mean = arrived.relative_price_mean,
    relative_price_mean_bought = arrived.relative_price_mean_bought, recent_products = arrived.recent_products,
    bought_products = arrived.bought_products, recent_category_weights = arrived.recent_category_weights,
    viewed_products = arrived.viewed_products, carted_products = arrived.carted_products,
    rated_products = arrived.rated_products, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    customer_id, total_weight, category_weights, brand_weights, relative_price_mean, relative_price_mean_bought,
    recent_products, bought_products, recent_category_weights, viewed_products, carted_products, rated_products, style,
    category_likings, brand_likings, price_level, as_of
) VALUES (
    arrived.customer_id, arrived.total_weight, arrived.category_weights, arrived.brand_weights,
    arrived.relative_price_mean, arrived.relative_price_mean_bought, arrived.recent_products,
    arrived.bought_products, arrived.recent_category_weights, arrived.viewed_products, arrived.carted_products,
    arrived.rated_products, arrived.style, arrived.category_likings, arrived.brand_likings, arrived.price_level,
    arrived.as_of
);

CREATE TASK IF NOT EXISTS fill_taste_priors
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.taste_priors AS served
USING (
    SELECT
        kind, key, share, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.taste_priors
    UNION ALL
    SELECT
        gone.kind, gone.key, gone.share, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.taste_priors AS gone
    LEFT JOIN snowgate.gold.taste_priors AS kept ON gone.kind = kept.kind AND gone.key = kept.key
    WHERE kept.kind IS NULL AND (SELECT count(*) FROM snowgate.gold.taste_priors) > 0
) AS arrived
ON served.kind = arrived.kind AND served.key = arrived.key
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    share = arrived.share, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    kind, key, share, as_of
) VALUES (
    arrived.kind, arrived.key, arrived.share, arrived.as_of
);

CREATE TASK IF NOT EXISTS fill_product_statistics
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.product_statistics AS served
USING (
    SELECT
        region, product_id, relative_price, popularity, view_popularity, recent_popularity, category_trend,
        repeat_rate, repeat_days, repeat_chance, repeat_interval, demand, style, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.product_statistics
    UNION ALL
    SELECT
        gone.region, gone.product_id, gone.relative_price, gone.popularity, gone.view_popularity,
        gone.recent_popularity, gone.category_trend, gone.repeat_rate, gone.repeat_days, gone.repeat_chance,
        gone.repeat_interval, gone.demand, gone.style, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.product_statistics AS gone
    LEFT JOIN snowgate.gold.product_statistics AS kept
        ON gone.region = kept.region AND gone.product_id = kept.product_id
    WHERE kept.region IS NULL AND (SELECT count(*) FROM snowgate.gold.product_statistics) > 0
) AS arrived
ON served.region = arrived.region AND served.product_id = arrived.product_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    relative_price = arrived.relative_price, popularity = arrived.popularity,
    view_popularity = arrived.view_popularity, recent_popularity = arrived.recent_popularity,
    category_trend = arrived.category_trend, repeat_rate = arrived.repeat_rate, repeat_days = arrived.repeat_days,
    repeat_chance = arrived.repeat_chance,
    repeat_interval = arrived.repeat_interval, demand = arrived.demand, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    region, product_id, relative_price, popularity, view_popularity, recent_popularity, category_trend, repeat_rate,
    repeat_days, repeat_chance, repeat_interval, demand, style, as_of
) VALUES (
    arrived.region, arrived.product_id, arrived.relative_price, arrived.popularity, arrived.view_popularity,
    arrived.recent_popularity, arrived.category_trend, arrived.repeat_rate, arrived.repeat_days,
    arrived.repeat_chance, arrived.repeat_interval, arrived.demand, arrived.style, arrived.as_of
);

CREATE TASK IF NOT EXISTS fill_product_neighbours
WAREHOUSE = snowgate_load_wh
AFTER refresh_gold
AS
MERGE INTO snowgate.serving.product_neighbours AS served
USING (
    SELECT
        product_id, neighbour_id, similarity, as_of,
        FALSE AS is_gone
    FROM snowgate.gold.product_neighbours
    UNION ALL
    SELECT
        gone.product_id, gone.neighbour_id, gone.similarity, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.product_neighbours AS gone
    LEFT JOIN snowgate.gold.product_neighbours AS kept
        ON gone.product_id = kept.product_id AND gone.neighbour_id = kept.neighbour_id
    WHERE kept.product_id IS NULL AND (SELECT count(*) FROM snowgate.gold.product_neighbours) > 0
) AS arrived
ON served.product_id = arrived.product_id AND served.neighbour_id = arrived.neighbour_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.as_of < arrived.as_of THEN UPDATE SET
    similarity = arrived.similarity, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (
    product_id, neighbour_id, similarity, as_of
) VALUES (
    arrived.product_id, arrived.neighbour_id, arrived.similarity, arrived.as_of
);

ALTER TASK fill_customer_features RESUME;

ALTER TASK fill_customer_propensities RESUME;

ALTER TASK fill_customer_tastes RESUME;

ALTER TASK fill_taste_priors RESUME;

ALTER TASK fill_product_statistics RESUME;

ALTER TASK fill_product_neighbours RESUME;

ALTER TASK refresh_gold RESUME;

ALTER TASK advance_moment RESUME;
