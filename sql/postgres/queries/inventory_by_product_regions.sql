-- Live stock of product and region pairs, for one batch. The arrays run in parallel.
-- $1 bigint[] product ids · $2 text[] regions
-- At most one row per pair; order is not guaranteed, callers align by pair.
SELECT
    i.product_id, i.region, i.warehouse_name, i.quantity_on_hand, i.estimated_delivery_days, i.updated_at
FROM unnest($1::bigint[], $2::text[]) AS wanted (product_id, region)
INNER JOIN inventory AS i ON wanted.region = i.region AND wanted.product_id = i.product_id;
