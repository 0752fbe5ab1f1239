-- What ranks better than long-term shares alone: what is wanted this week, where a category is heading, what is bought
-- again, what a customer met lately, and a style that only behaviour shows. See refresh_product_statistics and
-- refresh_customer_tastes for the half-lives.
ALTER TABLE product_statistics
ADD COLUMN recent_popularity double precision NOT NULL DEFAULT 0,
ADD COLUMN category_trend double precision NOT NULL DEFAULT 0,
ADD COLUMN repeat_rate double precision NOT NULL DEFAULT 0,
ADD COLUMN style jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN product_statistics.recent_popularity IS 'popularity with a half-life of a week';
COMMENT ON COLUMN product_statistics.category_trend
IS 'ln of the category''s share of the region now over its share in the last months';
COMMENT ON COLUMN product_statistics.repeat_rate IS 'share of purchases after which the customer bought it again';
COMMENT ON COLUMN product_statistics.style
IS 'object: dimension -> number, empty when not known; compares with customer_tastes.style of the same as_of only';

ALTER TABLE customer_tastes
ADD COLUMN recent_category_weights jsonb NOT NULL DEFAULT '{}',
ADD COLUMN viewed_products jsonb NOT NULL DEFAULT '{}',
ADD COLUMN carted_products jsonb NOT NULL DEFAULT '{}',
ADD COLUMN style jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN customer_tastes.recent_category_weights IS 'object: category id -> weight halved every 30 days';
COMMENT ON COLUMN customer_tastes.viewed_products
IS 'object: product id -> days between the last view and as_of, last 45 days';
COMMENT ON COLUMN customer_tastes.carted_products
IS 'object: product id -> days since it was put into the cart and not bought, last 45 days';
COMMENT ON COLUMN customer_tastes.style
IS 'object: dimension -> number; the more its dot product with a product''s style, the more the product is wanted';

ALTER TABLE taste_priors DROP CONSTRAINT taste_priors_kind_check;
ALTER TABLE taste_priors
ADD CONSTRAINT taste_priors_kind_check CHECK (kind IN ('category', 'brand', 'age_category'));
