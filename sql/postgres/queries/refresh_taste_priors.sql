-- Computes taste_priors anew; the table must be empty, customer_tastes and customer_features must be of the same as_of.
-- $1 timestamptz as_of.
-- One row per category and per brand of the catalog. Shares of one kind add up to 1 and are above 0: each key counts as
-- if it had one more view, so that a logarithm can be taken of any. Of kind age_category there is one row per category
-- and age band (key `<band>:<category id>`; 15 years a band, from 15 to 29 on, 0 to 3): the share within the band,
-- drawn towards everybody's as by 200 views. Those whose age is not known belong to no band.
INSERT INTO taste_priors (kind, key, share, as_of)
WITH
keys (kind, key) AS (
    SELECT 'category', category_id FROM product_categories
    UNION
    SELECT 'brand', brand FROM products
),

weights (kind, key, weight) AS (
    SELECT 'category', entry.key, entry.value::float8
    FROM customer_tastes CROSS JOIN jsonb_each(customer_tastes.category_weights) AS entry
    UNION ALL
    SELECT 'brand', entry.key, entry.value::float8
    FROM customer_tastes CROSS JOIN jsonb_each(customer_tastes.brand_weights) AS entry
),

sums AS (
    SELECT
        keys.kind,
        keys.key,
        coalesce(sum(weights.weight), 0) + 1 AS weight
    FROM keys
    LEFT JOIN weights ON keys.kind = weights.kind AND keys.key = weights.key
    GROUP BY keys.kind, keys.key
),

shares AS (
    SELECT
        kind,
        key,
        weight / sum(weight) OVER (PARTITION BY kind) AS share
    FROM sums
),

band_weights AS (
    SELECT
        least(3, greatest(0, floor((customer_features.age - 15) / 15.0)))::integer AS band,
        entry.key AS category_id,
        sum(entry.value::float8) AS weight
    FROM customer_tastes
    INNER JOIN customer_features ON customer_tastes.customer_id = customer_features.customer_id
    CROSS JOIN jsonb_each(customer_tastes.category_weights) AS entry
    WHERE customer_features.age IS NOT NULL
    GROUP BY band, entry.key
),

band_shares AS (
    SELECT
        bands.band,
        shares.key AS category_id,
        (coalesce(band_weights.weight, 0) + 200 * shares.share)
        / (sum(coalesce(band_weights.weight, 0)) OVER (PARTITION BY bands.band) + 200) AS share
    FROM shares
    CROSS JOIN generate_series(0, 3) AS bands (band)
    LEFT JOIN band_weights ON bands.band = band_weights.band AND shares.key = band_weights.category_id
    WHERE shares.kind = 'category'
)

SELECT
    kind,
    key,
    share,
    $1::timestamptz AS as_of
FROM shares
UNION ALL
SELECT
    'age_category' AS kind,
    band || ':' || category_id AS key,
    share,
    $1::timestamptz AS as_of
FROM band_shares;
