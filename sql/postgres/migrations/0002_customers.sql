-- Customers with their loyalty tier, home region and the store they prefer.
CREATE TABLE loyalty_tiers (
    loyalty_tier text PRIMARY KEY,
    tier_rank smallint NOT NULL UNIQUE,
    points_multiplier numeric(4, 2) NOT NULL
);

CREATE TABLE stores (
    store_id integer PRIMARY KEY,
    store_name text NOT NULL,
    region text NOT NULL CHECK (region IN ('Northeast', 'Southeast', 'Midwest', 'South', 'West')),
    zip_code text NOT NULL
);

CREATE TABLE customers (
    customer_id bigint PRIMARY KEY,
    first_name text NOT NULL,
    email text NOT NULL,
    birth_date date,
    joined_on date NOT NULL,
    loyalty_tier text NOT NULL REFERENCES loyalty_tiers (loyalty_tier),
    home_region text NOT NULL CHECK (home_region IN ('Northeast', 'Southeast', 'Midwest', 'South', 'West')),
    zip_code text NOT NULL,
    preferred_store_id integer REFERENCES stores (store_id),
    has_app boolean NOT NULL DEFAULT FALSE,
    email_opt_in boolean NOT NULL DEFAULT FALSE,
    points_earned integer NOT NULL DEFAULT 0
);
