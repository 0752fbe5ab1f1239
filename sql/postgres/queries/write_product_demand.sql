-- Fills in how much the products are wanted in one region.
-- $1 text region · $2 bigint[] product ids · $3 float8[] demands, in the same order
-- No rows.
UPDATE product_statistics
SET demand = demands.demand
FROM unnest($2::bigint[], $3::float8[]) AS demands (product_id, demand)
WHERE product_statistics.region = $1 AND product_statistics.product_id = demands.product_id;
