-- The share of all customers' weights that falls on each category and brand.
-- No parameters.
-- One row per kind and key; order is not guaranteed.
SELECT kind, key, share
FROM taste_priors;
