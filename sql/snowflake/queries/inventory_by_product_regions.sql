-- Live stock of product and region pairs, for one batch. The lists run in parallel.
-- :1 list of number(19) product ids · :2 list of varchar regions
-- At most one row per pair; order is not guaranteed, callers align by pair.
SELECT
    product_id, region, warehouse_name, quantity_on_hand, estimated_delivery_days, updated_at
FROM inventory
WHERE (region, product_id) IN (/*list*/ (:2, :1));
