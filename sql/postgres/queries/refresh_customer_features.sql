-- Computes customer_features anew; the table must be empty.
-- $1 timestamptz as_of: only events before it count.
-- One row per customer, also for those who never did anything. Age and tenure count boundaries of calendar years and
-- months in UTC, as DATEDIFF does; days_since_purchase counts whole days, 999 for never. Tier, points, app and e-mail
-- are what the customer's row says now. The first segment that matches wins; a rating shows activity as a
-- purchase does.
INSERT INTO customer_features (
    customer_id, age, tenure_months, loyalty_tier_num, total_orders, lifetime_spend, avg_order_value,
    days_since_purchase, categories_purchased, total_browse_events, total_sessions, avg_browsed_price,
    add_to_cart_count, cart_abandonment_rate, store_ratio, engagement_score, rfm_segment, as_of
)
WITH
sessions AS (
    SELECT
        customer_id,
        session_id,
        count(*) FILTER (WHERE event_type IN ('order_complete', 'pos_purchase')) AS orders,
        count(*) FILTER (WHERE event_type = 'pos_purchase') AS store_orders,
        sum((quantity * unit_price)::float8) FILTER (WHERE event_type IN ('order_complete', 'pos_purchase')) AS spend,
        max(occurred_at) FILTER (WHERE event_type IN ('order_complete', 'pos_purchase')) AS last_purchase_at,
        max(occurred_at) FILTER (WHERE event_type = 'rating') AS last_rating_at,
        count(*) FILTER (WHERE event_type IN ('product_view', 'category_browse', 'search')) AS browse_events,
        sum(unit_price::float8) FILTER (WHERE event_type IN ('product_view', 'category_browse', 'search'))
            AS browsed_price,
        count(unit_price) FILTER (WHERE event_type IN ('product_view', 'category_browse', 'search')) AS browsed_prices,
        count(*) FILTER (WHERE event_type = 'add_to_cart') AS added,
        count(*) FILTER (WHERE event_type = 'cart_abandon') AS abandoned
    FROM events
    WHERE occurred_at < $1
    GROUP BY customer_id, session_id
),

activity AS (
    SELECT
        customer_id,
        sum(orders) AS orders,
        sum(store_orders) AS store_orders,
        sum(spend) AS spend,
        max(last_purchase_at) AS last_purchase_at,
        max(last_rating_at) AS last_rating_at,
        sum(browse_events) AS browse_events,
        count(session_id) FILTER (WHERE browse_events > 0) AS sessions,
        sum(browsed_price) / nullif(sum(browsed_prices), 0)::float8 AS browsed_price,
        sum(added) AS added,
        sum(abandoned) AS abandoned
    FROM sessions
    GROUP BY customer_id
),

purchased AS (
    SELECT
        customer_id,
        count(DISTINCT category_id) AS categories
    FROM events
    WHERE occurred_at < $1 AND event_type IN ('order_complete', 'pos_purchase')
    GROUP BY customer_id
),

features AS (
    SELECT
        customers.customer_id,
        date_part('year', $1::timestamptz AT TIME ZONE 'UTC') - date_part('year', customers.birth_date) AS age,
        greatest(
            0,
            12 * (date_part('year', $1::timestamptz AT TIME ZONE 'UTC') - date_part('year', customers.joined_on))
            + date_part('month', $1::timestamptz AT TIME ZONE 'UTC') - date_part('month', customers.joined_on)
        ) AS tenure_months,
        loyalty_tiers.tier_rank AS loyalty_tier_num,
        coalesce(activity.orders, 0) AS total_orders,
        coalesce(activity.spend, 0) AS lifetime_spend,
        coalesce(activity.spend / nullif(activity.orders, 0)::float8, 0) AS avg_order_value,
        coalesce(
            floor(date_part('epoch', $1::timestamptz - activity.last_purchase_at) / 86400), 999
        ) AS days_since_purchase,
        coalesce(purchased.categories, 0) AS categories_purchased,
        coalesce(activity.browse_events, 0) AS total_browse_events,
        coalesce(activity.sessions, 0) AS total_sessions,
        coalesce(activity.browsed_price, 0) AS avg_browsed_price,
        coalesce(activity.added, 0) AS add_to_cart_count,
        coalesce(round(activity.abandoned / nullif(activity.added, 0), 3), 0) AS cart_abandonment_rate,
        coalesce(activity.store_orders / nullif(activity.orders, 0), 0) AS store_ratio,
        round(
            least(
                100,
                0.3 * coalesce(activity.sessions, 0)
                + 5 * coalesce(activity.orders, 0)
                + 0.01 * customers.points_earned
                + CASE WHEN customers.has_app THEN 10 ELSE 0 END
                + CASE WHEN customers.email_opt_in THEN 5 ELSE 0 END
            ),
            1
        ) AS engagement_score
    FROM customers
    INNER JOIN loyalty_tiers ON customers.loyalty_tier = loyalty_tiers.loyalty_tier
    LEFT JOIN activity ON customers.customer_id = activity.customer_id
    LEFT JOIN purchased ON customers.customer_id = purchased.customer_id
),

raters AS (
    SELECT
        customer_id,
        date_part('epoch', $1::timestamptz - last_rating_at) / 86400 AS days_ago
    FROM activity
)

SELECT
    features.*,
    CASE
        WHEN features.days_since_purchase <= 30 AND features.total_orders >= 5 AND features.lifetime_spend >= 500
            THEN 'Champion'
        WHEN features.total_orders >= 3 AND features.lifetime_spend >= 200 THEN 'Loyal'
        WHEN features.days_since_purchase <= 60 OR raters.days_ago < 61 THEN 'Active'
        WHEN features.days_since_purchase <= 180 OR raters.days_ago < 181 THEN 'At_Risk'
        ELSE 'Dormant'
    END AS rfm_segment,
    $1::timestamptz AS as_of
FROM features
LEFT JOIN raters ON features.customer_id = raters.customer_id;
