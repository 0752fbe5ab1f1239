-- Fills in what customers like.
-- $1 bigint[] customer ids · $2 jsonb[] their styles · $3 jsonb[] likings of brands · $4 float8[] price levels, all in
-- the same order
-- No rows.
UPDATE customer_tastes
SET
    style = likings.style,
    brand_likings = likings.brand_likings,
    price_level = likings.price_level
FROM
    unnest($1::bigint[], $2::jsonb[], $3::jsonb[], $4::float8[])
    AS likings (customer_id, style, brand_likings, price_level)
WHERE customer_tastes.customer_id = likings.customer_id;
