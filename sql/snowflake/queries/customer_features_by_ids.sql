-- Customer 360 features and segment, for one batch.
-- :1 list of number(19) customer ids
-- At most one row per customer; order is not guaranteed, callers align by id.
SELECT
    customer_id, age, tenure_months, loyalty_tier_num, total_orders, lifetime_spend, avg_order_value,
    days_since_purchase, categories_purchased, total_browse_events, total_sessions, avg_browsed_price,
    add_to_cart_count, cart_abandonment_rate, store_ratio, engagement_score, rfm_segment, as_of
FROM customer_features
WHERE customer_id IN (/*list*/ :1);
