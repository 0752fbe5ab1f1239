-- Live stock of products in every region that keeps them, for one batch.
-- :1 list of number(19) product ids
-- At most one row per product and region; within a product by region, byte by byte.
SELECT
    product_id, region, warehouse_name, quantity_on_hand, estimated_delivery_days, updated_at
FROM inventory
WHERE product_id IN (/*list*/ :1)
ORDER BY product_id, region;
