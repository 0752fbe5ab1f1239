-- When what is used up is bought again, and what a customer thinks of brands and prices, estimated together with the
-- style. See refresh_product_statistics and src/jobs/styles.
ALTER TABLE product_statistics
ADD COLUMN repeat_days double precision;

COMMENT ON COLUMN product_statistics.repeat_days
IS 'days after which customers buy it again, in the middle; NULL when nobody did';

ALTER TABLE customer_tastes
ADD COLUMN brand_likings jsonb NOT NULL DEFAULT '{}',
ADD COLUMN price_level double precision NOT NULL DEFAULT 0;

COMMENT ON COLUMN customer_tastes.brand_likings
IS 'object: brand -> how much more it is wanted than an unknown one, as a logarithm; brands touched only';
COMMENT ON COLUMN customer_tastes.bought_products
IS 'object: product id -> days between the last purchase and as_of, last 180 days';
COMMENT ON COLUMN customer_tastes.price_level
IS 'the relative price that suits the customer, in standard deviations of ln(price) within a category';
