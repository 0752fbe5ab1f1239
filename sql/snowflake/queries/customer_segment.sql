-- One page of the customers that match a filter; a parameter that is NULL filters nothing.
-- :1 number(19) after id (NULL: from the start) · :2 number rows
-- :3 list of varchar segments · :4 list of varchar loyalty tiers · :5 list of varchar home regions
-- :6 float least lifetime spend · :7 number least and :8 number most days since purchase · :9 float least engagement
-- :10 varchar category id with :11 float least propensity
-- By customer id ascending, no duplicates.
SELECT c.customer_id
FROM customers AS c
LEFT JOIN customer_features AS f ON c.customer_id = f.customer_id
WHERE
    (:1 IS NULL OR c.customer_id > :1)
    AND (:3 IS NULL OR f.rfm_segment IN (/*list*/ :3))
    AND (:4 IS NULL OR c.loyalty_tier IN (/*list*/ :4))
    AND (:5 IS NULL OR c.home_region IN (/*list*/ :5))
    AND (:6 IS NULL OR f.lifetime_spend >= :6)
    AND (:7 IS NULL OR f.days_since_purchase >= :7)
    AND (:8 IS NULL OR f.days_since_purchase <= :8)
    AND (:9 IS NULL OR f.engagement_score >= :9)
    AND (
        :10 IS NULL
        OR EXISTS (
            SELECT 1
            FROM customer_propensities AS p
            WHERE p.customer_id = c.customer_id AND p.category_id = :10 AND p.propensity_score >= :11
        )
    )
ORDER BY c.customer_id
LIMIT /*rows :2*/ 20;
