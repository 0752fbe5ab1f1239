-- Scores every category for every customer by the registered propensity model, as `snowgate score propensity` does on
-- Postgres: into gold.customer_propensity, and from there into the table that serves.
-- Run after the setup files 0xx to 4xx and once the model is registered as snowgate.models.propensity; again whenever
-- the gold tables speak for a new moment or the model has a new default version. Running it twice gives the same rows.
-- No parameters. No rows come back. Readers see all old scores or all new ones: the gold table is swapped in whole, and
-- the serving one changes in one statement.
-- The task fill_customer_propensities, which serves shares of what customers did instead, rests from then on.
-- `ALTER TASK snowgate.serving.fill_customer_propensities RESUME` goes back to it.
-- Columns are those of src/ranking/features.ts, under the same names; test/integration/gold-tables.test.ts compares
-- them with what training exports. Styles, which the gold tables do not know, are no part of them.
USE ROLE snowgate_admin;

USE WAREHOUSE snowgate_load_wh;

USE SCHEMA snowgate.gold;

-- One row per customer and category that the catalog has products of.
CREATE OR REPLACE TABLE category_feature_rows AS
WITH
categories AS (
    SELECT
        products.category_id,
        greatest(min(taste_priors.share), 0.00001::FLOAT) AS prior,
        min(taste_priors.share) AS share
    FROM snowgate.raw.products AS products
    INNER JOIN taste_priors ON products.category_id = taste_priors.key AND taste_priors.kind = 'category'
    GROUP BY products.category_id
),

weights AS (
    SELECT
        customer_tastes.customer_id,
        entry.key AS category_id,
        entry.value::FLOAT AS weight
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.category_weights) AS entry
),

recent_weights AS (
    SELECT
        customer_tastes.customer_id,
        entry.key AS category_id,
        entry.value::FLOAT AS weight
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.recent_category_weights) AS entry
),

recent_totals AS (
    SELECT
        customer_id,
        sum(weight) AS weight
    FROM recent_weights
    GROUP BY customer_id
),

days AS (
    SELECT customer_tastes.customer_id, 'bought' AS kind, entry.key AS product_id, entry.value::FLOAT AS days
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.bought_products) AS entry
    UNION ALL
    SELECT customer_tastes.customer_id, 'carted' AS kind, entry.key AS product_id, entry.value::FLOAT AS days
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.carted_products) AS entry
    UNION ALL
    SELECT customer_tastes.customer_id, 'viewed' AS kind, entry.key AS product_id, entry.value::FLOAT AS days
    FROM customer_tastes, LATERAL flatten(INPUT => customer_tastes.viewed_products) AS entry
),

latest AS (
    SELECT
        days.customer_id,
        products.category_id,
        sum(iff(days.kind = 'bought', power(2::FLOAT, -days.days / 30), 0)) AS bought_weight,
        min(iff(days.kind = 'bought', days.days, NULL)) AS bought_days,
        min(iff(days.kind = 'carted', days.days, NULL)) AS carted_days,
        min(iff(days.kind = 'viewed', days.days, NULL)) AS viewed_days
    FROM days
    INNER JOIN snowgate.raw.products AS products ON days.product_id = products.product_id::VARCHAR
    GROUP BY days.customer_id, products.category_id
),

bands AS (
    SELECT
        customer_id,
        least(3, greatest(0, floor((age - 15) / 15)))::NUMBER(1, 0) AS band
    FROM customer_features
    WHERE age IS NOT NULL
),

shares AS (
    SELECT
        customer_tastes.customer_id,
        categories.category_id,
        categories.prior,
        categories.share AS category_prior,
        (coalesce(weights.weight, 0) + 6 * categories.prior) / (customer_tastes.total_weight + 6) AS share,
        (coalesce(recent_weights.weight, 0) + 6 * categories.prior)
        / (coalesce(recent_totals.weight, 0) + 6) AS recent_share,
        customer_tastes.total_weight,
        customer_tastes.category_likings
    FROM customer_tastes
    CROSS JOIN categories
    LEFT JOIN weights
        ON customer_tastes.customer_id = weights.customer_id AND categories.category_id = weights.category_id
    LEFT JOIN recent_weights
        ON
            customer_tastes.customer_id = recent_weights.customer_id
            AND categories.category_id = recent_weights.category_id
    LEFT JOIN recent_totals ON customer_tastes.customer_id = recent_totals.customer_id
)

SELECT
    shares.customer_id,
    shares.category_id,
    customer_features.as_of,
    shares.share::FLOAT AS category_share,
    ln(shares.share / shares.prior)::FLOAT AS category_lift,
    ln(shares.recent_share / shares.prior)::FLOAT AS recent_category_lift,
    coalesce(latest.bought_weight, 0)::FLOAT AS category_bought_weight,
    coalesce(latest.bought_days, 999)::FLOAT AS category_days_since_bought,
    coalesce(latest.carted_days, 999)::FLOAT AS category_days_since_carted,
    coalesce(latest.viewed_days, 999)::FLOAT AS category_days_since_viewed,
    coalesce(ln(age_priors.share / shares.category_prior), 0)::FLOAT AS age_category_lift,
    coalesce(
        shares.category_likings[shares.category_id]::FLOAT,
        0.7 * ln(shares.share / shares.prior) + 0.5 * coalesce(ln(age_priors.share / shares.category_prior), 0)
    )::FLOAT AS category_liking,
    shares.total_weight,
    customer_features.age,
    customer_features.tenure_months,
    customer_features.loyalty_tier_num,
    customer_features.total_orders,
    customer_features.lifetime_spend,
    customer_features.avg_order_value,
    customer_features.days_since_purchase,
    customer_features.engagement_score,
    customer_features.avg_browsed_price
FROM shares
INNER JOIN customer_features ON shares.customer_id = customer_features.customer_id
LEFT JOIN latest ON shares.customer_id = latest.customer_id AND shares.category_id = latest.category_id
LEFT JOIN bands ON shares.customer_id = bands.customer_id
LEFT JOIN taste_priors AS age_priors
    ON age_priors.kind = 'age_category' AND age_priors.key = bands.band::VARCHAR || ':' || shares.category_id;

-- The columns of the model's manifest, in their order.
CREATE OR REPLACE TABLE customer_propensity_staged AS
SELECT
    customer_id,
    category_id,
    snowgate.models.propensity!PREDICT_PROBA( -- noqa: PRS, RF01
        category_liking, category_share, category_lift, recent_category_lift, category_bought_weight, category_days_since_bought,
        category_days_since_carted, category_days_since_viewed, age_category_lift, total_weight, age, tenure_months,
        loyalty_tier_num, total_orders, lifetime_spend, avg_order_value, days_since_purchase, engagement_score,
        avg_browsed_price
    ):output_feature_1::FLOAT AS propensity_score,
    as_of
FROM category_feature_rows;

CREATE TABLE IF NOT EXISTS customer_propensity LIKE customer_propensity_staged;

ALTER TABLE customer_propensity SWAP WITH customer_propensity_staged;

DROP TABLE customer_propensity_staged;

DROP TABLE category_feature_rows;

ALTER TASK IF EXISTS snowgate.serving.advance_moment SUSPEND;

ALTER TASK IF EXISTS snowgate.serving.fill_customer_propensities SUSPEND;

ALTER TASK IF EXISTS snowgate.serving.advance_moment RESUME;

MERGE INTO snowgate.serving.customer_propensities AS served
USING (
    SELECT
        customer_id, category_id, propensity_score, as_of,
        FALSE AS is_gone
    FROM customer_propensity
    UNION ALL
    SELECT
        gone.customer_id, gone.category_id, gone.propensity_score, gone.as_of,
        TRUE AS is_gone
    FROM snowgate.serving.customer_propensities AS gone
    LEFT JOIN customer_propensity AS kept
        ON gone.customer_id = kept.customer_id AND gone.category_id = kept.category_id
    WHERE kept.customer_id IS NULL AND (SELECT count(*) FROM customer_propensity) > 0
) AS arrived
ON served.customer_id = arrived.customer_id AND served.category_id = arrived.category_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED THEN UPDATE SET propensity_score = arrived.propensity_score, as_of = arrived.as_of
WHEN NOT MATCHED THEN INSERT (customer_id, category_id, propensity_score, as_of) VALUES (
    arrived.customer_id, arrived.category_id, arrived.propensity_score, arrived.as_of
);
