-- The share of all customers' weights that falls on each category and brand, and of each age band's on each category.
-- No parameters.
-- One row per kind and key; order is not guaranteed.
SELECT kind, key, share
FROM taste_priors;
