-- What is computed from customers, catalog and events. Each row carries the moment it speaks for: only events before
-- as_of (in UTC) have entered it. Meanings of the columns are those of sql/postgres/migrations/0005_derived.sql.
-- Run after 030_database.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE HYBRID TABLE IF NOT EXISTS customer_features (
    customer_id NUMBER(19, 0) NOT NULL,
    age NUMBER(10, 0),
    tenure_months NUMBER(10, 0) NOT NULL,
    loyalty_tier_num NUMBER(10, 0) NOT NULL,
    total_orders NUMBER(10, 0) NOT NULL,
    lifetime_spend FLOAT NOT NULL,
    avg_order_value FLOAT NOT NULL,
    days_since_purchase NUMBER(10, 0) NOT NULL,
    categories_purchased NUMBER(10, 0) NOT NULL,
    total_browse_events NUMBER(10, 0) NOT NULL,
    total_sessions NUMBER(10, 0) NOT NULL,
    avg_browsed_price FLOAT NOT NULL,
    add_to_cart_count NUMBER(10, 0) NOT NULL,
    cart_abandonment_rate FLOAT NOT NULL,
    store_ratio FLOAT NOT NULL,
    engagement_score FLOAT NOT NULL,
    rfm_segment VARCHAR(16) NOT NULL,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (customer_id),
    INDEX customer_features_segment (rfm_segment, customer_id)
);

CREATE HYBRID TABLE IF NOT EXISTS customer_propensities (
    customer_id NUMBER(19, 0) NOT NULL,
    category_id VARCHAR(64) NOT NULL,
    propensity_score FLOAT NOT NULL,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (customer_id, category_id)
);

CREATE HYBRID TABLE IF NOT EXISTS customer_tastes (
    customer_id NUMBER(19, 0) NOT NULL,
    total_weight FLOAT NOT NULL,
    category_weights VARIANT NOT NULL,
    brand_weights VARIANT NOT NULL,
    relative_price_mean FLOAT NOT NULL,
    relative_price_mean_bought FLOAT NOT NULL,
    recent_products VARIANT NOT NULL,
    bought_products VARIANT NOT NULL,
    recent_category_weights VARIANT,
    viewed_products VARIANT,
    carted_products VARIANT,
    rated_products VARIANT,
    style VARIANT,
    category_likings VARIANT,
    brand_likings VARIANT,
    price_level FLOAT,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE HYBRID TABLE IF NOT EXISTS taste_priors (
    kind VARCHAR(16) NOT NULL,
    key VARCHAR(256) NOT NULL,
    share FLOAT NOT NULL,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE HYBRID TABLE IF NOT EXISTS product_statistics (
    region VARCHAR(32) NOT NULL,
    product_id NUMBER(19, 0) NOT NULL,
    relative_price FLOAT NOT NULL,
    popularity FLOAT NOT NULL,
    view_popularity FLOAT NOT NULL,
    recent_popularity FLOAT,
    category_trend FLOAT,
    repeat_rate FLOAT,
    repeat_days FLOAT,
    repeat_chance FLOAT,
    repeat_interval FLOAT,
    demand FLOAT,
    style VARIANT,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (region, product_id)
);

CREATE HYBRID TABLE IF NOT EXISTS product_neighbours (
    product_id NUMBER(19, 0) NOT NULL,
    neighbour_id NUMBER(19, 0) NOT NULL,
    similarity FLOAT NOT NULL,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (product_id, neighbour_id)
);

-- Lists of strategy COLLABORATIVE made ahead of time, by a job of the account's own; without rows, styles serve.
CREATE HYBRID TABLE IF NOT EXISTS recommendation_lists (
    customer_id NUMBER(19, 0) NOT NULL,
    strategy VARCHAR(16) NOT NULL,
    rank NUMBER(5, 0) NOT NULL,
    product_id NUMBER(19, 0) NOT NULL,
    score FLOAT NOT NULL,
    model VARCHAR(256) NOT NULL,
    region VARCHAR(32) NOT NULL,
    as_of TIMESTAMP_NTZ NOT NULL,
    PRIMARY KEY (customer_id, strategy, rank)
);
