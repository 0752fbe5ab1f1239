-- One page of the catalog by name; a parameter that is NULL filters nothing.
-- $1 text and $2 bigint: sort value and id of the last product seen (NULL: from the start) · $3 integer rows
-- $4 text[] category ids · $5 text[] brands · $6 text[] tiers · $7 numeric least and $8 numeric most price
-- $9 text pattern of the name for ILIKE
-- By name ascending, byte by byte, then product id ascending, no duplicates.
SELECT
    p.product_id, p.product_name, p.brand, p.category_id, c.category_name, c.department, p.price, p.currency,
    p.is_perishable, p.product_tier
FROM products AS p
INNER JOIN product_categories AS c ON p.category_id = c.category_id
WHERE
    ($1::text IS NULL OR (p.product_name COLLATE "C", p.product_id) > ($1, $2::bigint))
    AND ($4::text[] IS NULL OR p.category_id = ANY($4))
    AND ($5::text[] IS NULL OR p.brand = ANY($5))
    AND ($6::text[] IS NULL OR p.product_tier = ANY($6))
    AND ($7::numeric IS NULL OR p.price >= $7)
    AND ($8::numeric IS NULL OR p.price <= $8)
    AND ($9::text IS NULL OR p.product_name ILIKE $9)
ORDER BY p.product_name COLLATE "C" ASC, p.product_id ASC
LIMIT $3;
