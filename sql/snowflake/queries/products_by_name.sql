-- One page of the catalog by name; a parameter that is NULL filters nothing.
-- :1 varchar and :2 number(19): sort value and id of the last product seen (NULL: from the start) · :3 number rows
-- :4 list of varchar category ids · :5 list of varchar brands · :6 list of varchar tiers
-- :7 number least and :8 number most price · :9 varchar pattern of the name for ILIKE, backslash escapes
-- By name ascending, byte by byte, then product id ascending, no duplicates.
SELECT
    p.product_id, p.product_name, p.brand, p.category_id, c.category_name, c.department, p.price, p.currency,
    p.is_perishable, p.product_tier
FROM products AS p
INNER JOIN product_categories AS c ON p.category_id = c.category_id
WHERE
    (:1 IS NULL OR p.product_name > :1 OR (p.product_name = :1 AND p.product_id > :2))
    AND (:4 IS NULL OR p.category_id IN (/*list*/ :4))
    AND (:5 IS NULL OR p.brand IN (/*list*/ :5))
    AND (:6 IS NULL OR p.product_tier IN (/*list*/ :6))
    AND (:7 IS NULL OR p.price >= :7)
    AND (:8 IS NULL OR p.price <= :8)
    AND (:9 IS NULL OR p.product_name ILIKE :9 ESCAPE '\\')
ORDER BY p.product_name ASC, p.product_id ASC
LIMIT /*rows :3*/ 20;
