-- The catalog: categories and products. Values (tier names, category ids) are those of the reference's
-- RAW.PRODUCT_CATEGORIES and RAW.PRODUCT_CATALOG, so that a sync copies rows without translating them.
CREATE TABLE product_categories (
    category_id text PRIMARY KEY,
    category_name text NOT NULL,
    department text NOT NULL
);

CREATE TABLE products (
    product_id bigint PRIMARY KEY,
    product_name text NOT NULL,
    brand text NOT NULL,
    category_id text NOT NULL REFERENCES product_categories (category_id),
    price numeric(12, 2) NOT NULL CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    weight_lbs numeric(8, 2),
    is_perishable boolean NOT NULL DEFAULT FALSE,
    product_tier text NOT NULL CHECK (product_tier IN ('daily_staple', 'mid_range', 'premium'))
);

CREATE INDEX products_category ON products (category_id, product_id);
CREATE INDEX products_price ON products (price, product_id);
CREATE INDEX products_name ON products (product_name, product_id);
