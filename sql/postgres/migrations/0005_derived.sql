-- What is computed from the tables above by the refresh_* statements. Each row carries the moment it speaks for: only
-- events before as_of have entered it.

-- Customer 360: the 15 features of the reference (names and units kept) and the RFM segment.
CREATE TABLE customer_features (
    customer_id bigint PRIMARY KEY,
    age integer,
    tenure_months integer NOT NULL,
    loyalty_tier_num integer NOT NULL,
    total_orders integer NOT NULL,
    lifetime_spend double precision NOT NULL,
    avg_order_value double precision NOT NULL,
    days_since_purchase integer NOT NULL,
    categories_purchased integer NOT NULL,
    total_browse_events integer NOT NULL,
    total_sessions integer NOT NULL,
    avg_browsed_price double precision NOT NULL,
    add_to_cart_count integer NOT NULL,
    cart_abandonment_rate double precision NOT NULL,
    store_ratio double precision NOT NULL,
    engagement_score double precision NOT NULL,
    rfm_segment text NOT NULL CHECK (rfm_segment IN ('Champion', 'Loyal', 'Active', 'At_Risk', 'Dormant')),
    as_of timestamptz NOT NULL
);

CREATE INDEX customer_features_segment ON customer_features (rfm_segment, customer_id);

-- How likely a customer is to buy from a category next, 0 to 1.
CREATE TABLE customer_propensities (
    customer_id bigint NOT NULL,
    category_id text NOT NULL,
    propensity_score double precision NOT NULL CHECK (propensity_score BETWEEN 0 AND 1),
    as_of timestamptz NOT NULL,
    PRIMARY KEY (customer_id, category_id)
);

-- What a customer has shown to like: event weights (view 1, cart 2, purchase 4) that halve every 90 days, summed per
-- category and brand; mean relative price of what they looked at and of what they bought; recently touched products.
CREATE TABLE customer_tastes (
    customer_id bigint PRIMARY KEY,
    total_weight double precision NOT NULL,
    category_weights jsonb NOT NULL,
    brand_weights jsonb NOT NULL,
    relative_price_mean double precision NOT NULL,
    relative_price_mean_bought double precision NOT NULL,
    recent_products jsonb NOT NULL,
    bought_products jsonb NOT NULL,
    as_of timestamptz NOT NULL
);

COMMENT ON COLUMN customer_tastes.category_weights IS 'object: category id -> decayed weight, categories touched only';
COMMENT ON COLUMN customer_tastes.brand_weights IS 'object: brand -> decayed weight, brands touched only';
COMMENT ON COLUMN customer_tastes.recent_products
IS 'object: product id -> weight halved every 14 days, the 20 heaviest';
COMMENT ON COLUMN customer_tastes.bought_products
IS 'object: product id -> days between the last purchase and as_of, last 90 days';

-- The share of all decayed weights that falls on a category or brand: the prior that a customer's own share is held
-- against.
CREATE TABLE taste_priors (
    kind text NOT NULL CHECK (kind IN ('category', 'brand')),
    key text NOT NULL,
    share double precision NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
);

-- What is known of a product in a region. relative_price: z-score of ln(price) within the category. popularity: shrunk
-- log share of the region's weighted events, half-life 60 days, relative to an average product (0 = average).
-- view_popularity: the same over views of all regions, half-life 30 days.
CREATE TABLE product_statistics (
    region text NOT NULL,
    product_id bigint NOT NULL,
    relative_price double precision NOT NULL,
    popularity double precision NOT NULL,
    view_popularity double precision NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (region, product_id)
);

-- Products that the same customers put into their carts or bought: damped cosine similarity, the 20 nearest each.
CREATE TABLE product_neighbours (
    product_id bigint NOT NULL,
    neighbour_id bigint NOT NULL,
    similarity double precision NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (product_id, neighbour_id)
);
