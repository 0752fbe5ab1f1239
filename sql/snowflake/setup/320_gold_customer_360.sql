-- Customer 360: one row per customer, who they are and what they did before as_of; and the features of it that serve.
-- Run after 310_gold_events.sql. Running it again changes nothing.
-- Computes what sql/postgres/queries/refresh_customer_features.sql computes, which explains each column.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE DYNAMIC TABLE IF NOT EXISTS customer_360
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
WITH
typed AS (
    SELECT
        events.customer_id,
        events.session_id,
        events.category_id,
        events.event_type,
        events.occurred_at,
        events.unit_price,
        events.quantity * events.unit_price AS amount,
        events.event_type IN ('order_complete', 'pos_purchase') AS is_purchase,
        events.event_type IN ('product_view', 'category_browse', 'search') AS is_browse
    FROM events
    INNER JOIN refresh_moment ON events.occurred_at < refresh_moment.as_of
),

sessions AS (
    SELECT
        customer_id,
        session_id,
        count_if(is_browse) AS browse_events
    FROM typed
    WHERE session_id IS NOT NULL
    GROUP BY customer_id, session_id
),

browsing AS (
    SELECT
        customer_id,
        count_if(browse_events > 0) AS sessions
    FROM sessions
    GROUP BY customer_id
),

activity AS (
    SELECT
        customer_id,
        count_if(is_purchase) AS orders,
        count_if(event_type = 'pos_purchase') AS store_orders,
        sum(iff(is_purchase, amount::FLOAT, NULL)) AS spend,
        max(iff(is_purchase, occurred_at, NULL)) AS last_purchase_at,
        max(iff(event_type = 'rating', occurred_at, NULL)) AS last_rating_at,
        count(DISTINCT iff(is_purchase, category_id, NULL)) AS categories,
        count_if(is_browse) AS browse_events,
        avg(iff(is_browse, unit_price::FLOAT, NULL)) AS browsed_price,
        count_if(event_type = 'add_to_cart') AS added,
        count_if(event_type = 'cart_abandon') AS abandoned
    FROM typed
    GROUP BY customer_id
),

features AS (
    SELECT
        customers.customer_id, customers.first_name, customers.email, customers.birth_date, customers.joined_on,
        customers.loyalty_tier, customers.home_region, customers.zip_code, customers.preferred_store_id,
        customers.has_app, customers.email_opt_in, customers.points_earned,
        year(refresh_moment.as_of) - year(customers.birth_date) AS age,
        greatest(0, datediff(MONTH, customers.joined_on, refresh_moment.as_of)) AS tenure_months,
        loyalty_tiers.tier_rank AS loyalty_tier_num,
        coalesce(activity.orders, 0) AS total_orders,
        coalesce(activity.spend, 0) AS lifetime_spend,
        coalesce(activity.spend / nullif(activity.orders, 0), 0) AS avg_order_value,
        coalesce(
            floor(datediff(MICROSECOND, activity.last_purchase_at, refresh_moment.as_of) / 86400000000), 999
        ) AS days_since_purchase,
        datediff(MICROSECOND, activity.last_rating_at, refresh_moment.as_of) / 86400000000 AS rating_days_ago,
        coalesce(activity.categories, 0) AS categories_purchased,
        coalesce(activity.browse_events, 0) AS total_browse_events,
        coalesce(browsing.sessions, 0) AS total_sessions,
        coalesce(activity.browsed_price, 0) AS avg_browsed_price,
        coalesce(activity.added, 0) AS add_to_cart_count,
        coalesce(round(activity.abandoned::FLOAT / nullif(activity.added, 0), 3), 0) AS cart_abandonment_rate,
        coalesce(activity.store_orders::FLOAT / nullif(activity.orders, 0), 0) AS store_ratio,
        round(
            least(
                100,
                0.3 * coalesce(browsing.sessions, 0)
                + 5 * coalesce(activity.orders, 0)
                + 0.01 * customers.points_earned
                + iff(customers.has_app, 10, 0)
                + iff(customers.email_opt_in, 5, 0)
            ),
            1
        ) AS engagement_score,
        refresh_moment.as_of
    FROM snowgate.raw.customers AS customers
    CROSS JOIN refresh_moment
    INNER JOIN snowgate.raw.loyalty_tiers AS loyalty_tiers ON customers.loyalty_tier = loyalty_tiers.loyalty_tier
    LEFT JOIN activity ON customers.customer_id = activity.customer_id
    LEFT JOIN browsing ON customers.customer_id = browsing.customer_id
)

SELECT
    customer_id, first_name, email, birth_date, joined_on, loyalty_tier, home_region, zip_code, preferred_store_id,
    has_app, email_opt_in, points_earned,
    age::NUMBER(10, 0) AS age,
    tenure_months::NUMBER(10, 0) AS tenure_months,
    loyalty_tier_num::NUMBER(10, 0) AS loyalty_tier_num,
    total_orders::NUMBER(10, 0) AS total_orders,
    lifetime_spend::FLOAT AS lifetime_spend,
    avg_order_value::FLOAT AS avg_order_value,
    days_since_purchase::NUMBER(10, 0) AS days_since_purchase,
    categories_purchased::NUMBER(10, 0) AS categories_purchased,
    total_browse_events::NUMBER(10, 0) AS total_browse_events,
    total_sessions::NUMBER(10, 0) AS total_sessions,
    avg_browsed_price::FLOAT AS avg_browsed_price,
    add_to_cart_count::NUMBER(10, 0) AS add_to_cart_count,
    cart_abandonment_rate::FLOAT AS cart_abandonment_rate,
    store_ratio::FLOAT AS store_ratio,
    engagement_score::FLOAT AS engagement_score,
    CASE
        WHEN days_since_purchase <= 30 AND total_orders >= 5 AND lifetime_spend >= 500 THEN 'Champion'
        WHEN total_orders >= 3 AND lifetime_spend >= 200 THEN 'Loyal'
        WHEN days_since_purchase <= 60 OR rating_days_ago < 61 THEN 'Active'
        WHEN days_since_purchase <= 180 OR rating_days_ago < 181 THEN 'At_Risk'
        ELSE 'Dormant'
    END AS rfm_segment,
    as_of
FROM features;

CREATE DYNAMIC TABLE IF NOT EXISTS customer_features
TARGET_LAG = DOWNSTREAM
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
SELECT
    customer_id, age, tenure_months, loyalty_tier_num, total_orders, lifetime_spend, avg_order_value,
    days_since_purchase, categories_purchased, total_browse_events, total_sessions, avg_browsed_price,
    add_to_cart_count, cart_abandonment_rate, store_ratio, engagement_score, rfm_segment, as_of
FROM customer_360;
