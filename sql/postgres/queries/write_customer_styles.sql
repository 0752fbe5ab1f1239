-- Fills in the styles of customers.
-- $1 bigint[] customer ids · $2 jsonb[] their styles, in the same order
-- No rows.
UPDATE customer_tastes
SET style = styles.style
FROM unnest($1::bigint[], $2::jsonb[]) AS styles (customer_id, style)
WHERE customer_tastes.customer_id = styles.customer_id;
