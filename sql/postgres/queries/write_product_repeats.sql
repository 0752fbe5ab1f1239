-- Fills in which products are bought again, in all regions.
-- $1 bigint[] product ids · $2 float8[] chances · $3 float8[] intervals, both in the same order
-- No rows.
UPDATE product_statistics
SET
    repeat_chance = repeats.chance,
    repeat_interval = repeats.interval
FROM unnest($1::bigint[], $2::float8[], $3::float8[]) AS repeats (product_id, chance, interval)
WHERE product_statistics.product_id = repeats.product_id;
