-- Fills in what customers like.
-- $1 bigint[] customer ids · $2 jsonb[] their likings of categories · $3 jsonb[] styles · $4 jsonb[] likings of brands
-- $5 float8[] price levels, all in the same order
-- No rows.
UPDATE customer_tastes
SET
    category_likings = likings.category_likings,
    style = likings.style,
    brand_likings = likings.brand_likings,
    price_level = likings.price_level
FROM
    unnest($1::bigint[], $2::jsonb[], $3::jsonb[], $4::jsonb[], $5::float8[])
    AS likings (customer_id, category_likings, style, brand_likings, price_level)
WHERE customer_tastes.customer_id = likings.customer_id;
