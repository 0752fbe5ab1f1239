-- One page of the customers that match a filter; a parameter that is NULL filters nothing.
-- $1 bigint after id (NULL: from the start) · $2 integer rows
-- $3 text[] segments · $4 text[] loyalty tiers · $5 text[] home regions
-- $6 float8 least lifetime spend · $7 integer least and $8 integer most days since purchase
-- $9 float8 least engagement score
-- $10 text category id with $11 float8 least propensity
-- By customer id ascending, no duplicates.
SELECT c.customer_id
FROM customers AS c
LEFT JOIN customer_features AS f ON c.customer_id = f.customer_id
WHERE
    ($1::bigint IS NULL OR c.customer_id > $1)
    AND ($3::text[] IS NULL OR f.rfm_segment = ANY($3))
    AND ($4::text[] IS NULL OR c.loyalty_tier = ANY($4))
    AND ($5::text[] IS NULL OR c.home_region = ANY($5))
    AND ($6::float8 IS NULL OR f.lifetime_spend >= $6)
    AND ($7::integer IS NULL OR f.days_since_purchase >= $7)
    AND ($8::integer IS NULL OR f.days_since_purchase <= $8)
    AND ($9::float8 IS NULL OR f.engagement_score >= $9)
    AND (
        $10::text IS NULL
        OR EXISTS (
            SELECT 1
            FROM customer_propensities AS p
            WHERE p.customer_id = c.customer_id AND p.category_id = $10 AND p.propensity_score >= $11::float8
        )
    )
ORDER BY c.customer_id
LIMIT $2;
