-- Products with their category's words, for one batch.
-- :1 list of number(19) ids
-- At most one row per id; order is not guaranteed, callers align by id.
SELECT
    p.product_id, p.product_name, p.brand, p.category_id, c.category_name, c.department, p.price, p.currency,
    p.is_perishable, p.product_tier
FROM products AS p
INNER JOIN product_categories AS c ON p.category_id = c.category_id
WHERE p.product_id IN (/*list*/ :1);
