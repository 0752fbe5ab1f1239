-- What a customer has rated and never bought here was watched, read or eaten elsewhere: it is not recommended again.
ALTER TABLE customer_tastes
ADD COLUMN rated_products jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN customer_tastes.rated_products
IS 'object: product id -> days between the last rating and as_of, of products that the customer never bought';
