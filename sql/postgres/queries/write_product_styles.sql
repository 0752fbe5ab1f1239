-- Fills in the styles of products, in all regions.
-- $1 bigint[] product ids · $2 jsonb[] their styles, in the same order
-- No rows.
UPDATE product_statistics
SET style = styles.style
FROM unnest($1::bigint[], $2::jsonb[]) AS styles (product_id, style)
WHERE product_statistics.product_id = styles.product_id;
