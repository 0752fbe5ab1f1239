-- Which categories a customer comes for. See src/jobs/interests.
ALTER TABLE customer_tastes
ADD COLUMN category_likings jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN customer_tastes.category_likings
IS 'object: category id -> how much more it is wanted than by others, as a logarithm; empty when not known';
